import { useId, useState } from 'preact/hooks';
import type { ParameterState } from '../../../src/dashboard/messages.js';
import { ask } from '../api/request.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';

/** A parameter: its value, and a field to write another, which Enter or the button does. */
export function ParameterRow({ parameter }: { readonly parameter: ParameterState }) {
  const { path, value, writable, description } = parameter;
  /** What somebody has begun to write; undefined: the value as it is. */
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const { run, busy, problem } = useAction();
  const id = useId();
  const name = path.slice(path.lastIndexOf('/') + 1);
  const write = async (event: Event) => {
    event.preventDefault();
    const text = draft ?? value;
    if (await run(() => ask(`/api/parameters/${path}`, { method: 'PUT', body: text }))) setDraft(undefined);
  };
  if (!writable) {
    return (
      <li class="parameter">
        <span class="parameter-name">
          <code>{name}</code>
        </span>
        <output class="parameter-value">{value}</output>
        <p class="note">{description}</p>
      </li>
    );
  }
  return (
    <li class="parameter">
      <label class="parameter-name" for={id}>
        <code>{name}</code>
      </label>
      <form class="parameter-value" onSubmit={write}>
        <input
          id={id}
          type="text"
          autoComplete="off"
          spellcheck={false}
          aria-describedby={`${id}-what`}
          value={draft ?? value}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setDraft(undefined);
          }}
        />
        <button type="submit" disabled={busy || draft === undefined} aria-label={`Set ${name}`}>
          Set
        </button>
      </form>
      <p class="note" id={`${id}-what`}>
        {description}
      </p>
      <Problem of={problem} />
    </li>
  );
}
