import { MigrationError } from '../../common/migration-error.js';
import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { summarize } from '../../common/summary.js';
import { CopyRanges } from '../harness/copy-ranges.js';
import { describeHost, type Host, type HostNode } from '../harness/host.js';
import { NativeLimit, threadCounts } from '../harness/native-limit.js';
import { PlainCopy } from '../harness/plain-copy.js';
import { cellsOf } from './cells.js';
import { noKernelRow } from './kernel-mover.js';
import { type MoveEvents, measureCell } from './measure-cell.js';
import { planMemory } from './memory-plan.js';
import type { MoveOptions } from './options.js';
import type { MoveReport, MoveRow, NativeSummary } from './report.js';
import { nativeSummary } from './row-figures.js';
import { rowSpecs } from './row-spec.js';
import { tuningNotes } from './tune.js';

/** The number of runs, with one that warms up each row. */
export function runsInAll(options: MoveOptions): number {
  const { folios, batch, runs } = options;
  return (batch ?? folios).length * rowSpecs(options).length * (1 + runs);
}

/**
 * The RFC's tables on this host: throughput by folio size, migrator and channels at constant total size, or by the
 * number of 2M folios that a call moves.
 * @throws MigrationError when this host cannot migrate real memory, or has no memory to measure with.
 */
export async function runMove(
  options: MoveOptions,
  { onRun, onCells }: Pick<MoveEvents, 'onRun' | 'onCells'>,
): Promise<MoveReport> {
  const host = describeHost();
  const [from, to] = host.nodes as [HostNode, HostNode];
  checkRows(options, host);
  const plan = planMemory(options, from, to);
  const notes = [...(options.notes ?? []), ...tuningNotes(options)];
  const events = { onRun, onNote: (note: string) => void notes.push(note) };
  const cells = cellsOf(options, plan.bytes, events.onNote);
  if (cells.length === 0) {
    throw new MigrationError(
      'ENOMEM',
      `--folios-per-call: no count fits into memory (${formatSize(plan.bytes)} fit)`,
      {
        operation: 'bench move',
        advice: 'Lower --folios-per-call.',
      },
    );
  }
  onCells?.(cells);
  const copies = new Map<number, number[]>(cells.map(({ folioSize }) => [folioSize, []]));
  const rows: MoveRow[] = [];
  const native: NativeSummary[] = [];
  let depth = 0;
  const ranges = new CopyRanges(plan.copyBytes, from.numaNode, to.numaNode);
  let limit: NativeLimit | undefined;
  try {
    const plain = new PlainCopy(ranges);
    const best = await NativeLimit.open(ranges, threadCounts(host.cpus));
    limit = best;
    for (const cell of cells) {
      const figures = await measureCell(options, cell, events, () => {
        const copyGBps = plain.measure(cell.folioSize);
        copies.get(cell.folioSize)!.push(copyGBps);
        return { copyGBps, threadGBps: plain.measure(PMD_SIZE), native: best.measure() };
      });
      rows.push(...figures.rows);
      native.push(nativeSummary(cell, figures.rounds));
      depth = figures.depth;
    }
  } finally {
    await limit?.close();
    ranges.close();
  }
  const byFolio = sizesOf(copies, (speeds) => summarize(speeds).max);
  const medianByFolio = sizesOf(copies, (speeds) => summarize(speeds).median);
  const copyGBps = Math.max(...Object.values(byFolio));
  const { device, inject, seed } = options;
  return {
    schema: 'pageferry.bench.move/2',
    host,
    limit: { copyGBps, byFolio, medianByFolio, native },
    rows,
    options: { device, depth, inject: { ...inject }, seed },
    notes,
  };
}

/** @throws MigrationError ENODEV for a row that this host cannot have. */
function checkRows({ migrators }: MoveOptions, host: Host): void {
  const missing = noKernelRow(host);
  if (!migrators.includes('kernel') || missing === undefined) return;
  throw new MigrationError('ENODEV', `the row kernel is not supported on this host: ${missing}`, {
    operation: 'bench move',
    advice: 'Leave kernel out of --migrator, or use a host with two NUMA nodes.',
  });
}

function sizesOf(
  copies: ReadonlyMap<number, readonly number[]>,
  of: (speeds: readonly number[]) => number,
): Record<string, number> {
  return Object.fromEntries([...copies].map(([size, speeds]) => [formatSize(size), of(speeds)]));
}
