import { readFileSync } from 'node:fs';
import { testState } from './local.ts';
import {
  pack,
  type FakeCommands,
  type FakeId,
  type IssuerCommands,
  type OpenEoCommands,
  type OpenEoId,
  type PartnerCommands,
  type ProxyCommands,
} from './stage.ts';

/** Where the set-up writes the address of its `Stage`. */
export const controlFile = `${testState}/control.json`;

type Remote<Commands> = {
  [Name in keyof Commands]: Commands[Name] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Promise<Awaited<Answer>>
    : never;
};

const remote = <Commands>(to: string): Remote<Commands> =>
  new Proxy({} as Remote<Commands>, {
    get:
      (_, command) =>
      async (...args: unknown[]) => {
        const { url } = JSON.parse(readFileSync(controlFile, 'utf8')) as { url: string };
        const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ to, command, args }, pack) });
        if (!answer.ok) throw new Error(await answer.text());
        return answer.json();
      },
  });

/** A fake platform, by the id under which it is registered. */
export const fake = (id: FakeId): Remote<FakeCommands> => remote(id);
/** A fake openEO back-end, by the id under which it is registered. */
export const fakeOpenEo = (id: OpenEoId): Remote<OpenEoCommands> => remote(id);
export const openEo = fakeOpenEo('fake-openeo');
/** The issuer whose tokens `fake-own` takes. */
export const fakeIssuer: Remote<IssuerCommands> = remote('issuer');
/** The issuer at which people of a partner sign in. */
export const partner: Remote<PartnerCommands> = remote('partner');
/** The proxy between the functions and the emulator. */
export const proxy: Remote<ProxyCommands> = remote('proxy');
