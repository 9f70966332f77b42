import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import type { RegisteredPlatform } from '../../lambdas/platforms/model.ts';
import type { Cloud } from './cloud.ts';
import type { Violation } from './invariants.ts';
import type { LaneChange } from './lane-invariants.ts';
import { mostOnItsWayMs } from './overtaken.ts';
import { skewMs, type Stage } from './process.ts';

const auth = { method: 'user', issuer: 'https://id.example', clientId: 'swath', scope: 'openid' } as const;
const users = ['alice', 'bob'];

/** A user's credential at a platform; without `why` nobody but the platform knows that it does not work. */
interface Credential {
  works: boolean;
  why?: string;
}

/** Users' own credentials at the platforms that run jobs as their users: absent, broken in the middle, and replaced. */
export class Credentials {
  private readonly stage: Stage;
  private readonly cloud: () => Cloud;
  private readonly found: (violation: Violation) => void;
  private readonly random = (): number => this.stage.draw('credentials');
  private readonly known = new Map<string, Credential>();
  private readonly heldSince = new Map<string, number>();
  private reasons = 0;

  constructor(stage: Stage, cloud: () => Cloud, found: (violation: Violation) => void) {
    [this.stage, this.cloud, this.found] = [stage, cloud, found];
  }

  /** In a part of the seeds one platform runs jobs as their users. */
  own(entries: RegisteredPlatform[]): RegisteredPlatform[] {
    if (this.random() >= 0.15) return entries;
    return entries.map((entry, n) => (n > 0 ? entry : { ...entry, auth, exclusive: false }));
  }

  /** Plans what becomes of them within so many milliseconds; then all work. */
  begin(entries: readonly RegisteredPlatform[], within: number): void {
    const { random, stage } = this;
    for (const { id } of entries.filter((entry) => entry.auth.method === 'user'))
      for (const user of users) {
        const laneId = `${id}~${user}`;
        this.known.set(laneId, { works: true });
        if (random() < 0.4) this.breaks(laneId, true);
        for (let times = Math.floor(random() * 6); times > 0; times -= 1) {
          const at = random() * within;
          stage.time.plan(at, () => this.breaks(laneId, random() < 0.5));
          // Often she brings another soon, and at times that one breaks at once.
          stage.time.plan(at + random() ** 2 * 0.2 * within, () => this.replace(laneId));
          if (random() < 0.5) stage.time.plan(at + random() * 3000, () => this.replace(laneId));
          if (random() < 0.5) stage.time.plan(at + random() * 3000, () => this.breaks(laneId, true));
        }
        stage.time.plan(within, () => this.replace(laneId));
        stage.time.plan(1.2 * within, () => this.replace(laneId));
      }
  }

  private why = (): string => `Your credential does not work (${(this.reasons += 1)}).`;

  /** What its owner or the issuer does is told to the lane; what only the platform knows is not. */
  private breaks(laneId: string, isKnown: boolean): void {
    this.stage.note('issuer', `the credential of ${laneId} ends${isKnown ? '' : ', and nobody knows'}`);
    this.known.set(laneId, { works: false, ...(isKnown ? { why: this.why() } : {}) });
    if (isKnown) this.wake(laneId);
  }

  private replace(laneId: string): void {
    this.stage.note(laneId, 'has a new credential');
    this.known.set(laneId, { works: true });
    this.wake(laneId);
  }

  private wake(laneId: string): void {
    this.cloud().send(0, { kind: 'run', laneId });
    for (let n = 0; n < 2; n += 1)
      if (this.random() < 0.5) this.stage.time.plan(this.random() * 3000, () => this.cloud().send(0, { kind: 'run', laneId }));
  }

  /** While a write of her lane is on its way her credential ends, for another reason. */
  meddle(laneId: string, isFocus: boolean): void {
    if (!this.known.has(laneId) || !this.stage.faulty() || this.random() >= (isFocus ? 0.8 : 0.3)) return;
    this.stage.time.plan(this.random() * 2000, () => this.breaks(laneId, true));
  }

  /** Why no job may go. */
  fault = (platformId: string, user: string | undefined): string | undefined => this.known.get(`${platformId}~${user}`)?.why;

  /** What the platform says of it: from then on it is known. */
  refusal(platformId: string, user: string | undefined): string | undefined {
    const credential = this.known.get(`${platformId}~${user}`);
    if (credential === undefined || credential.works) return undefined;
    return (credential.why ??= this.why());
  }

  lane({ before, after }: LaneChange): void {
    const { laneId, held } = after;
    if (held !== undefined && before.held === undefined) this.heldSince.set(laneId, this.stage.time.now);
    if (held !== undefined || before.held === undefined) return;
    this.heldSince.delete(laneId);
    const invariant = '14 a lane that is held is not freed by who looked at an older reason';
    if (this.known.get(laneId)?.why === before.held) this.found({ invariant, what: `${laneId}: ${before.held}` });
  }

  /** From the queue of a lane that is held nothing goes; what a dead worker had in hand is taken up, and refused. */
  job({ before, after }: Change): void {
    if (before?.status !== 'queued' || after?.status !== 'submitting' || after.cancelRequested) return;
    const { settings, time } = this.stage;
    const since = this.heldSince.get(after.laneId);
    const most = settings.functionSeconds * 1000 + mostOnItsWayMs(settings) + skewMs;
    if (since !== undefined && time.now - since > most)
      this.found({ invariant: '14 a lane that is held lets nothing go', what: `${after.jobId} in ${after.laneId}` });
  }

  /** A call that runs a job leaves with the credential of a user. */
  post(platformId: string, user: string | undefined, owner: string | undefined, tag: string): void {
    if (this.known.has(`${platformId}~${owner}`) && user !== owner)
      this.found({ invariant: '10 a job is sent with the credential of its owner', what: `${tag} with ${user}` });
  }
}
