import { base, Refusal, session } from './api.ts';
import { button, el } from './dom.ts';
import { describe, job, jobs, landing, processes } from './views.ts';

const main = document.getElementById('main')!;
const who = document.getElementById('who')!;

/** The view of the address: what follows the base URL says which. */
function view(): (main: HTMLElement) => Promise<void> {
  const path = location.pathname.slice(new URL(base).pathname.replace(/\/$/, '').length);
  const [first, second] = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (first === 'processes') return second === undefined ? processes : (at) => describe(at, second);
  if (first === 'jobs') return second === undefined ? jobs : (at) => job(at, second);
  return landing;
}

/** There is no session at the service: a page proves who its user is with the same token as any program. */
function signIn(reason: string): void {
  const field = el('input', { id: 'token', type: 'password', autocomplete: 'off', required: true, 'aria-describedby': 'token-help' });
  const form = el('form', {}, el('label', { for: 'token' }, 'Token'), field, el('button', { type: 'submit' }, 'Sign in'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    session.set(field.value);
    void show();
  });
  const help =
    'Paste an access token, or a personal access token (POST /tokens makes one) with the scopes jobs:read, jobs:write and platforms:read. ' +
    'This page keeps it in this tab until you sign out or close the tab, sends it to this service only, and has no password of yours. ' +
    'On your own machine: npm run --silent token -- alice';
  main.replaceChildren(
    el('h1', {}, 'Sign in'),
    el('p', { role: 'alert' }, reason),
    form,
    el('p', { id: 'token-help', class: 'help' }, help),
  );
  field.focus();
}

async function show(): Promise<void> {
  const signOut = button('Sign out', () => {
    session.end();
    location.assign(`${base}/`);
  });
  who.replaceChildren(...(session.get() === null ? [] : [signOut]));
  main.setAttribute('aria-busy', 'true');
  try {
    await view()(main);
    document.title = `${main.querySelector('h1')?.textContent ?? 'Swath'} - Swath`;
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) {
      const had = session.get() !== null;
      session.end();
      signIn(had ? error.message : '');
    } else
      main.replaceChildren(
        el('h1', {}, 'This did not work'),
        el('p', { role: 'alert' }, error instanceof Error ? error.message : String(error)),
      );
  } finally {
    main.removeAttribute('aria-busy');
  }
}

void show();
