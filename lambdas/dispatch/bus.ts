import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { JobEvent, StrayJob } from '../shared/events/events.ts';
import { eventsOf } from './rules/events.ts';
import type { Change } from './rules/changes.ts';

/** PutEvents takes at most ten entries a call. */
const entriesACall = 10;

/** Puts the events of changes on the bus; entries that are refused are sent once more. Returns the changes left over. */
export const publisher = (bus: () => EventBridgeClient, busName: string) =>
  async function publish(changes: readonly Change[]): Promise<Change[]> {
    const left = new Set<Change>();
    const entries = changes.flatMap((change) => {
      try {
        return eventsOf(change.before, change.after).map((event) => ({ change, event }));
      } catch {
        left.add(change); // a job without the facts that its event needs: for people to look at
        return [];
      }
    });
    for (let at = 0; at < entries.length; at += entriesACall) {
      const batch = entries.slice(at, at + entriesACall);
      const refused = await send(bus(), busName, batch);
      for (const { change } of refused.length > 0 ? await send(bus(), busName, refused) : []) left.add(change);
    }
    return [...left];
  };

/** Puts the find of an audit on the bus. Its line in the log is the alarm: an event that the bus refuses is not sent again. */
export const tellStray =
  (bus: () => EventBridgeClient, busName: string) =>
  async (stray: StrayJob): Promise<void> => {
    const entry = { EventBusName: busName, Source: stray.source, DetailType: stray.type, Detail: JSON.stringify(stray) };
    await bus().send(new PutEventsCommand({ Entries: [entry] }));
  };

type Entry = { change: Change; event: JobEvent };

async function send(client: EventBridgeClient, busName: string, entries: Entry[]): Promise<Entry[]> {
  try {
    const answer = await client.send(
      new PutEventsCommand({
        Entries: entries.map(({ event }) => ({
          EventBusName: busName,
          Source: event.source,
          DetailType: event.type,
          Detail: JSON.stringify(event),
        })),
      }),
    );
    return entries.filter((_, index) => answer.Entries?.[index]?.ErrorCode !== undefined);
  } catch {
    return entries;
  }
}
