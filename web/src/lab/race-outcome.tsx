import { useState } from 'preact/hooks';
import { replayCommand } from '../../../src/sim/explore/replay-command.js';
import type { RaceFound } from '../../../src/sim/lab/lab-protocol.js';
import { SelectField } from '../ui/field.js';
import { formatCount } from '../ui/format.js';
import { Command } from './command.js';
import { profileArguments } from './command-line.js';
import type { LabMachine } from './lab-machine.js';
import { StoryPlayer } from './story-player.js';

interface RaceOutcomeProps {
  readonly found: RaceFound;
  readonly race: string;
  readonly machine: LabMachine;
}

/** What the search came to: the schedule with the mistake, and the same one of the real code. */
export function RaceOutcome({ found, race, machine }: RaceOutcomeProps) {
  const [code, setCode] = useState<'broken' | 'real'>('broken');
  const { schedules, broken, real } = found;
  if (broken === null || real === null) {
    return <p>{formatCount(schedules)} schedules, and no invariant was violated.</p>;
  }
  const failure = broken.failure!;
  const profile = profileArguments(machine);
  const again = replayCommand(failure, { race, ...(profile === undefined ? {} : { profile }) });
  const { violations } = failure;
  return (
    <div class="stack outcome">
      <p>
        Schedule {formatCount(schedules)} breaks: <strong>{violations[0]!.invariant}</strong> –{' '}
        {violations[0]!.figures}
        {violations.length > 1 && <small> and {violations.length - 1} more</small>}. This is the schedule,
        reduced to the decisions that matter.
      </p>
      <div class="outcome-head">
        <Command label="Replay:" text={again} />
        <SelectField
          label="Code"
          value={code}
          options={[
            { value: 'broken', text: 'with the mistake' },
            { value: 'real', text: 'the real one, same schedule' },
          ]}
          onChange={setCode}
        />
      </div>
      <StoryPlayer key={code} story={code === 'broken' ? broken : real} />
    </div>
  );
}
