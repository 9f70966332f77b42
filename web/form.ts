import { Refusal } from './api.ts';
import { el } from './dom.ts';
import { hintsOf, inOrder, kindOf, valueOf, type Input, type Kind } from './fields.ts';

const hints: Partial<Record<Kind, string>> = {
  file: 'The address of a file: https://..., or s3://... of your workspace',
  box: 'West, south, east, north in degrees',
  list: 'One value a line',
  json: 'As JSON',
};

function control(id: string, kind: Kind, input: Input, described: string): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  const { schema, minOccurs = 1 } = input;
  const { widget, placeholder } = hintsOf(input);
  const common = { id, name: id, 'aria-describedby': described, required: minOccurs > 0 ? (true as const) : undefined };
  const preset = schema['default'];
  const options = kind === 'yes-no' ? [true, false] : kind === 'choice' ? (schema['enum'] as unknown[]) : undefined;
  if (options !== undefined)
    return el(
      'select',
      common,
      el('option', { value: '' }, '-'),
      ...options.map((one) =>
        el(
          'option',
          { value: JSON.stringify(one), selected: one === preset ? true : undefined },
          typeof one === 'string' ? one : JSON.stringify(one),
        ),
      ),
    );
  const shown = preset === undefined ? '' : typeof preset === 'string' ? preset : JSON.stringify(preset);
  if (kind === 'list' || kind === 'json' || kind === 'lines') return el('textarea', { ...common, placeholder, rows: '3' }, shown);
  const bound = (name: string) => (typeof schema[name] === 'number' ? String(schema[name]) : undefined);
  const [min, max] = [bound('minimum'), bound('maximum')];
  const isNumber = kind === 'whole' || kind === 'number';
  // A slider always has a value: only where the input has one anyhow, and both ends are known.
  const isRange = widget === 'range' && isNumber && min !== undefined && max !== undefined && preset !== undefined;
  const type = isRange ? 'range' : isNumber ? 'number' : kind === 'date' ? 'date' : 'text';
  const step = !isNumber ? undefined : kind === 'whole' ? '1' : 'any';
  return el('input', { ...common, type, step, placeholder, min, max, value: shown });
}

/** A form for the inputs of a process. `send` gets the values; what it throws is told beside the inputs that are meant. */
export function processForm(inputs: Record<string, Input>, send: (values: Record<string, unknown>) => Promise<void>): HTMLFormElement {
  const alert = el('p', { role: 'alert', class: 'fault' });
  const fields = inOrder(inputs).map(([name, input], i) => {
    const id = `input-${i}`;
    const kind = kindOf(input);
    const element = control(id, kind, input, `${id}-help ${id}-fault`);
    const fault = el('span', { id: `${id}-fault`, class: 'fault' });
    const help = [input.description, hintsOf(input).help, hints[kind]].filter(Boolean).join(' ');
    const label = el('label', { for: id }, `${input.title ?? name}${(input.minOccurs ?? 1) > 0 ? ' (required)' : ''}`);
    return {
      name,
      kind,
      element,
      fault,
      row: el('div', { class: 'field' }, label, element, el('span', { id: `${id}-help`, class: 'help' }, help), fault),
    };
  });
  const submit = el('button', { type: 'submit' }, 'Run');
  const form = el('form', {}, ...fields.map(({ row }) => row), alert, submit);
  const show = (error: unknown) => {
    alert.textContent = error instanceof Error ? error.message : String(error);
    const faults = error instanceof Refusal ? error.faults : [];
    for (const field of fields) {
      const mine = faults.filter(({ pointer }) => `${pointer}/`.startsWith(`/inputs/${field.name}/`));
      field.fault.textContent = mine.map(({ message }) => message).join(' ');
      field.element.toggleAttribute('aria-invalid', mine.length > 0);
    }
  };
  form.noValidate = true; // the service says what is wrong, for every input at once
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit.disabled = true;
    const values = fields.map(({ name, kind, element }) => [name, valueOf(kind, element.value)] as const);
    void send(Object.fromEntries(values.filter(([, value]) => value !== undefined)))
      .catch(show)
      .finally(() => (submit.disabled = false));
  });
  return form;
}
