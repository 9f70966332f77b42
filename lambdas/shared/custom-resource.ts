import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { log } from './log.ts';

/**
 * A function behind a custom resource: `work` is done at each creation and update, and CloudFormation is answered in any case. A deletion
 * leaves what was made, which goes or stays with its table.
 */
export const customResource =
  (id: string, work: (properties: unknown) => Promise<object>) =>
  async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const done = event.RequestType === 'Delete' ? Promise.resolve({}) : work(event.ResourceProperties);
    const failure = await done.then(
      (told) => void log.info(`${id}: done`, { ...told }),
      (error: unknown) => {
        log.error(`${id}: failed`, { error });
        return error instanceof Error ? error.message : String(error);
      },
    );
    const { StackId, RequestId, LogicalResourceId } = event;
    const answer = {
      Status: failure === undefined ? 'SUCCESS' : 'FAILED',
      Reason: failure?.slice(0, 1000), // CloudFormation takes an answer of 4 KB
      PhysicalResourceId: id,
      ...{ StackId, RequestId, LogicalResourceId },
    };
    const sent = await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
    if (!sent.ok) throw new Error(`CloudFormation answered ${sent.status}.`);
  };
