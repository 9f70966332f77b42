import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { leaveFolder, takeFolder } from '../../../scripts/environment/folder.ts';
import { forgetStreamPositions, readKept, writeKept } from '../../../scripts/environment/kept.ts';
import { choosePort } from '../../../scripts/environment/ports.ts';

let state: string;
beforeEach(() => void (state = mkdtempSync(`${tmpdir()}/swath-kept-`)));
afterEach(() => rmSync(state, { recursive: true }));

const ports = { emulatorPort: 4001, pygeoapiPort: 4002 };
/** What the emulator saves when it ends. */
const save = () => {
  mkdirSync(`${state}/aws`, { recursive: true });
  writeFileSync(`${state}/aws/dynamodb.json`, '{}');
};

describe('A state folder', () => {
  it('keeps what an environment that was ready left, for a start that keeps', async () => {
    save();
    writeKept(state, ports);
    await takeFolder(state, true);
    leaveFolder(state);
    await takeFolder(state, true);
    expect([readKept(state), existsSync(`${state}/aws/dynamodb.json`)]).toEqual([ports, true]);
  });

  it('is emptied by a start that does not keep', async () => {
    save();
    writeKept(state, ports);
    await takeFolder(state, false);
    expect([readKept(state), existsSync(`${state}/aws`)]).toEqual([undefined, false]);
  });

  it('is emptied by any start when the environment in it was never ready', async () => {
    save();
    await takeFolder(state, true);
    expect(existsSync(`${state}/aws`)).toBe(false);
  });
});

describe('What the emulator saved of the functions', () => {
  it('loses the places in streams that it did not save, and nothing else', () => {
    save();
    const file = `${state}/aws/lambda.json`;
    const positions = { __account_region_scoped__: true, data: { 'a mapping': 17 } };
    const rest = { functions: { data: { 'a function': {} } }, esms: { data: { 'a mapping': {} } } };
    writeFileSync(file, JSON.stringify({ __ministack_format__: 2, payload: { ...rest, dynamodb_stream_positions: positions } }));
    forgetStreamPositions(state);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      __ministack_format__: 2,
      payload: { ...rest, dynamodb_stream_positions: { __account_region_scoped__: true, data: {} } },
    });
  });

  it('may be nothing at all', () => {
    expect(() => forgetStreamPositions(state)).not.toThrow();
  });
});

it('A port of last time is taken again where it is free, else another', async () => {
  const server = createServer();
  const taken = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  expect(await choosePort('SWATH_NO_SUCH_PORT', taken)).not.toBe(taken);
  await new Promise((closed) => server.close(closed));
  expect(await choosePort('SWATH_NO_SUCH_PORT', taken)).toBe(taken);
});
