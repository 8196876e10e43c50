import { useState } from 'preact/hooks';
import { POLICY_NAMES, type PolicyName } from '../../../src/policy/policies.js';
import { TIERING_MIGRATORS, type TieringMigrator } from '../../../src/sim/tiering/migration-costs.js';
import { PROGRAM_NAMES, type ProgramName } from '../../../src/sim/tiering/programs/programs.js';
import { TIERING_DEFAULTS } from '../../../src/sim/tiering/tiering-options.js';
import { CheckField, RangeField, SelectField } from '../ui/field.js';
import { formatBytes } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { Command } from './command.js';
import { tieringCommand } from './command-line.js';
import { type LabMachine, profileOf } from './lab-machine.js';
import { LabProblem } from './lab-problem.js';
import { type NamedTiers, TIERS, tiersFromFile } from './lab-tiers.js';
import { LoadButton } from './load-button.js';
import { RunButton } from './run-button.js';
import { TieringChart } from './tiering-chart.js';
import type { TieringRow } from './tiering-row.js';
import { TieringTable } from './tiering-table.js';
import { TieringVerdict } from './tiering-verdict.js';
import { useLabRun } from './use-lab-run.js';
import { useSettled } from './use-settled.js';

const MEMORY = [2 ** 28, 2 ** 30, TIERING_DEFAULTS.memory];
const FOLIOS = [2 ** 12, 2 ** 16, 2 ** 21];
const BATCHES = [2 ** 12, 2 ** 15, 2 ** 18, 2 ** 21, 2 ** 24, 2 ** 27];
const FIRST = TIERS.find(({ name }) => name === TIERING_DEFAULTS.profile)!;
const PROGRAMS: Readonly<Record<ProgramName, string>> = {
  gups: 'gups: random updates',
  zipf: 'zipf: key-value store',
  chase: 'chase: pointer chase',
  scan: 'scan: all memory',
  graph: 'graph: traversals',
};

/** Policies that place memory on a fast and a slow node: what `pageferry sim tiering` prints for a program. */
export function TieringPanel({ machine }: { readonly machine: LabMachine }) {
  const [tiers, setTiers] = useState(FIRST);
  const [own, setOwn] = useState<NamedTiers>();
  const [refused, setRefused] = useState<string>();
  const [program, setProgram] = useState<ProgramName>('gups');
  const [policies, setPolicies] = useState<readonly PolicyName[]>(POLICY_NAMES);
  const [fast, setFast] = useState<number>(TIERING_DEFAULTS.fast);
  const [memory, setMemory] = useState<number>(TIERING_DEFAULTS.memory);
  const [migrator, setMigrator] = useState<TieringMigrator>('baseline');
  const [folio, setFolio] = useState<number>(TIERING_DEFAULTS.setup.folio);
  const [batchBytes, setBatchBytes] = useState<number>(TIERING_DEFAULTS.setup.batchBytes);
  const [shown, setShown] = useState<{ readonly program: string; readonly rows: readonly TieringRow[] }>();
  const { running, problem, run, cancel } = useLabRun();
  const { channels, seed } = machine;
  const setup = { ...TIERING_DEFAULTS.setup, migrator, channels, folio, batchBytes };
  const request = {
    kind: 'tiering',
    machine: tiers.json,
    costs: profileOf(machine),
    setup,
    program,
    memory,
    policies,
    options: { ...TIERING_DEFAULTS, fast, seed },
  } as const;
  const start = async () => {
    const rows: TieringRow[] = [];
    await run(request, (event) => {
      if (event.kind !== 'placed') return;
      rows.push(event);
      setShown({ program, rows: [...rows] });
    });
  };
  useSettled(JSON.stringify(request), () => void start());
  const load = async (file: File) => {
    const read = await tiersFromFile(file);
    setRefused(typeof read === 'string' ? read : undefined);
    if (typeof read === 'string') return;
    setOwn(read);
    setTiers(read);
  };
  const known = own === undefined ? TIERS : [...TIERS, own];
  const choose = (policy: PolicyName, chosen: boolean) =>
    setPolicies(POLICY_NAMES.filter((each) => (each === policy ? chosen : policies.includes(each))));
  const rows = shown?.rows ?? [];
  return (
    <Panel
      title="Tiering"
      note="policies that place a program's memory on a fast and a slow node, in virtual time"
      aside={<RunButton running={running} start={() => void start()} cancel={cancel} />}
    >
      <div class="fields machine">
        <SelectField
          label="Nodes"
          value={tiers.name}
          options={known.map(({ name }) => name)}
          onChange={(name) => setTiers(known.find((each) => each.name === name)!)}
        />
        <LoadButton text="Load nodes…" onLoad={(file) => void load(file)} />
        <SelectField
          label="Program"
          value={program}
          options={PROGRAM_NAMES.map((value) => ({ value, text: PROGRAMS[value] }))}
          onChange={setProgram}
        />
        <SizeField label="Memory" value={memory} sizes={MEMORY} onChange={setMemory} />
        <RangeField
          label="Fast node"
          hint="of the memory"
          min={1}
          max={100}
          value={fast}
          text={(percent) => `${percent} %`}
          onChange={setFast}
        />
        <SelectField label="Migrator" value={migrator} options={TIERING_MIGRATORS} onChange={setMigrator} />
        <SizeField label="Folio" value={folio} sizes={FOLIOS} onChange={setFolio} />
        <SizeField label="Batch" value={batchBytes} sizes={BATCHES} onChange={setBatchBytes} />
      </div>
      <fieldset class="choices">
        <legend>Policies</legend>
        {POLICY_NAMES.map((policy) => (
          <CheckField
            key={policy}
            label={policy}
            checked={policies.includes(policy)}
            onChange={(chosen) => choose(policy, chosen)}
          />
        ))}
      </fieldset>
      {refused !== undefined && (
        <p class="problem" role="alert">
          <strong>Refused:</strong> {refused}
        </p>
      )}
      <LabProblem text={problem} />
      <div class="stack" aria-busy={running}>
        <TieringTable program={shown?.program ?? program} rows={rows} />
        <div class="pair top">
          <TieringChart program={shown?.program ?? program} rows={rows} />
          <div class="stack">
            <TieringVerdict rows={running ? [] : rows} />
            <p class="note">
              {tiers.machine.description}: {tiers.machine.nodes.map(nodeText).join(', ')} without load.
              Migrations cost what they cost on {machine.base.name}. <em>waits</em> and <em>CPU</em> are parts
              of the threads' time, <em>out</em> is the longest time for which a batch was unmapped.
            </p>
            {policies.length === 0 ? (
              <p class="note">Choose a policy to see a command that prints these figures.</p>
            ) : (
              <Command label="The same figures:" text={tieringCommand(request, tiers, machine)} />
            )}
          </div>
        </div>
      </div>
    </Panel>
  );
}

interface SizeFieldProps {
  readonly label: string;
  readonly value: number;
  readonly sizes: readonly number[];
  readonly onChange: (bytes: number) => void;
}

function SizeField({ label, value, sizes, onChange }: SizeFieldProps) {
  return (
    <SelectField
      label={label}
      value={String(value)}
      options={sizes.map((bytes) => ({ value: String(bytes), text: formatBytes(bytes) }))}
      onChange={(text) => onChange(Number(text))}
    />
  );
}

function nodeText({ name, curve }: NamedTiers['machine']['nodes'][number]): string {
  return `${name} ${curve.idleNs.toFixed(0)} ns`;
}
