import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface LabelledProps {
  readonly label: string;
  /** Unit or range, behind the label. */
  readonly hint?: string;
  readonly disabled?: boolean;
}

interface SelectProps<T extends string> extends LabelledProps {
  readonly value: T;
  readonly options: readonly (T | { readonly value: T; readonly text: string })[];
  readonly onChange: (value: T) => void;
}

/** A labelled list to choose one from. */
export function SelectField<T extends string>(props: SelectProps<T>) {
  const { label, hint, value, options, onChange, disabled = false } = props;
  return (
    <Labelled label={label} hint={hint}>
      {(id) => (
        <select
          id={id}
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.currentTarget.value as T)}
        >
          {options.map((option) => {
            const { value: own, text } =
              typeof option === 'string' ? { value: option, text: option } : option;
            return (
              <option key={own} value={own} selected={own === value}>
                {text}
              </option>
            );
          })}
        </select>
      )}
    </Labelled>
  );
}

interface TextProps extends LabelledProps {
  readonly value: string;
  /** The text has a problem, which is described elsewhere. */
  readonly invalid?: boolean;
  readonly onChange: (value: string) => void;
}

/** A labelled text of one line. */
export function TextField({ label, hint, value, invalid = false, disabled = false, onChange }: TextProps) {
  return (
    <Labelled label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          type="text"
          autoComplete="off"
          spellcheck={false}
          {...{ value, disabled }}
          aria-invalid={invalid}
          onInput={({ currentTarget: input }) => onChange(input.value)}
        />
      )}
    </Labelled>
  );
}

interface NumberProps extends LabelledProps {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly onChange: (value: number) => void;
}

/** A labelled whole number; what is out of range is kept back until it is right. */
export function NumberField(props: NumberProps) {
  const { label, hint, value, min, max, step = 1, onChange, disabled = false } = props;
  return (
    <Labelled label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          type="number"
          inputMode="numeric"
          {...{ min, max, step, value, disabled }}
          onInput={({ currentTarget: input }) => {
            if (input.validity.valid && input.value !== '') onChange(input.valueAsNumber);
          }}
        />
      )}
    </Labelled>
  );
}

interface RangeProps extends NumberProps {
  /** How the value reads. Default: the number. */
  readonly text?: (value: number) => string;
}

/** A labelled slider with its value beside it. */
export function RangeField(props: RangeProps) {
  const { label, hint, value, min, max, step = 1, onChange, text = String, disabled = false } = props;
  return (
    <Labelled label={label} hint={hint}>
      {(id) => (
        <span class="range">
          <input
            id={id}
            type="range"
            {...{ min, max, step, value, disabled }}
            aria-valuetext={text(value)}
            onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
          />
          <output for={id}>{text(value)}</output>
        </span>
      )}
    </Labelled>
  );
}

interface SwitchProps extends LabelledProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function CheckField({ label, hint, checked, onChange, disabled = false }: SwitchProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {label}
        {hint !== undefined && <small> {hint}</small>}
      </span>
    </label>
  );
}

interface FrameProps {
  readonly label: string;
  readonly hint: string | undefined;
  readonly children: (id: string) => ComponentChildren;
}

function Labelled({ label, hint, children }: FrameProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>
        {label}
        {hint !== undefined && <small> {hint}</small>}
      </label>
      {children(id)}
    </div>
  );
}
