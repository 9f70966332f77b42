import * as z from 'zod';
import { customResource } from '../shared/custom-resource.ts';
import { systemClock } from '../shared/time/system.ts';
import { Platform } from './model.ts';
import { platformStore } from './registry.ts';
import { seedPlatforms } from './use-cases/seed.ts';

const Properties = z.looseObject({ Platforms: z.string().transform((json) => z.array(Platform).parse(JSON.parse(json))) });

/** A custom resource of the data stack: at each deployment the config's platforms come into the table. Properties arrive as text. */
export const handler = customResource('platforms', async (properties) => ({
  changed: await seedPlatforms({ store: platformStore(), clock: systemClock }, Properties.parse(properties).Platforms),
}));
