import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';

/** PutEvents takes at most ten entries a call. */
const entriesACall = 10;

/** What every event of ours has at least. */
interface AnyEvent {
  type: string;
  source: string;
}

/**
 * Puts the events of changes on the bus; entries that are refused are sent once more. Returns the changes left over, which
 * are for people to look at: those that were refused twice, and those whose facts make no event.
 */
export const publisher = <Change>(bus: () => EventBridgeClient, busName: string, eventsOf: (change: Change) => AnyEvent[]) =>
  async function publish(changes: readonly Change[]): Promise<Change[]> {
    const left = new Set<Change>();
    const entries = changes.flatMap((change) => {
      try {
        return eventsOf(change).map((event) => ({ change, event }));
      } catch {
        left.add(change);
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

/** The form in which an event goes on the bus. */
export const entryOf = (EventBusName: string, event: AnyEvent) => ({
  EventBusName,
  Source: event.source,
  DetailType: event.type,
  Detail: JSON.stringify(event),
});

async function send<Entry extends { event: AnyEvent }>(client: EventBridgeClient, busName: string, entries: Entry[]): Promise<Entry[]> {
  try {
    const answer = await client.send(new PutEventsCommand({ Entries: entries.map(({ event }) => entryOf(busName, event)) }));
    return entries.filter((_, index) => answer.Entries?.[index]?.ErrorCode !== undefined);
  } catch {
    return entries;
  }
}
