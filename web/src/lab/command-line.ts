import { PAGE_SIZE } from '../../../src/common/page.js';
import { formatSize } from '../../../src/common/size.js';
import { POLICY_NAMES } from '../../../src/policy/policies.js';
import type { BreakevenSettings } from '../../../src/sim/experiments/breakeven.js';
import type { CompactionCell, CompactionSettings } from '../../../src/sim/experiments/compaction.js';
import type { TieringRequest } from '../../../src/sim/lab/lab-protocol.js';
import { DEFAULT_CUTOVER_PAGES, type SurfaceCell } from '../../../src/sim/lab/surface-plan.js';
import { figureOf } from '../../../src/sim/profile/with-figures.js';
import { DEFAULT_OBJECTIVES, type SweepChoice } from '../../../src/sim/sweep/choose.js';
import { PARAMETER_FLAGS, type ParameterName, showAxisValue } from '../../../src/sim/sweep/parameters.js';
import { TIERING_DEFAULTS } from '../../../src/sim/tiering/tiering-options.js';
import type { LabMachine } from './lab-machine.js';
import type { NamedTiers } from './lab-tiers.js';
import { DEFAULT_PROFILE } from './profiles.js';

/** `--profile` and `--set`; undefined when the machine is the default one. */
export function profileArguments(machine: LabMachine): string | undefined {
  const { base } = machine;
  const profile = base.name === DEFAULT_PROFILE ? undefined : `--profile ${quoted(base.name)}`;
  const text = words([profile, ...changeArguments(machine)]);
  return text === '' ? undefined : text;
}

/** `--set` for each figure that is not the profile's. */
function changeArguments({ base, changes }: LabMachine): string[] {
  return Object.entries(changes).flatMap(([path, value]) =>
    value === figureOf(base.profile, path) ? [] : [`--set ${path}=${value}`],
  );
}

/** What gives the figures of one cell of a surface; pieces of `cutoverPages` where it is write-protected. */
export function moveCommand(
  { cell, batchPages }: SurfaceCell,
  cutoverPages: number,
  machine: LabMachine,
): string {
  const { folio, folios, migrator, channels, threads, copyMode = 'exclusive' } = cell;
  const through = copyMode === 'write-protected';
  return words([
    'pageferry sim move',
    `--folio ${formatSize(folio)} --bytes ${formatSize(folio * folios)} --migrator ${migrator}`,
    channels === undefined ? undefined : `--channels ${channels}`,
    threads === undefined ? undefined : `--threads ${threads}`,
    batchPages === undefined ? undefined : `--batch-bytes ${formatSize(batchPages * PAGE_SIZE)}`,
    through ? `--copy-mode ${copyMode}` : undefined,
    through && cutoverPages !== DEFAULT_CUTOVER_PAGES ? `--cutover-pages ${cutoverPages}` : undefined,
    machine.hogs > 0 ? `--hogs ${machine.hogs}` : undefined,
    ...machineArguments(machine),
  ]);
}

export function breakevenCommand(settings: BreakevenSettings, machine: LabMachine): string {
  const { reason, migrator, channels, threads, maxBytes, copyMode = 'exclusive' } = settings;
  return words([
    `pageferry sim breakeven --reason ${reason} --migrator ${migrator}`,
    migrator === 'dcbm' ? `--channels ${channels}` : undefined,
    migrator === 'mtcopy' ? `--threads ${threads}` : undefined,
    `--max-batch ${formatSize(maxBytes)}`,
    copyMode === 'exclusive' ? undefined : `--copy-mode ${copyMode}`,
    machine.hogs > 0 ? `--hogs ${machine.hogs}` : undefined,
    ...machineArguments(machine),
  ]);
}

/** The command has four rows: idle and busy, baseline and offloaded; the zone is one of them. */
export function compactionCommand(
  { migrator, channels, threads, hogs }: CompactionCell,
  { hugePages, cluster }: CompactionSettings,
  machine: LabMachine,
): string {
  return words([
    `pageferry sim compaction --huge-pages ${hugePages} --cluster ${cluster}`,
    migrator === 'baseline' ? undefined : `--migrator ${migrator}`,
    channels === undefined ? undefined : `--channels ${channels}`,
    threads === undefined ? undefined : `--threads ${threads}`,
    hogs > 0 ? `--hogs ${hogs}` : undefined,
    ...machineArguments(machine),
  ]);
}

/** The machine's profile has the costs of migrations. */
export function tieringCommand(
  { program, policies, memory, setup, options }: TieringRequest,
  tiers: NamedTiers,
  machine: LabMachine,
): string {
  const { migrator, channels, folio, batchBytes } = setup;
  const { profile, memory: usual, fast, setup: first } = TIERING_DEFAULTS;
  return words([
    `pageferry sim tiering --program ${program}`,
    policies.length === POLICY_NAMES.length ? undefined : `--policy ${policies.join(',')}`,
    tiers.name === profile ? undefined : `--profile ${quoted(tiers.name)}`,
    machine.base.name === tiers.machine.costs ? undefined : `--costs ${quoted(machine.base.name)}`,
    memory === usual ? undefined : `--memory ${formatSize(memory)}`,
    options.fast === fast ? undefined : `--fast ${options.fast}`,
    migrator === first.migrator ? undefined : `--migrator ${migrator}`,
    migrator === 'dcbm' && channels !== first.channels ? `--channels ${channels}` : undefined,
    folio === first.folio ? undefined : `--folio ${formatSize(folio)}`,
    batchBytes === first.batchBytes ? undefined : `--batch-bytes ${formatSize(batchBytes)}`,
    ...changeArguments(machine),
    machine.seed === 1 ? undefined : `--seed ${machine.seed}`,
  ]);
}

/** The seed chooses the cells of a sample. A grid has all of them, so its command needs none. */
export function sweepCommand(
  { vary, given, sampling, samples, objectives, breakEven }: SweepChoice,
  machine: LabMachine,
): string {
  const usual = objectives.join() === DEFAULT_OBJECTIVES.join();
  const values = Object.entries(PARAMETER_FLAGS).map(([name, flag]) => {
    const [value] = given[name as ParameterName] ?? [];
    return value === undefined ? undefined : `${flag} ${showAxisValue(name, value)}`;
  });
  // A figure that is varied has no value of its own.
  const varied = vary.map((text) => text.split('=')[0]!);
  const changes = Object.fromEntries(
    Object.entries(machine.changes).filter(([path]) => !varied.includes(path)),
  );
  return words([
    'pageferry sim sweep',
    ...vary.map((text) => `--vary ${quoted(text)}`),
    ...values,
    sampling === 'grid' ? undefined : `--sample ${sampling}:${samples}`,
    usual ? undefined : `--objective ${objectives.join()}`,
    breakEven === undefined ? undefined : `--break-even ${breakEven.join()}`,
    profileArguments({ ...machine, changes }),
    sampling === 'grid' || machine.seed === 1 ? undefined : `--seed ${machine.seed}`,
  ]);
}

function machineArguments(machine: LabMachine): (string | undefined)[] {
  return [profileArguments(machine), machine.seed === 1 ? undefined : `--seed ${machine.seed}`];
}

function words(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ');
}

/** A text as a shell takes it. */
function quoted(text: string): string {
  return /^[\w./,=:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
