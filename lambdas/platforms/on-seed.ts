import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import * as z from 'zod';
import { log } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { Platform } from './model.ts';
import { platformStore } from './registry.ts';
import { seedPlatforms } from './use-cases/seed.ts';

const Properties = z.looseObject({ Platforms: z.string().transform((json) => z.array(Platform).parse(JSON.parse(json))) });

/** Properties of a custom resource arrive as text. Its deletion leaves the rows, which go or stay with their table. */
async function seed({ RequestType, ResourceProperties }: CloudFormationCustomResourceEvent): Promise<void> {
  if (RequestType === 'Delete') return;
  const changed = await seedPlatforms({ store: platformStore(), clock: systemClock }, Properties.parse(ResourceProperties).Platforms);
  log.info('platforms seeded', { changed });
}

/** A custom resource of the data stack: at each deployment the config's platforms come into the table. It answers CloudFormation in any case. */
export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  const failure = await seed(event).then(
    () => undefined,
    (error: unknown) => {
      log.error('seeding failed', { error });
      return error instanceof Error ? error.message : String(error);
    },
  );
  const { StackId, RequestId, LogicalResourceId } = event;
  const answer = {
    Status: failure === undefined ? 'SUCCESS' : 'FAILED',
    Reason: failure?.slice(0, 1000), // CloudFormation takes an answer of 4 KB
    PhysicalResourceId: 'platforms',
    ...{ StackId, RequestId, LogicalResourceId },
  };
  const sent = await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
  if (!sent.ok) throw new Error(`CloudFormation answered ${sent.status}.`);
}
