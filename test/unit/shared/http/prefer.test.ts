import { describe, expect, it } from '@jest/globals';
import { preferences } from '../../../../lambdas/shared/http/prefer.ts';

describe('a Prefer header', () => {
  it.each([
    [undefined, { respondAsync: false }],
    ['', { respondAsync: false }],
    ['wait=5', { wait: 5, respondAsync: false }],
    ['respond-async, wait=10', { wait: 10, respondAsync: true }],
    ['Respond-Async;foo=1', { respondAsync: true }],
    ['wait = "3"', { wait: 3, respondAsync: false }],
    ['wait=1, wait=9', { wait: 1, respondAsync: false }],
    ['wait=-1, return=minimal', { respondAsync: false }],
    ['wait=soon', { respondAsync: false }],
  ])('of %j means %j', (header, meaning) => expect(preferences(header)).toEqual(meaning));
});
