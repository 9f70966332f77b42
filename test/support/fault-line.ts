import type { Dialect, DrawnFaults } from './drawn-faults.ts';
import { FakeOgc } from './fake-ogc.ts';
import { FakeOpenEo } from './fake-openeo.ts';
import { api } from './local.ts';
import { until } from './until.ts';

const limits = { running: 3, parallel: 4, burst: 100, startsPerMinute: 6000, readsPerMinute: 600 };

/** An openEO back-end, one that is like VITO's, or an OGC server. */
export type FaultKind = 'openeo' | 'vito' | 'ogc';

/** A platform in the test's own process, for one run after the other. */
export class FaultLine {
  readonly id: string;
  readonly kind: FaultKind;
  readonly dialect: Dialect;
  private readonly fake: FakeOpenEo | FakeOgc;

  constructor(kind: FaultKind, number: number) {
    this.id = `faults-${kind}-${number}`;
    this.kind = kind;
    this.dialect = kind === 'ogc' ? 'ogc' : 'openeo';
    this.fake = this.dialect === 'ogc' ? new FakeOgc() : new FakeOpenEo();
    if (this.fake instanceof FakeOpenEo) this.fake.style.vito = kind === 'vito';
    this.fake.style.pageSize = 100;
  }

  /** Opens it, and has an administrator register it. */
  async open(): Promise<this> {
    await this.fake.open();
    const kind = this.dialect === 'ogc' ? 'ogc-processes' : 'openeo';
    const body = { kind, title: this.id, baseUrl: this.fake.url, exclusive: true, limits };
    const put = await api('PUT', `/platforms/${this.id}`, { as: 'ada', body });
    if (put.status !== 200) throw new Error(`PUT /platforms/${this.id} answered ${put.status}: ${JSON.stringify(put.body)}`);
    return this;
  }

  /** Nothing waits there any more. */
  async close(): Promise<void> {
    await until(`${this.id} is removed`, async () => {
      const { status } = await api('DELETE', `/platforms/${this.id}`, { as: 'ada' });
      return status === 200 || status === 404 || undefined;
    });
    await this.fake.stop();
  }

  break(faults: DrawnFaults['platform']): void {
    this.fake.faults.push(...faults.map((fault) => ({ ...fault })));
  }
  heal(): void {
    this.fake.faults.splice(0);
  }

  /** What a request says beside its title. */
  get service(): { platform: string; application: string; label: 'openeo' | 'ogc_api_process' } {
    return {
      platform: this.id,
      ...(this.dialect === 'ogc' ? { application: 'any', label: 'ogc_api_process' } : { application: 'echo', label: 'openeo' }),
    };
  }

  /** How often each job whose title begins so was set running: the name it has there, and the times. */
  launches(title: string): Map<string, number> {
    const counts = new Map<string, number>();
    const count = (name: string, runs: number) => runs > 0 && counts.set(name, (counts.get(name) ?? 0) + runs);
    if (this.fake instanceof FakeOgc) {
      for (const { inputs } of this.fake.jobs.values())
        if (String(inputs['title']).startsWith(title)) count(`${String(inputs['title'])} ${String(inputs['seconds'])}`, 1);
    } else
      for (const { body, runs } of this.fake.jobs.values())
        if (body.title?.startsWith(title)) count(body.title.replace(/ \[swath:.*$/, ''), runs);
    return counts;
  }
}
