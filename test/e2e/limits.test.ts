import { describe, expect, it } from '@jest/globals';
import { fake } from '../support/control.ts';
import { aFakeJob, aTitle, ended } from '../support/jobs.ts';

describe('Twenty jobs for a platform with two places', () => {
  it('never take more than two at once, all end, and none runs twice', async () => {
    const titles = Array.from({ length: 20 }, () => aTitle('crowd'));
    // Long enough that the second of two jobs that are sent together comes while the first runs.
    const jobs = await Promise.all(titles.map((title) => aFakeJob('fake', title, { seconds: 3 })));
    const all = await Promise.all(jobs.map(({ id }) => ended(id, { within: 100 })));
    expect(all.map(({ status }) => status)).toEqual(titles.map(() => 'finished'));
    expect(await Promise.all(titles.map((title) => fake('fake').starts(title)))).toEqual(titles.map(() => 1));
    expect(await fake('fake').maxRunning()).toBe(2);
  });
});
