import { jest } from '@jest/globals';

/** For tests that wait for the local environment: what waits in them gives up first, and says what it waited for. */
jest.setTimeout(1_800_000);
