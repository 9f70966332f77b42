import type { CallOutcome, Executed, JobPage, ListedJob, PlatformClient, ReadOutcome, Submission } from '../../lambdas/platforms/ports.ts';
import type { RemoteJob, SimPlatform } from './platform.ts';
import { strikes, type Process } from './process.ts';

/** The platform's clock is read in whole seconds: tolerance of the search by time. */
const searchMs = 2000;
const found = <T>(value: T): ReadOutcome<T> => ({ kind: 'found', value });

/** The client of one process. */
export function clientOf(platform: SimPlatform, process: Process, user: string | undefined): PlatformClient {
  const { stage, shape, twoPhase } = platform;
  const searchable = shape.dialect !== 'ogc';
  const list = (next = '0') =>
    platform.read<JobPage>(process, 'list', user, () => {
      const all = platform.listed().map((job): ListedJob => ({
        ...platform.news(job),
        ...(searchable ? { tag: job.tag } : {}),
        created: job.created,
      }));
      if (strikes(stage, 'omits')) all.reverse();
      const end = Number(next) + 100;
      return found({ jobs: all.slice(Number(next), end), ...(end < all.length ? { next: String(end) } : {}) });
    });
  return {
    twoPhase,
    searchable,
    create: ({ tag, process: name }) => {
      platform.onPost(process, 'create', tag, user);
      return platform.write(process, `create ${tag}`, user, () => platform.create(tag, name));
    },
    execute: (submission, signal) => execute(platform, process, user, submission, signal),
    start: (id) => {
      const job = platform.all.find((one) => one.id === id);
      if (job) platform.onPost(process, 'start', job.tag, user);
      return platform.write(process, `start ${id}`, user, () => platform.start(id));
    },
    status: (id) =>
      platform.read(process, `status ${id}`, user, () => {
        const job = strikes(stage, 'omits') ? undefined : platform.find(id);
        return job === undefined ? { kind: 'missing' } : found(platform.news(job));
      }),
    find: (search) => {
      platform.onFind(process, search);
      return platform.read(process, `find ${search.tag}`, user, () => {
        if (platform.hasNoList()) return { kind: 'missing' };
        const inTime = ({ created }: RemoteJob) => created >= search.from - searchMs && created <= search.until + searchMs;
        const mine = (job: RemoteJob) =>
          searchable ? job.tag === search.tag : job.process === search.process && !search.known.has(job.id) && inTime(job);
        // A search looks at every page, and again: what it misses it must be entitled to miss.
        return found(platform.jobs.filter(mine).map((job) => ({ platformJobId: job.id, raw: job.phase, phase: job.phase })));
      });
    },
    ...(shape.hasList ? { list } : {}),
    cancel: (id) =>
      platform.read(process, `cancel ${id}`, user, () => {
        const job = platform.find(id);
        if (job === undefined) return { kind: 'missing' };
        platform.onDelete(job);
        if (job.phase === 'running' || job.phase === 'queued') {
          job.before = job.phase;
          job.phase = 'dismissed';
        } else platform.jobs.splice(platform.jobs.indexOf(job), 1);
        platform.say(`${id} cancelled`);
        return found({});
      }),
    results: (id) =>
      platform.read(process, `results ${id}`, user, () =>
        platform.find(id) === undefined
          ? { kind: 'missing' }
          : found({
              outputs: [
                { name: 'out', value: id },
                { name: 'image', href: `${platform.baseUrl}/files/${id}/image` },
                {
                  name: 'signed',
                  href: `${platform.baseUrl}/files/${id}/signed?until=${stage.time.now + 60_000}`,
                  source: `${platform.baseUrl}/jobs/${id}/results`,
                },
              ],
            }),
      ),
    openAsset: async (href) => {
      platform.onFetch(href);
      const opened = await platform.read(process, `open ${href}`, user, () => found(href));
      if (opened.kind !== 'found') return { kind: 'unavailable', message: 'no answer' };
      if (Number(new URL(href).searchParams.get('until') ?? Infinity) < stage.time.now) return { kind: 'expired', message: '403' };
      return { kind: 'found', body: body(platform, process, href), type: 'image/tiff' };
    },
    describe: (name) => platform.read(process, 'describe', user, () => found({ id: name })),
    listProcesses: () => platform.read(process, 'processes', user, () => found([])),
  };
}

/** A file in two pieces, with time between them; it may break off. */
async function* body(platform: SimPlatform, process: Process, href: string): AsyncGenerator<Uint8Array> {
  const piece = Buffer.from(new URL(href).pathname);
  yield piece;
  await process.pause(100 + platform.stage.draw('latency') * 2000);
  if (strikes(platform.stage, 'lostAnswer')) throw new Error('the connection broke');
  yield piece;
}

/** The platform's synchronous call: an answer, or a job that it made instead. */
function execute(
  platform: SimPlatform,
  process: Process,
  user: string | undefined,
  { tag, process: name }: Submission,
  signal: AbortSignal,
) {
  const { stage, shape } = platform;
  const seconds = 1 + platform.random() * stage.settings.syncSeconds * 0.6;
  const makesJob = shape.dialect === 'ogc' && platform.random() < 0.3;
  platform.onPost(process, 'execute', tag, user);
  const answered = platform.write<Executed>(process, `execute ${tag}`, user, () => {
    if (!platform.hasRoom()) return { kind: 'capacity', message: 'too many jobs' };
    const job = platform.make(tag, name);
    job.called = true;
    platform.run(job);
    if (shape.dialect !== 'ogc') platform.jobs.splice(platform.jobs.indexOf(job), 1); // it is no job that could be asked for
    if (makesJob) return { kind: 'done', platformJobId: job.id };
    const answer = { contentType: 'application/json', bytes: Buffer.from(tag) };
    return { kind: 'done', answer, outputs: [], ...(shape.dialect === 'ogc' ? { platformJobId: job.id } : {}) };
  });
  return new Promise<CallOutcome<Executed>>((resolve) => {
    signal.addEventListener('abort', () => void process.pause(1).then(() => resolve({ kind: 'lost', message: 'broken off' })));
    void answered.then(async (outcome) => {
      if (outcome.kind === 'done' && outcome.answer !== undefined) await process.pause(seconds * 1000);
      resolve(outcome);
    });
  });
}
