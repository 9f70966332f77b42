import { ask, base, read } from './api.ts';
import { button, el, link, table } from './dom.ts';
import type { Input } from './fields.ts';
import { processForm } from './form.ts';
import { follow } from './live.ts';

interface Link {
  rel: string;
  href: string;
  title?: string;
}
interface Described {
  id: string;
  title?: string;
  description?: string;
}
interface Status {
  jobID: string;
  processID: string;
  status: string;
  message?: string;
  progress?: number;
  created: string;
  started?: string;
  finished?: string;
  links: Link[];
}

const at = (rel: string, links: Link[]): string | undefined => links.find((one) => one.rel === rel)?.href;
const page = (path: string): string => `${base}${path}`;
const processPage = (id: string): string => page(`/processes/${encodeURIComponent(id)}`);
const time = (text: string | undefined): Node =>
  text === undefined ? el('span', {}, '-') : el('time', { datetime: text }, new Date(text).toLocaleString());

/** What follows from one page of a list to the next. */
function pager(links: Link[], show: (address: string) => unknown): HTMLElement {
  const to = (rel: string, text: string) => {
    const address = at(rel, links);
    return address === undefined ? undefined : button(text, () => show(address));
  };
  return el('p', {}, to('prev', 'Previous page'), to('next', 'Next page'));
}

export async function landing(main: HTMLElement): Promise<void> {
  const { title, description, links } = await read<{ title: string; description: string; links: Required<Link>[] }>('/');
  const entries = links.filter(({ rel, href }) => rel !== 'self' && href.startsWith('http'));
  main.replaceChildren(
    el('h1', {}, title),
    el('p', {}, description),
    el('ul', {}, ...entries.map((one) => el('li', {}, link(one.href, one.title)))),
  );
}

export async function processes(main: HTMLElement, address = '/processes?limit=50'): Promise<void> {
  const list = await read<{ processes: Described[]; links: Link[] }>(address);
  const rows = list.processes.map(({ id, title, description }) => [link(processPage(id), id), title ?? '', description ?? '']);
  main.replaceChildren(
    el('h1', {}, 'Processes'),
    table('What can be run here', [['Process', 'Title', 'Description'], ...rows]),
    pager(list.links, (next) => processes(main, next)),
  );
}

export async function describe(main: HTMLElement, id: string): Promise<void> {
  const address = `/processes/${encodeURIComponent(id)}`;
  const found = await read<Described & { inputs: Record<string, Input>; outputs: Record<string, Described> }>(address);
  const form = processForm(found.inputs, async (inputs) => {
    const made = await ask('POST', `${address}/execution`, { inputs, response: 'document' }, 'respond-async');
    const { jobID } = (await made.json()) as Status;
    location.assign(page(`/jobs/${jobID}`));
  });
  const outputs = Object.entries(found.outputs).map(([name, one]) =>
    el('li', {}, [name, one.title, one.description].filter(Boolean).join(': ')),
  );
  main.replaceChildren(
    el('h1', {}, found.title ?? found.id),
    el('p', {}, found.description ?? ''),
    el('h2', {}, 'Run it'),
    form,
    el('h2', {}, 'What comes out'),
    el('ul', {}, ...outputs),
  );
}

const statuses = ['accepted', 'running', 'successful', 'failed', 'dismissed'];

export async function jobs(main: HTMLElement, address = '/jobs?limit=50', wanted = ''): Promise<void> {
  const list = await read<{ jobs: Status[]; links: Link[] }>(address);
  const rows = list.jobs.map(({ jobID, processID, status, created, message }) => [
    link(page(`/jobs/${jobID}`), jobID),
    link(processPage(processID), processID),
    status,
    time(created),
    message ?? '',
  ]);
  const options = ['', ...statuses].map((one) => el('option', { value: one, selected: one === wanted ? true : undefined }, one || 'any'));
  const select = el('select', { id: 'status' }, ...options);
  select.addEventListener('change', () => void jobs(main, `/jobs?limit=50${select.value && `&status=${select.value}`}`, select.value));
  main.replaceChildren(
    el('h1', {}, 'Your jobs'),
    el('p', {}, el('label', { for: 'status' }, 'Status '), select),
    table('Newest first', [['Job', 'Process', 'Status', 'Created', 'Message'], ...rows]),
    pager(list.links, (next) => jobs(main, next, wanted)),
  );
}

/** The results as links and values; a STAC Item has them all, whatever form the execution asked for. */
async function results(jobId: string): Promise<HTMLElement> {
  const item = await read<{ assets: Record<string, { href: string; title?: string; type?: string }>; properties: Record<string, unknown> }>(
    `/unit_jobs/${encodeURIComponent(jobId)}/results`,
  );
  const values = Object.entries((item.properties['swath:outputs'] ?? {}) as Record<string, unknown>);
  return el(
    'dl',
    {},
    ...Object.entries(item.assets).flatMap(([name, { href, title, type }]) => [
      el('dt', {}, name),
      el('dd', {}, link(href, title ?? href.split('?')[0]!.split('/').at(-1)!), ` ${type ?? ''}`),
    ]),
    ...values.flatMap(([name, value]) => [
      el('dt', {}, name),
      el('dd', {}, el('pre', {}, typeof value === 'string' ? value : JSON.stringify(value, null, 2))),
    ]),
  );
}

export async function job(main: HTMLElement, jobId: string): Promise<void> {
  const address = `/jobs/${encodeURIComponent(jobId)}`;
  const status = el('p', { role: 'status', 'aria-live': 'polite', id: 'job-status' });
  const facts = el('dl', {});
  const below = el('div', {});
  const how = el('p', { class: 'help', id: 'how' });
  const log = el('pre', { 'aria-label': 'Run log' });
  main.replaceChildren(el('h1', {}, 'Job'), status, facts, how, below, el('h2', {}, 'Run log'), log);
  const look = async (): Promise<'over' | 'goes on'> => {
    const seen = await read<Status>(address);
    status.textContent = [seen.status, seen.progress === undefined ? '' : `${seen.progress} %`, seen.message ?? '']
      .filter(Boolean)
      .join(', ');
    const entries: [string, Node | string][] = [
      ['Process', link(processPage(seen.processID), seen.processID)],
      ['Created', time(seen.created)],
      ['Started', time(seen.started)],
      ['Finished', time(seen.finished)],
    ];
    facts.replaceChildren(...entries.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
    const over = seen.status !== 'accepted' && seen.status !== 'running';
    const dismiss = async () => {
      await ask('DELETE', address);
      if (over) location.assign(page('/jobs'));
      else await look();
    };
    below.replaceChildren(
      ...(seen.status === 'successful' ? [el('h2', {}, 'Results'), await results(jobId)] : []),
      button(over ? 'Remove the job and its results' : 'Dismiss the job', dismiss),
    );
    log.textContent = await (await ask('GET', `${address}/runlog`)).text();
    return over ? 'over' : 'goes on';
  };
  await look();
  follow(jobId, look, (told) => (how.textContent = told === 'over' ? '' : `The status is renewed ${told}.`));
}
