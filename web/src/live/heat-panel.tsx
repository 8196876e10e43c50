import { useEffect, useState } from 'preact/hooks';
import type { HeatEndMessage } from '../../../src/dashboard/messages.js';
import { sightText } from '../../../src/heat/map/legend.js';
import type { HeatHistory } from '../model/heat-history.js';
import type { LiveModel } from '../model/live-model.js';
import { SelectField } from '../ui/field.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { Problem } from '../ui/problem.js';
import type { Action } from '../ui/use-action.js';
import { HeatPicture } from './heat-picture.js';
import { HottestTable, WorkingSetCurve } from './heat-tables.js';
import { useHeatWatch } from './use-heat-watch.js';
import './heat.css';

interface Chosen {
  readonly id: number;
  readonly name: string;
}

/** Which memory of a region is used how often. Nothing is watched until somebody turns it on. */
export function HeatPanel({ model }: { readonly model: LiveModel }) {
  const { regions, heat } = model;
  const [kept, setKept] = useState<Chosen | undefined>(undefined);
  const [on, setOn] = useState(false);
  // A region that is gone stays chosen, so that its last picture stays.
  const chosen: Chosen | undefined = kept ?? regions[0];
  const there = regions.some(({ id }) => id === chosen?.id);
  const history = heat?.region === chosen?.id ? heat : undefined;
  const refused = useHeatWatch(model.stream, chosen?.id, on);
  const end = history?.end;
  useEffect(() => {
    if (end !== undefined || refused !== undefined) setOn(false);
  }, [end, refused]);
  if (chosen === undefined) {
    return (
      <Panel title="Heat">
        <p class="note">The ferry has no memory. The program has not adopted or allocated any.</p>
      </Panel>
    );
  }
  return (
    <Panel title="Heat" note="which memory the program uses, and how often">
      <div class="heat-controls">
        <SelectField
          label="Watched region"
          value={String(chosen.id)}
          options={[
            ...regions.map(({ id, name, bytes }) => ({
              value: String(id),
              text: `${name} (${formatBytes(bytes)})`,
            })),
            ...(there ? [] : [{ value: String(chosen.id), text: `${chosen.name} (released)` }]),
          ]}
          onChange={(value) => setKept(regions.find(({ id }) => id === Number(value)) ?? chosen)}
        />
        <button
          type="button"
          class={on ? 'stop' : 'primary'}
          disabled={!on && !there}
          onClick={() => {
            setKept(chosen);
            setOn(!on);
          }}
        >
          {on ? 'Stop watching' : 'Watch'}
        </button>
        <p class="note" role="status">
          {statusText(chosen.name, on, there, history)}
        </p>
      </div>
      <Problem of={refused ?? (on ? undefined : failureOf(end))} />
      {history?.last !== undefined && (
        <>
          <HeatPicture history={history} name={chosen.name} />
          <p class="note">
            {sightText(history.last.source, history.last.sees)} {costText(history)}
          </p>
          <div class="pair">
            <WorkingSetCurve sets={history.workingSets} />
            <HottestTable snapshot={history.last} />
          </div>
        </>
      )}
    </Panel>
  );
}

function statusText(name: string, on: boolean, there: boolean, history: HeatHistory | undefined): string {
  const isEmpty = history?.last === undefined;
  if (!there) return `The region ${name} was released.${isEmpty ? '' : ' This is its last heat.'}`;
  if (on) return isEmpty ? 'The first result comes soon.' : `Watching ${name}.`;
  return isEmpty ? 'Off. It costs nothing until somebody watches.' : `Off. This is the last heat of ${name}.`;
}

function failureOf(end: HeatEndMessage | undefined): Action['problem'] {
  if (end === undefined || end.problem === null) return undefined;
  const { code, message, advice } = end.problem;
  return { code, text: advice === undefined ? message : `${message}. ${advice}` };
}

/** What the watch costs, by the source's own account. */
function costText({ cost, costShares }: HeatHistory): string {
  if (cost === undefined) return '';
  const counts = `${formatCount(cost.units)} units watched, ${formatCount(cost.touched)} of them accessed`;
  if (costShares === undefined) return `Its cost so far: ${counts}.`;
  return (
    `Its cost: ${percent(costShares.cpu)} of a CPU, and threads of the program waited ` +
    `${percent(costShares.stalled)} of the time. So far: ${counts}.`
  );
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
