import { useId } from 'preact/hooks';
import type { BenchOption } from './bench-options.js';

interface OptionFieldProps {
  readonly option: BenchOption;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function OptionField({ option: { label, hint }, value, onChange }: OptionFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>
        {label} <small>{hint}</small>
      </label>
      <input
        id={id}
        type="text"
        autoComplete="off"
        spellcheck={false}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}
