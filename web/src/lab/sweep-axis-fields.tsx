import {
  type AxisForm,
  hintOf,
  type RangeForm,
  rangeFormOf,
  SWEEP_LABELS,
  suggestedValues,
  valuesOfRange,
} from '../../../src/sim/lab/sweep-form.js';
import type { HardwareProfile } from '../../../src/sim/profile/hardware-profile.js';
import { axisNames, domainOf } from '../../../src/sim/sweep/parameters.js';
import { SelectField, TextField } from '../ui/field.js';

/** An axis while it is edited: its range may be half typed. */
export interface AxisDraft extends AxisForm {
  readonly id: number;
  readonly range: RangeForm;
}

interface SweepAxisFieldsProps {
  readonly at: number;
  readonly axis: AxisDraft;
  readonly profile: HardwareProfile;
  readonly invalid: boolean;
  readonly onChange: (axis: AxisDraft) => void;
  /** Absent for the last axis. */
  readonly onRemove: (() => void) | undefined;
}

const NO_RANGE: RangeForm = { from: '', to: '', count: '', log: false };

export function draftOf(id: number, name: string, values: string): AxisDraft {
  return { id, name, values, range: rangeFormOf(values) ?? NO_RANGE };
}

/** What varies, and its values: as text, or as the parts of a range. Both show the same. */
export function SweepAxisFields(props: SweepAxisFieldsProps) {
  const { at, axis, profile, invalid, onChange, onRemove } = props;
  const { id, name, values, range } = axis;
  const names = axisNames(profile);
  const words = domainOf(name)?.kind === 'word';
  const part = (change: Partial<RangeForm>) => {
    const changed = { ...range, ...change };
    onChange({ ...axis, range: changed, values: valuesOfRange(changed) });
  };
  return (
    <fieldset class="axis-form">
      <legend>{SWEEP_LABELS.axis(at)}</legend>
      <div class="fields">
        <SelectField
          label="Name"
          value={name}
          options={names.includes(name) ? names : [...names, name]}
          onChange={(chosen) => onChange(draftOf(id, chosen, suggestedValues(chosen, profile)))}
        />
        <TextField
          label="Values"
          value={values}
          invalid={invalid}
          onChange={(text) => onChange(draftOf(id, name, text))}
        />
        <TextField label="From" value={range.from} disabled={words} onChange={(from) => part({ from })} />
        <TextField label="To" value={range.to} disabled={words} onChange={(to) => part({ to })} />
        <TextField
          label="Count"
          hint="of values"
          value={range.count}
          disabled={words}
          onChange={(count) => part({ count })}
        />
        <SelectField
          label="Steps"
          value={range.log ? 'log' : 'equal'}
          options={['equal', 'log']}
          disabled={words}
          onChange={(steps) => part({ log: steps === 'log' })}
        />
        {onRemove !== undefined && (
          <div class="actions">
            <button type="button" class="quiet" aria-label={`Remove axis ${at + 1}`} onClick={onRemove}>
              Remove
            </button>
          </div>
        )}
      </div>
      <p class="note">{hintOf(name)}</p>
    </fieldset>
  );
}
