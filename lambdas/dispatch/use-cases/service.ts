import type { RegisteredPlatform } from '../../platforms/model.ts';
import type { ProcessSummary, ReadOutcome } from '../../platforms/ports.ts';
import { isPackageProcess } from '../../platforms/packages/model.ts';
import { Problem, type Fault } from '../../shared/problem.ts';
import type { JobOrder, JobRequest, Parameter } from '../model.ts';
import { parameterOf } from '../rules/parameters.ts';
import type { Deps } from './deps.ts';

/** How a platform is found by what a request calls it. */
export type Find = (endpoint: string) => Promise<RegisteredPlatform | undefined>;

/** Gets a credential of the sender at a platform that runs jobs as their users, where her request brings what it takes. */
export type Offer = (platform: RegisteredPlatform) => Promise<void>;

/** Finds platforms for one request, with the sender's credential on the way: what follows already runs as she. */
export const offering =
  (find: Find, offer: Offer): Find =>
  async (endpoint) => {
    const platform = await find(endpoint);
    if (platform !== undefined) await offer(platform);
    return platform;
  };

interface Service {
  platform: RegisteredPlatform;
  /** Never `missing`: that is a fault of the request. A platform that does not answer is none. */
  described: Exclude<ReadOutcome<ProcessSummary>, { kind: 'missing' }>;
}

/** The service that a request names; 422 with all faults when it names none. */
export async function findService(
  deps: Pick<Deps, 'client'>,
  owner: string,
  { label, service, deployed }: Pick<JobOrder, 'label' | 'service' | 'deployed'>,
  find: Find,
): Promise<Service> {
  const platform = await find(service.endpoint);
  const faults: Fault[] = [];
  if (platform === undefined)
    faults.push({ pointer: '/service/endpoint', message: 'No such platform is registered. GET /platforms lists those that are.' });
  const fits = platform === undefined || (platform.kind === 'openeo') === (label === 'openeo');
  if (!fits)
    faults.push({
      pointer: '/label',
      message: `${platform.title} is ${platform.kind === 'openeo' ? 'an openEO back-end: say openeo' : 'no openEO back-end: say ogc_api_process'}.`,
    });
  if (service.namespace)
    faults.push({ pointer: '/service/namespace', message: 'The platforms registered here have no namespaces: leave it out.' });
  // The door that deploys looks who sees a package; by any other its revisions cannot be named.
  const isHidden = isPackageProcess(service.application) && deployed === undefined;
  if (isHidden)
    faults.push({ pointer: '/service/application', message: 'Deployed processes are run through POST /processes/{processId}/execution.' });
  const described = platform && fits && !isHidden && (await deps.client(platform, owner).describe(service.application));
  if (described && described.kind === 'missing')
    faults.push({ pointer: '/service/application', message: `${platform!.title} has no process of this name.` });
  if (faults.length > 0) throw new Problem(422, 'VALIDATION_ERROR', 'The request has faults: see details.', { errors: faults });
  return { platform: platform!, described: described as Service['described'] };
}

/** The parameters that a service takes; empty where its platform does not tell. 503 while the platform does not answer. */
export async function serviceParameters(
  deps: Pick<Deps, 'client'>,
  owner: string,
  request: Pick<JobRequest, 'label' | 'service'>,
  find: Find,
): Promise<Parameter[]> {
  const { platform, described } = await findService(deps, owner, request, find);
  if (described.kind === 'unavailable')
    throw new Problem(503, 'PLATFORM_UNAVAILABLE', `${platform.title} does not answer: ${described.message}`, {
      headers: { 'retry-after': '30' },
    });
  return (described.value.inputs ?? []).map(parameterOf);
}
