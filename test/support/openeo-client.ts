import type { Platform } from '../../lambdas/platforms/model.ts';
import { basicAuthorization } from '../../lambdas/platforms/openeo/basic.ts';
import { OpenEoClient } from '../../lambdas/platforms/openeo/client.ts';
import type { Packaged } from '../../lambdas/platforms/openeo/processes.ts';
import { ApiRoot } from '../../lambdas/platforms/openeo/root.ts';
import { systemClock } from '../../lambdas/shared/time/system.ts';
import type { FakeOpenEo } from './fake-openeo.ts';

/** A client of the fake back-end, which logs in as `account` and reads process descriptions from the fake's own host. */
export function openEoClient(
  fake: FakeOpenEo,
  more: { baseUrl?: string; account?: { username: string; password: string }; clock?: { now(): number }; readSeconds?: number } & Partial<
    Pick<Platform, 'processHosts'> & { packaged: Packaged }
  > = {},
): OpenEoClient {
  const times = { connectSeconds: 1, readSeconds: more.readSeconds ?? 1 };
  const { account, baseUrl = `${fake.url}/`, processHosts = [fake.host], clock = systemClock, packaged = async () => undefined } = more;
  const root = new ApiRoot(baseUrl, times, clock);
  const authorization = account === undefined ? async () => undefined : basicAuthorization(root, async () => account);
  return new OpenEoClient({ baseUrl, processHosts }, root, authorization, times, clock, packaged);
}
