import { isFinal, type Callbacks, type Job, type JobOrder, type Wanted } from '../../dispatch/model.ts';
import type { Platform } from '../../platforms/model.ts';
import { Problem } from '../../shared/problem.ts';
import type { Description } from '../../platforms/packages/model.ts';
import type { Execute } from '../model.ts';
import type { Viewer } from '../packages/use-cases/visible.ts';
import { callbackFaults, callbacksOf } from '../rules/callbacks.ts';
import { inputsFor, requestFaults } from '../rules/inputs.ts';
import type { Offer } from '../ports.ts';
import { withDefaults } from '../rules/run.ts';
import type { Written } from '../rules/results.ts';
import type { Deps } from './deps.ts';
import { showResults, tell } from './jobs.ts';
import { findProcess, serviceFor, type FoundProcess } from './processes.ts';

/** The gateway ends a request after 30 s: an answer is waited for so long, in seconds. */
const longestWait = 25;
/** Pauses between looks at a job whose end is waited for, in ms. */
const looks = [200, 200, 300, 300, 500, 500, 500];
const later = 1000;

interface Asked {
  viewer: Viewer;
  processId: string;
  execute: Execute;
  /** `responseHandler`: URLs that are told the status at the end. */
  handlers?: readonly string[] | undefined;
  /** What a repeated request is known by. */
  request: { key: string; fingerprint: string } | undefined;
  prefer: { wait?: number; respondAsync: boolean };
  offer: Offer;
}

const wantedOf = ({ response, outputs }: Execute, callbacks: Callbacks | undefined): Wanted => ({
  ...(callbacks === undefined ? {} : { callbacks }),
  ...(response === undefined ? {} : { response }),
  ...(outputs === undefined
    ? {}
    : {
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([name, { format, transmissionMode }]) => [
            name,
            {
              ...(format?.mediaType === undefined ? {} : { mediaType: format.mediaType }),
              ...(transmissionMode === undefined ? {} : { transmission: transmissionMode }),
            },
          ]),
        ),
      }),
});

/** The format that an openEO back-end is to save its result in, from the first media type that was asked for. */
function formatOf(platform: Platform, { outputs = {} }: Execute): JobOrder['format'] {
  const types = Object.values(outputs).map(({ format }) => format?.mediaType ?? '');
  const formats = [
    ['geo+json', 'geojson'],
    ['netcdf', 'netcdf'],
    ['tiff', 'gtiff'],
    ['json', 'json'],
  ] as const;
  const asked = types.map((type) => formats.find(([part]) => type.includes(part))?.[1]).find((format) => format !== undefined);
  return asked ?? (platform.kind === 'openeo' ? 'gtiff' : 'json');
}

/** A problem of the core names places in its own request; ours calls them inputs. */
const inOurWords = (error: unknown): unknown =>
  error instanceof Problem && error.errors.length > 0
    ? new Problem(error.status, error.code, error.message.replace('parameters', 'inputs'), {
        errors: error.errors.map(({ pointer, message }) => ({ pointer: pointer.replace(/^\/parameters/, '/inputs'), message })),
        headers: { ...error.headers },
      })
    : error;

/** Checks a request under the description of its process, with every fault at once, and makes its job. */
async function order(
  deps: Deps,
  { viewer, processId, execute, handlers = [], request, prefer, offer }: Asked,
  found: FoundProcess,
): Promise<{ job: Job; replayed: boolean }> {
  const { offered } = found;
  const faults = [...requestFaults(execute, offered, deps.judges), ...callbackFaults(execute, handlers, deps.judges)];
  if (faults.length > 0) throw new Problem(422, 'VALIDATION_ERROR', 'The request has faults.', { errors: faults.slice(0, 100) });
  const { platform, process } = await serviceFor(deps, found);
  const isDeployed = 'revision' in found;
  const inputs = isDeployed ? withDefaults(execute.inputs, offered.inputs) : execute.inputs;
  const made: JobOrder = {
    title: (offered.title ?? processId).slice(0, 255),
    label: platform.kind === 'openeo' ? 'openeo' : 'ogc_api_process',
    service: { endpoint: platform.id, application: process },
    parameters: inputsFor(platform.kind, inputs),
    format: formatOf(platform, execute),
    wanted: wantedOf(execute, callbacksOf(execute, handlers, prefer.respondAsync)),
    ...(isDeployed ? { deployed: processId } : {}),
  };
  return deps.jobs.create(viewer.userId, made, request, prefer.respondAsync ? 'async' : 'sync', offer).catch((error: unknown) => {
    throw inOurWords(error);
  });
}

/** A process that can be run in one way only is run so, whatever is preferred (Part 1, Table 9). */
function isAsync({ jobControlOptions }: Partial<Pick<Description, 'jobControlOptions'>>, preferred: boolean): boolean {
  if (jobControlOptions === undefined || jobControlOptions.length !== 1) return preferred;
  return jobControlOptions[0] === 'async-execute';
}

const hasResults = (job: Job): boolean => (job.status === 'successful' ? job.resultsAt !== undefined : isFinal(job.status));

async function awaitEnd(deps: Deps, owner: string, job: Job, until: number): Promise<Job> {
  let seen = job;
  for (let look = 0; !hasResults(seen) && seen.held === undefined && deps.clock.now() < until; look += 1) {
    await deps.wait.pause(Math.min(looks[look] ?? later, until - deps.clock.now()));
    seen = await deps.jobs.look(owner, job.jobId);
  }
  return seen;
}

/**
 * Runs a process. Without `respond-async` the results are the answer, as long as they come within the time that the gateway allows; a job
 * that takes longer goes on, and is answered as an asynchronous one.
 */
export async function executeProcess(deps: Deps, asked: Asked): Promise<Written> {
  const found = await findProcess(deps, asked.viewer, asked.processId);
  const respondAsync = isAsync('revision' in found ? found.offered : {}, asked.prefer.respondAsync);
  const { wait } = asked.prefer;
  const { job, replayed } = await order(deps, { ...asked, prefer: { ...asked.prefer, respondAsync } }, found);
  const marks: Record<string, string> = replayed ? { 'idempotency-replayed': 'true' } : {};
  const seconds = Math.min(wait ?? (respondAsync ? 0 : longestWait), longestWait);
  const seen = await awaitEnd(deps, asked.viewer.userId, job, deps.clock.now() + seconds * 1000);
  if (hasResults(seen) && !respondAsync) return answered(deps, seen, marks);
  const applied: Record<string, string> = respondAsync ? { 'preference-applied': 'respond-async' } : {};
  const headers = { ...marks, ...applied, location: `${deps.url}/jobs/${job.jobId}` };
  return { status: 201, headers, body: await tell(deps, seen) };
}

async function answered(deps: Deps, job: Job, marks: Record<string, string>): Promise<Written> {
  if (job.status !== 'successful')
    throw new Problem(422, 'JOB_FAILED', job.message ?? `The process ended as ${job.status} and gave no reason.`);
  const written = await showResults(deps, job);
  return { ...written, headers: { ...marks, ...written.headers } };
}
