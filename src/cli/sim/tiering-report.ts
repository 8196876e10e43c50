import { formatSize } from '../../common/size.js';
import { chartOf } from '../../report/chart-of.js';
import type { Sheet, SheetTable } from '../../report/sheet.js';
import type { Baseline } from '../../sim/tiering/baselines.js';
import type { MigrationSetup } from '../../sim/tiering/migration-costs.js';
import type { TieringFigures } from '../../sim/tiering/tiering.js';
import type { TieredMachine } from '../../sim/tiering/tiers.js';
import { noteLines } from '../ui/sheet-text.js';
import { formatTable, left, right } from '../ui/table.js';
import { wrap } from '../ui/wrap.js';

/** One run of a program. */
export interface TieringRow extends TieringFigures {
  readonly program: string;
  /** A baseline, a policy, or `tuned`. */
  readonly placement: string;
  /** How moves are migrated, for a policy. */
  readonly setup?: MigrationSetup;
  /** The options of `tuned`. */
  readonly options?: string;
}

export interface TieringReport {
  readonly machine: TieredMachine;
  readonly costs: string;
  readonly rows: readonly TieringRow[];
}

const COLUMNS = [
  ...left('placement'),
  ...right('ns/op', 'first touch', 'oracle', 'hits', 'moved', 'copied', 'waits', 'CPU', 'out'),
];

export function formatTiering(report: TieringReport): string {
  const { summary, tables, notes } = tieringSheet(report);
  return [
    wrap(summary, 0),
    ...tables.flatMap(({ caption, columns, rows }) => ['', `${caption}:`, formatTable(columns, rows)]),
    '',
    ...noteLines(notes),
  ].join('\n');
}

export function tieringSheet({ machine, costs, rows }: TieringReport): Sheet {
  const [fast, slow] = machine.nodes;
  const byBatch = hasBatches(rows) ? batchTables(rows) : [];
  const tuned = rows.filter(({ options }) => options !== undefined);
  return {
    title: 'pageferry sim tiering',
    summary:
      `${machine.description} (${machine.name}): ${fast.name} ${fast.curve.idleNs.toFixed(0)} ns, ` +
      `${slow.name} ${slow.curve.idleNs.toFixed(0)} ns without load; costs of migrations of ${costs}; virtual time`,
    charts: [
      chartOf(rows, {
        title: 'Simulated time of an operation, compared with first touch',
        unit: '%',
        axis: 'program',
        category: ({ program }) => program,
        nominal: true,
        series: labelOf,
        value: (row) => 100 * (row.nsPerOperation / baseline(rows, row, 'first touch').nsPerOperation),
      }),
    ],
    tables: [...programTables(rows), ...byBatch],
    notes: [
      'first touch, oracle: time of an operation compared with theirs',
      'moved: bytes that moved, both ways; copied: those of them that had no shadow. out: the longest time for which a batch was unmapped',
      "waits, CPU: part of the threads' time that they waited for pages in flight, and lost to migrations",
      ...tuned.map(({ program, options }) => `tuned, ${program}: ${options}`),
      ...(hasBatches(rows) ? offloadNotes(rows) : []),
    ],
  };
}

function programTables(rows: readonly TieringRow[]): SheetTable[] {
  return programsIn(rows).map((program) => ({
    caption: program,
    columns: COLUMNS,
    rows: rows.filter((row) => row.program === program).map((row) => cellsOf(row, rows)),
  }));
}

function cellsOf(row: TieringRow, rows: readonly TieringRow[]): string[] {
  const moved = row.promotedBytes + row.demotedBytes;
  const against = (name: Baseline): string =>
    signed(row.nsPerOperation / baseline(rows, row, name).nsPerOperation - 1);
  const cells = [
    labelOf(row),
    row.nsPerOperation.toPrecision(4),
    against('first touch'),
    against('oracle'),
    percent(row.hitRatio),
  ];
  if (row.setup === undefined) return [...cells, '', '', '', '', ''];
  return [
    ...cells,
    moved === 0 ? '0' : formatSize(moved),
    row.copiedBytes === 0 ? '0' : formatSize(Math.round(row.copiedBytes)),
    percent(row.waitPart),
    percent(row.cpuPart),
    `${(row.longestOutNs / 1e6).toFixed(2)} ms`,
  ];
}

/** The time of an operation by batch and migrator, for each program and policy. */
function batchTables(rows: readonly TieringRow[]): SheetTable[] {
  return groupsOf(rows).map((group) => {
    const migrators = [...new Set(group.map((row) => migratorOf(row.setup!)))];
    const batches = [...new Set(group.map((row) => row.setup!.batchBytes))];
    return {
      caption: `ns/op of ${group[0]!.program} with ${group[0]!.placement}, by batch and migrator`,
      columns: [...right('batch', ...migrators)],
      rows: batches.map((batch) => [
        formatSize(batch),
        ...migrators.map((migrator) => at(group, migrator, batch)?.nsPerOperation.toPrecision(5) ?? ''),
      ]),
    };
  });
}

/** From which batch on a migrator is faster than none, and what the best batches of both give. */
function offloadNotes(rows: readonly TieringRow[]): string[] {
  if (rows.every(({ setup }) => setup?.migrator !== 'baseline')) {
    return ['add baseline to --migrator to see from which batch on a migrator is faster than none'];
  }
  return groupsOf(rows).flatMap((group) => {
    const plain = group.filter(({ setup }) => setup!.migrator === 'baseline');
    const offloading = [...new Set(group.map(({ setup }) => migratorOf(setup!)))].filter(
      (name) => name !== 'baseline',
    );
    return offloading.map((migrator) => {
      const own = group.filter((row) => migratorOf(row.setup!) === migrator);
      const from = offloadsFrom(plain, own);
      const gain = fastest(plain).nsPerOperation / fastest(own).nsPerOperation - 1;
      const start =
        from === undefined ? 'faster with no batch' : `faster from batches of ${formatSize(from)} on`;
      return (
        `${own[0]!.program}, ${own[0]!.placement}: ${migrator} is ${start}; its best batch ` +
        `(${formatSize(fastest(own).setup!.batchBytes)}) compared with the best one without (` +
        `${formatSize(fastest(plain).setup!.batchBytes)}): ${signed(gain, 2)} speed`
      );
    });
  });
}

/** The smallest batch from which on a migrator is faster than none with the same batch. */
function offloadsFrom(plain: readonly TieringRow[], own: readonly TieringRow[]): number | undefined {
  let from: number | undefined;
  const bySize = [...own].sort((a, b) => a.setup!.batchBytes - b.setup!.batchBytes);
  for (const row of bySize) {
    const { batchBytes } = row.setup!;
    const other = plain.find(({ setup }) => setup!.batchBytes === batchBytes);
    if (other === undefined || row.nsPerOperation >= other.nsPerOperation) from = undefined;
    else from ??= batchBytes;
  }
  return from;
}

/** The runs of each program and policy. */
function groupsOf(rows: readonly TieringRow[]): TieringRow[][] {
  const groups = new Map<string, TieringRow[]>();
  for (const row of rows) {
    if (row.setup === undefined || row.options !== undefined) continue;
    const key = `${row.program}, ${row.placement}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

function at(rows: readonly TieringRow[], migrator: string, batch: number): TieringRow | undefined {
  return rows.find(({ setup }) => migratorOf(setup!) === migrator && setup!.batchBytes === batch);
}

function fastest(rows: readonly TieringRow[]): TieringRow {
  return rows.reduce((best, row) => (row.nsPerOperation < best.nsPerOperation ? row : best));
}

function baseline(rows: readonly TieringRow[], { program }: TieringRow, name: Baseline): TieringRow {
  return rows.find((row) => row.program === program && row.placement === name)!;
}

function programsIn(rows: readonly TieringRow[]): string[] {
  return [...new Set(rows.map(({ program }) => program))];
}

function hasBatches(rows: readonly TieringRow[]): boolean {
  const first = rows.find(({ setup }) => setup !== undefined)?.setup;
  return rows.some(
    ({ setup }) =>
      setup !== undefined && (setup.batchBytes !== first!.batchBytes || setup.migrator !== first!.migrator),
  );
}

function labelOf({ placement, setup }: TieringRow): string {
  if (setup === undefined || (setup.migrator === 'baseline' && setup.batchBytes === 2 ** 21))
    return placement;
  const migrator = setup.migrator === 'baseline' ? '' : ` ${migratorOf(setup)}`;
  return `${placement}${migrator} ${formatSize(setup.batchBytes)}`;
}

function migratorOf({ migrator, channels, threads }: MigrationSetup): string {
  if (migrator === 'dcbm') return `dcbm ×${channels}`;
  return migrator === 'mtcopy' ? `mtcopy ×${threads}` : migrator;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function signed(part: number, digits = 1): string {
  return `${part >= 0 ? '+' : ''}${(part * 100).toFixed(digits)} %`;
}
