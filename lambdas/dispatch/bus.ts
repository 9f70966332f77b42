import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { StrayJob } from '../shared/events/events.ts';
import { entryOf } from '../shared/events/put-events.ts';

/** Puts the find of an audit on the bus. Its line in the log is the alarm: an event that the bus refuses is not sent again. */
export const tellStray =
  (bus: () => EventBridgeClient, busName: string) =>
  async (stray: StrayJob): Promise<void> => {
    await bus().send(new PutEventsCommand({ Entries: [entryOf(busName, stray)] }));
  };
