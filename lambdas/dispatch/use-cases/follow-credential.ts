import type { RegisteredPlatform } from '../../platforms/model.ts';
import { freeLane, holdLane, userOf } from '../rules/lane.ts';
import { told } from '../rules/writes.ts';
import type { Deps } from './deps.ts';

/** Somebody may change the credential at the same moment: it is then looked at again, so often. The tick looks again anyway. */
const looksAtMost = 4;

/**
 * Holds a lane whose credential does not work, and frees one whose does again. The credential is read after each write, so
 * that of a write of ours and a new credential at the same moment one sees the other. Answers why the lane is held.
 */
export async function followCredential(
  deps: Pick<Deps, 'lanes' | 'credentialFault'>,
  laneId: string,
  platform: RegisteredPlatform,
): Promise<string | undefined> {
  let fault: string | undefined;
  for (let looks = 0; looks < looksAtMost; looks += 1) {
    // The lane first: what it is held for is then older than what is known of the credential.
    const lane = await deps.lanes.get(laneId);
    const why = await deps.credentialFault(platform, userOf(laneId));
    fault = why === undefined ? undefined : told(why);
    if (lane === undefined || lane.held === fault) return fault;
    await deps.lanes.update(laneId, fault === undefined ? freeLane(lane.held!) : holdLane(fault));
  }
  return fault;
}
