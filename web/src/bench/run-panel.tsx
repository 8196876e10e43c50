import { useState } from 'preact/hooks';
import { BENCHES, type BenchName, type BenchState } from '../../../src/dashboard/messages.js';
import { ask } from '../api/request.js';
import type { LiveModel } from '../model/live-model.js';
import { Panel } from '../ui/panel.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';
import { BENCH_OPTIONS, BENCH_TITLES, firstOptions, type Given, optionsGiven } from './bench-options.js';
import { BenchStatus } from './bench-status.js';
import { OptionField } from './option-field.js';

interface RunPanelProps {
  readonly state: BenchState | null;
  readonly model: LiveModel;
}

export function RunPanel({ state, model }: RunPanelProps) {
  const [bench, setBench] = useState<BenchName>('move');
  const [given, setGiven] = useState<Readonly<Record<BenchName, Given>>>({
    move: firstOptions('move'),
    stall: firstOptions('stall'),
  });
  const { run, busy, problem } = useAction();
  const running = state?.status === 'running';
  const options = optionsGiven(bench, given[bench]);
  const start = (event: Event) => {
    event.preventDefault();
    return run(() => ask('/api/bench', { method: 'POST', body: { bench, options } }));
  };
  return (
    <Panel title="Run" note="a process of its own, one at a time">
      <form class="stack" onSubmit={start}>
        <fieldset class="choices">
          <legend class="visually-hidden">Bench</legend>
          {BENCHES.map((name) => (
            <label key={name} class="check">
              <input type="radio" name="bench" checked={name === bench} onChange={() => setBench(name)} />
              <span>{BENCH_TITLES[name]}</span>
            </label>
          ))}
        </fieldset>
        <div class="fields bench-fields">
          {BENCH_OPTIONS[bench].map((option) => (
            <OptionField
              key={`${bench} ${option.name}`}
              option={option}
              value={given[bench][option.name] ?? ''}
              onChange={(value) => setGiven({ ...given, [bench]: { ...given[bench], [option.name]: value } })}
            />
          ))}
        </div>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy || running}>
            Run bench {bench}
          </button>
          {running && (
            <button
              type="button"
              class="stop"
              onClick={() => run(() => ask('/api/bench', { method: 'DELETE' }))}
            >
              Stop
            </button>
          )}
          {busyNote(model) !== undefined && <span class="note">{busyNote(model)}</span>}
        </div>
      </form>
      <Problem of={problem} />
      {state !== null && <BenchStatus state={state} />}
    </Panel>
  );
}

/** What else has this host work while a bench measures. */
function busyNote({ migrations, program }: LiveModel): string | undefined {
  const others = [
    ...(migrations.some(({ status }) => status === 'running') ? ['a migration'] : []),
    ...(program?.running === true ? ["the program's threads"] : []),
  ];
  return others.length === 0
    ? undefined
    : `${others.join(' and ')} of the Live view would distort the figures`;
}
