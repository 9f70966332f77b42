import { expect, it } from '@jest/globals';
import { fakeOpenEo } from '../support/control.ts';
import { aTitle, post } from '../support/jobs.ts';
import { api } from '../support/local.ts';
import { crowd } from '../support/stage.ts';
import { until } from '../support/until.ts';

const each = 100;
const users = ['alice', 'bob'];
const platform = fakeOpenEo('fake-crowd');

/** A user's jobs of this title, by status. */
async function jobsOf(user: string, title: string): Promise<Map<string, number>> {
  const { body } = await api<{ jobs: { title: string; status: string }[] }>('GET', '/unit_jobs?limit=1000', { as: user });
  const mine = body.jobs.filter((job) => job.title.startsWith(title));
  return new Map([...Map.groupBy(mine, ({ status }) => status)].map(([status, jobs]) => [status, jobs.length]));
}

it('Two hundred jobs of two users at once: within the places and the rate of the platform, in turn, none lost and none doubled', async () => {
  const title = aTitle('crowd');
  const wish = { platform: 'fake-crowd', application: 'echo', label: 'openeo' as const, prefer: 'respond-async' };
  // Sent again while the API has no answer yet, as clients do: a key keeps it one job.
  const send = (as: string, n: number) =>
    until('a request is accepted', async () => {
      const { status } = await post({ ...wish, as, title: `${title} ${as} ${n}`, parameters: { seconds: 1 }, key: `${title} ${as} ${n}` });
      return status === 201 || undefined;
    });
  const lines = users.flatMap((as) => [0, 1, 2, 3].map((line) => ({ as, line })));
  await Promise.all(
    lines.map(async ({ as, line }) => {
      for (let n = line; n < each; n += 4) await send(as, n);
    }),
  );
  await until(
    'all jobs finished',
    async () => (await Promise.all(users.map((user) => jobsOf(user, title)))).every((jobs) => jobs.get('finished') === each) || undefined,
    { within: 240, ticking: true },
  );
  expect(await platform.runs(title)).toEqual(Array.from({ length: users.length * each }, () => 1));
  expect(await platform.maxRunning()).toBeLessThanOrEqual(crowd.running);
  const started = await platform.started(title);
  for (const [n, { at }] of started.entries()) {
    // From any start on, no more within a time than the bucket holds and refills meanwhile; a second is for calls that overtake each other.
    const within = (seconds: number) => started.slice(n).filter((other) => other.at - at < seconds * 1000).length;
    for (const seconds of [1, 5, 10])
      expect(within(seconds)).toBeLessThanOrEqual(crowd.burst + ((seconds + 1) * crowd.startsPerMinute) / 60);
  }
  // Half way through, neither user is far ahead of the other.
  const half = started.slice(20, started.length / 2).filter(({ title: of }) => of.includes(' alice ')).length;
  expect(half / (started.length / 2 - 20)).toBeGreaterThan(0.3);
  expect(half / (started.length / 2 - 20)).toBeLessThan(0.7);
});
