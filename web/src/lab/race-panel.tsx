import { useState } from 'preact/hooks';
import { RACES } from '../../../src/sim/explore/races/races.js';
import type { RaceFound } from '../../../src/sim/lab/lab-protocol.js';
import { NumberField, SelectField } from '../ui/field.js';
import { formatCount } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { type LabMachine, profileOf } from './lab-machine.js';
import { LabProblem } from './lab-problem.js';
import { RaceOutcome } from './race-outcome.js';
import { useLabRun } from './use-lab-run.js';
import './race.css';

interface Found extends RaceFound {
  readonly race: string;
  readonly machine: LabMachine;
}

/** A mistake that reviewers found: searched for as `pageferry explore --race` does, and shown step by step. */
export function RacePanel({ machine }: { readonly machine: LabMachine }) {
  const [name, setName] = useState('last-descriptor');
  const [schedules, setSchedules] = useState(1000);
  const [searched, setSearched] = useState(0);
  const [found, setFound] = useState<Found>();
  const { running, problem, run, cancel } = useLabRun();
  const race = RACES.find((each) => each.name === name)!;
  const search = () => {
    setSearched(0);
    setFound(undefined);
    const request = {
      kind: 'race',
      race: name,
      profile: profileOf(machine),
      seed: machine.seed,
      schedules,
    } as const;
    void run(request, (event) => {
      if (event.kind === 'searched') setSearched(event.schedules);
      if (event.kind === 'race') setFound({ ...event, race: name, machine });
    });
  };
  const choose = (other: string) => {
    cancel();
    setFound(undefined);
    setName(other);
  };
  return (
    <Panel
      title="A race"
      note="the unchanged pipeline with one mistake, run in many schedules until one violates an invariant"
    >
      <div class="fields wide">
        <SelectField
          label="Mistake"
          value={name}
          options={RACES.map((each) => ({ value: each.name, text: each.mistake }))}
          onChange={choose}
        />
        <NumberField
          label="Schedules"
          hint="at most"
          min={1}
          max={100_000}
          value={schedules}
          onChange={setSchedules}
        />
        <div class="actions">
          <button type="button" class="primary" disabled={running} onClick={search}>
            Search
          </button>
          {running && (
            <button type="button" class="stop" onClick={cancel}>
              Cancel
            </button>
          )}
        </div>
      </div>
      <dl class="pairs">
        <div>
          <dt>consequence</dt>
          <dd>{race.consequence}</dd>
        </div>
        <div>
          <dt>instead</dt>
          <dd>{race.remedy}</dd>
        </div>
        <div>
          <dt>found by</dt>
          <dd>{race.foundBy}</dd>
        </div>
      </dl>
      <LabProblem text={problem} />
      <p role="status" class={running ? '' : 'visually-hidden'}>
        {running && `${formatCount(searched)} schedules tried…`}
        {found !== undefined && (found.broken === null ? 'Nothing found.' : 'Found.')}
      </p>
      {found !== undefined && found.race === name && (
        <RaceOutcome key={name} found={found} machine={found.machine} race={name} />
      )}
    </Panel>
  );
}
