import { MigrationError } from '../../common/migration-error.js';
import { PMD_SIZE } from '../../common/page.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { availableBytes } from '../../linux/sys/topology.js';
import { describeHost, type Host } from '../harness/host.js';
import { loweredNote, notEnoughMemory, wholeHuge } from '../harness/memory-room.js';
import { heatRow } from './heat-figures.js';
import { measureProgram } from './measure-program.js';
import type { HeatBenchOptions, SourceName } from './options.js';
import type { HeatReport, HeatRow } from './report.js';

/** With fewer units a tenth of them means little. */
export const MIN_BYTES: number = 8 * PMD_SIZE;
/** Left to the programs' own tables, the heap, and other programs. */
const HEADROOM = 384 * 2 ** 20;

/** The number of rows, if this host has all the sources. */
export function heatRuns({ programs, sources }: HeatBenchOptions): number {
  return programs.length * sources.length;
}

/**
 * Measures what each source sees of each program, and what it costs. `onRun` is called after each row.
 * @throws MigrationError when this host cannot, or has none of the sources.
 */
export async function runHeat(options: HeatBenchOptions, onRun: () => void): Promise<HeatReport> {
  const host = describeHost();
  const notes: string[] = [];
  const bytes = roomFor(options.bytes, host);
  if (bytes < options.bytes) notes.push(loweredNote(options.bytes, bytes));
  const unavailable = await unavailableOf(options.sources);
  const sources = options.sources.filter((name) => unavailable.every(({ source }) => source !== name));
  if (sources.length === 0) {
    throw new MigrationError('EOPNOTSUPP', `this host has none of the sources: ${reasons(unavailable)}`, {
      operation: 'bench heat',
      argument: '--source',
      advice: '`pageferry doctor` says why.',
    });
  }
  for (let skipped = 0; skipped < unavailable.length * options.programs.length; skipped++) onRun();
  const rows: HeatRow[] = [];
  for (const program of options.programs) {
    for (const source of sources) {
      rows.push(heatRow(await measureProgram({ ...options, bytes }, program, source)));
      onRun();
    }
  }
  const { seconds, intervalMs, loadThreads, seed } = options;
  return {
    schema: 'pageferry.bench.heat/1',
    host,
    options: { bytes, seconds, intervalMs, loadThreads, seed },
    rows,
    unavailable,
    notes,
  };
}

function roomFor(bytes: number, { nodes }: Host): number {
  const room = availableBytes(nodes[0]!.numaNode) - HEADROOM;
  const fits = wholeHuge(room);
  if (fits < MIN_BYTES) throw notEnoughMemory('bench heat', room);
  return Math.min(bytes, fits);
}

/** Takes a snapshot by each source. */
async function unavailableOf(sources: readonly SourceName[]): Promise<HeatReport['unavailable'][number][]> {
  const unavailable: HeatReport['unavailable'][number][] = [];
  const ferry = await openFerry();
  try {
    const region = ferry.allocate(2 * PMD_SIZE);
    for (const source of sources) {
      try {
        for await (const _ of region.heat({ source, intervalMs: 10 })) break;
      } catch (error) {
        if (!(error instanceof MigrationError && error.code === 'EOPNOTSUPP')) throw error;
        unavailable.push({ source, problem: error.problem });
      }
    }
  } finally {
    await ferry.close();
  }
  return unavailable;
}

function reasons(unavailable: HeatReport['unavailable']): string {
  return unavailable.map(({ source, problem }) => `${source}: ${problem}`).join('; ');
}
