import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoPlatforms } from './dynamo.ts';
import type { PlatformStore } from './ports.ts';
import { keptRegistry, type Registry } from './use-cases/registry.ts';

/** The registry's table, as the stacks name it to the function. */
export const platformStore = (): PlatformStore => dynamoPlatforms(dynamo(), env('PLATFORMS_TABLE'));

/** The registry as entry points of the job core read it. */
export const registryFromTable = (): Registry => keptRegistry(platformStore(), systemClock);
