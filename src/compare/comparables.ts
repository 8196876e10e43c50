import { formatSize } from '../common/size.js';
import type { Comparable, ComparableRow, KeyPart } from './comparable.js';
import type { ReportReader } from './report-reader.js';
import { eachOf, exactly, exactlyIfAny, medianOf, roundsOf, rowsIn, summaryIfAny } from './samples.js';

const folio: KeyPart = { title: 'folio', of: ({ runs: [row] }) => row.text('folio') };
const migrator: KeyPart = { title: 'migrator', of: migratorOf };

const BENCH_MOVE: Comparable = {
  schema: 'pageferry.bench.move/2',
  rows: rowsIn('rows'),
  // Fields with a fallback were added later to this schema.
  key: [
    folio,
    { title: 'folios', of: ({ runs: [row] }) => String(row.maybeNumber('batch') ?? '') },
    migrator,
    { title: 'layout', of: ({ runs: [row] }) => row.text('layout') },
    { title: 'gaps', of: ({ runs: [row] }) => row.text('gaps', 'skip') },
  ],
  figures: [{ name: 'GB/s', better: 'more', of: medianOf('medianGBps', 'minGBps', 'maxGBps') }],
  conditions: ['bytes', 'runs'],
};

const BENCH_STALL: Comparable = {
  schema: 'pageferry.bench.stall/2',
  rows: (report) => [...rowsIn('elsewhere')(report), ...rowsIn('rows')(report)],
  key: [
    folio,
    { title: 'batch', of: ({ runs: [row] }) => formatSize(row.number('batchBytes')) },
    { title: 'copyMode', of: copyModeOf },
    migrator,
    { title: 'role', of: ({ runs: [row] }) => row.text('role') },
  ],
  figures: [
    { name: 'p99.99 µs', better: 'less', of: roundsOf('p9999us', 'p9999us') },
    { name: 'GB/s', better: 'more', of: roundsOf('GBps', 'GBps') },
  ],
  conditions: [],
};

const BENCH_ACCESS: Comparable = {
  schema: 'pageferry.bench.access/2',
  rows: rowsIn('rows'),
  key: [
    { title: 'how', of: ({ runs: [row] }) => row.text('how') },
    { title: 'pages', of: ({ runs: [row] }) => row.text('pages') },
    migrator,
    { title: 'copyMode', of: ({ runs: [row] }) => row.maybeText('copyMode') ?? '' },
  ],
  figures: [{ name: 'GB/s', better: 'more', of: medianOf('medianGBps', 'minGBps', 'maxGBps') }],
  conditions: ['runs'],
};

const BENCH_COMPACTION: Comparable = {
  schema: 'pageferry.bench.compaction/1',
  rows: (report) => {
    const rows = report.objects('rows');
    const modes = [...new Set(rows.map((row) => row.text('mode')))];
    return modes.map((mode) => {
      const [first, ...more] = rows.filter((row) => row.text('mode') === mode);
      return { list: 'rows', runs: [first!, ...more] };
    });
  },
  key: [
    { title: 'mode', of: ({ runs: [row] }) => row.text('mode') },
    { title: 'trigger', of: ({ runs: [row] }) => row.text('trigger') },
  ],
  figures: [
    { name: 'ns/page', better: 'less', of: eachOf('nsPerPage') },
    { name: 'hog loops', better: 'more', of: eachOf('hogIterations') },
  ],
  conditions: [],
};

const snapshotFigure = (name: string) =>
  summaryIfAny(name, ['median', 'min', 'max'], (row) => row.number('snapshots'));

const BENCH_HEAT: Comparable = {
  schema: 'pageferry.bench.heat/1',
  rows: rowsIn('rows'),
  key: [
    { title: 'program', of: ({ runs: [row] }) => row.text('program') },
    { title: 'source', of: ({ runs: [row] }) => row.text('source') },
  ],
  figures: [
    { name: 'precision', better: 'more', of: snapshotFigure('precision') },
    { name: 'recall', better: 'more', of: snapshotFigure('recall') },
    {
      name: 'lag ms',
      better: 'less',
      of: summaryIfAny('lag', ['medianMs', 'minMs', 'maxMs'], (_, lag) => lag.number('moves')),
    },
    { name: 'CPU %', better: 'less', of: snapshotFigure('cpuOfSnapshots') },
    { name: 'slower %', better: 'less', of: roundsOf('slowdownPercent', 'slowdownPercent') },
    { name: 'p99.99 µs', better: 'less', of: roundsOf('onP9999us', 'onP9999us') },
  ],
  conditions: ['truth'],
};

const BENCH_TIERING: Comparable = {
  schema: 'pageferry.bench.tiering/1',
  rows: rowsIn('rows'),
  key: [
    { title: 'program', of: ({ runs: [row] }) => row.text('program') },
    { title: 'policy', of: ({ runs: [row] }) => row.text('policy') },
  ],
  figures: [
    { name: 'hits', better: 'more', of: exactly('hitRatio') },
    { name: 'simulated', of: exactly('simHitRatio') },
    { name: 'p99.9 µs', better: 'less', of: exactly('onP999us') },
    { name: 'promoted', of: exactly('promotedBytes') },
    { name: 'pause p99.9', better: 'less', of: exactly('pauseP999ms') },
  ],
  conditions: [],
};

const SIM_FIGURES = [
  { name: 'GB/s', better: 'more', of: exactly('GBps') },
  { name: 'sys ns', better: 'less', of: exactly('sysNs') },
  { name: 'idle ns', of: exactly('idleNs') },
  { name: 'fallbacks', better: 'less', of: exactly('fallbacks') },
  { name: 'wrong pages', better: 'less', of: exactly('wrongPages') },
] as const;

function simulated(name: string): Comparable {
  return {
    schema: `pageferry.sim.${name}/2`,
    rows: rowsIn('rows'),
    key: [folio, { title: 'folios', of: ({ runs: [row] }) => String(row.number('folios')) }, migrator],
    figures: SIM_FIGURES,
    conditions: [],
  };
}

const SIM_COMPACTION: Comparable = {
  schema: 'pageferry.sim.compaction/1',
  rows: rowsIn('rows'),
  key: [migrator, { title: 'hogs', of: ({ runs: [row] }) => String(row.number('hogs')) }],
  figures: [
    { name: 'wall ms', better: 'less', of: exactly('wallMs') },
    { name: 'hog loops', better: 'more', of: exactly('hogIterations') },
    { name: 'migrated', of: exactly('migrated') },
    { name: 'offloaded', of: exactly('offloaded') },
    { name: 'scanned', of: exactly('scanned') },
    { name: 'user %', of: exactly('userPercent') },
    { name: 'sys %', of: exactly('sysPercent') },
    { name: 'idle %', of: exactly('idlePercent') },
    { name: 'wrong pages', better: 'less', of: exactly('wrongPages') },
  ],
  conditions: [],
};

const SIM_BREAKEVEN: Comparable = {
  schema: 'pageferry.sim.breakeven/2',
  rows: rowsIn('rows'),
  key: [{ title: 'folio', of: ({ runs: [row] }) => formatSize(row.number('folio')) }],
  // A figure is missing if offload never pays.
  figures: [
    { name: 'faster from, folios', better: 'less', of: exactlyIfAny('timeFolios') },
    { name: 'less CPU from, folios', better: 'less', of: exactlyIfAny('cpuFolios') },
  ],
  conditions: [],
};

const SIM_TIERING: Comparable = {
  schema: 'pageferry.sim.tiering/1',
  rows: rowsIn('rows'),
  key: [
    { title: 'program', of: ({ runs: [row] }) => row.text('program') },
    { title: 'placement', of: ({ runs: [row] }) => row.text('placement') },
    migrator,
    {
      title: 'batch',
      of: ({ runs: [row] }) => {
        const bytes = row.maybeNumber('batchBytes');
        return bytes === null ? '' : formatSize(bytes);
      },
    },
  ],
  figures: [
    { name: 'ns/op', better: 'less', of: exactly('nsPerOperation') },
    { name: 'hits', better: 'more', of: exactly('hitRatio') },
    { name: 'promoted', of: exactly('promotedBytes') },
    { name: 'demoted', of: exactly('demotedBytes') },
    { name: 'waits', better: 'less', of: exactly('waitPart') },
  ],
  conditions: [],
};

const BENCH_AUTO: Comparable = {
  schema: 'pageferry.bench.auto/1',
  rows: rowsIn('rows'),
  key: [{ title: 'program', of: ({ runs: [row] }) => row.text('program') }],
  figures: [
    {
      name: 'times as fast',
      better: 'more',
      of: summaryIfAny('speedup', ['median', 'min', 'max'], (row) => row.number('rounds')),
    },
  ],
  conditions: [],
};

/** All schemas whose reports can be compared. */
export const COMPARABLES: readonly Comparable[] = [
  BENCH_MOVE,
  BENCH_STALL,
  BENCH_ACCESS,
  BENCH_COMPACTION,
  BENCH_HEAT,
  BENCH_TIERING,
  BENCH_AUTO,
  simulated('move'),
  simulated('batch'),
  SIM_COMPACTION,
  SIM_BREAKEVEN,
  SIM_TIERING,
];

/** For example `dcbm ×2`. Empty for rows without a migrator. */
function migratorOf({ runs: [row] }: ComparableRow): string {
  const name = row.maybeText('migrator') ?? '';
  if (name === 'dcbm') return `dcbm ×${row.number('channels', 1)}`;
  return name === 'mtcopy' ? `mtcopy ×${row.number('threads', 2)}` : name;
}

function copyModeOf({ list, runs: [row] }: ComparableRow): string {
  if (list === 'elsewhere') return list;
  const cutover: number | null = row.maybeNumber('cutoverBytes');
  return row.text('copyMode') + (cutover === null ? '' : `/${formatSize(cutover)}`);
}

/** The comparable of the schema of a report. Undefined if reports of it cannot be compared. */
export function comparableOf(report: ReportReader): Comparable | undefined {
  const schema = report.anything('schema');
  return COMPARABLES.find((each) => each.schema === schema);
}
