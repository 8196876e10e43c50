import { PAGE_SIZE } from '../../../src/common/page.js';
import { formatSize } from '../../../src/common/size.js';
import type { BreakevenSettings } from '../../../src/sim/experiments/breakeven.js';
import type { CompactionCell, CompactionSettings } from '../../../src/sim/experiments/compaction.js';
import { DEFAULT_CUTOVER_PAGES, type SurfaceCell } from '../../../src/sim/lab/surface-plan.js';
import { figureOf } from '../../../src/sim/profile/with-figures.js';
import type { LabMachine } from './lab-machine.js';
import { DEFAULT_PROFILE } from './profiles.js';

/** `--profile` and `--set`; undefined when the machine is the default one. */
export function profileArguments({ base, changes }: LabMachine): string | undefined {
  const text = [
    ...(base.name === DEFAULT_PROFILE ? [] : [`--profile ${quoted(base.name)}`]),
    ...Object.entries(changes).flatMap(([path, value]) =>
      value === figureOf(base.profile, path) ? [] : [`--set ${path}=${value}`],
    ),
  ].join(' ');
  return text === '' ? undefined : text;
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

function machineArguments(machine: LabMachine): (string | undefined)[] {
  return [profileArguments(machine), machine.seed === 1 ? undefined : `--seed ${machine.seed}`];
}

function words(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ');
}

/** A file's name as a shell takes it. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
