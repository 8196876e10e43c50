import { useId } from 'preact/hooks';
import type { HardwareProfile } from '../../../src/sim/profile/hardware-profile.js';
import {
  type FigureChanges,
  figureOf,
  figurePaths,
  figureRange,
} from '../../../src/sim/profile/with-figures.js';

interface FigureFieldsProps {
  readonly profile: HardwareProfile;
  readonly changes: FigureChanges;
  readonly description: string;
  readonly onChange: (path: string, value: number) => void;
}

/** Every figure of the profile, to be changed as with `--set`. */
export function FigureFields({ profile, changes, description, onChange }: FigureFieldsProps) {
  const count = Object.keys(changes).length;
  return (
    <details class="more">
      <summary>
        All figures of the profile
        {count > 0 && <small> {count} changed</small>}
      </summary>
      <p class="note">{description}</p>
      <div class="fields">
        {figurePaths().map((path) => (
          <FigureField
            key={path}
            path={path}
            value={figureOf(profile, path)}
            changed={path in changes}
            onChange={(value) => onChange(path, value)}
          />
        ))}
      </div>
    </details>
  );
}

interface FigureFieldProps {
  readonly path: string;
  readonly value: number;
  readonly changed: boolean;
  readonly onChange: (value: number) => void;
}

function FigureField({ path, value, changed, onChange }: FigureFieldProps) {
  const id = useId();
  const { unit, min, max, whole } = figureRange(path)!;
  return (
    <div class={changed ? 'field changed' : 'field'}>
      <label for={id}>
        {path} <small>{unit}</small>
      </label>
      <input
        id={id}
        type="number"
        min={min}
        max={max}
        step={whole === true ? 1 : 'any'}
        value={value}
        onChange={({ currentTarget: input }) => {
          if (input.validity.valid && input.value !== '') onChange(input.valueAsNumber);
        }}
      />
    </div>
  );
}
