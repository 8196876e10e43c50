import { formatSize } from '../../common/size.js';
import { bytesOfUnit, type HeatSnapshot } from '../../heat/heat-snapshot.js';
import { hottest } from '../../heat/hottest.js';
import { exactSize, showRate, showSeconds } from '../../heat/map/axis-text.js';
import type { HeatGrid } from '../../heat/map/heat-grid.js';
import { adviceText, certaintyTexts, RATE_UNIT, sightText, WORKING_SET_TEXT } from '../../heat/map/legend.js';
import type { RecordingSummary } from '../../heat/recording/recording-summary.js';
import { rounded, unitJson } from '../../heat/snapshot-json.js';
import type { WorkingSet } from '../../heat/working-set.js';
import type { Chart } from '../../report/chart.js';
import type { Sheet, SheetTable } from '../../report/sheet.js';
import { noteLines } from '../ui/sheet-text.js';
import { formatTable, left, right } from '../ui/table.js';
import { brokenLines, textWidth } from '../ui/wrap.js';

/** Units of the table of the hottest memory. */
const HOTTEST = 8;
const MIB = 2 ** 20;

export function mapTitle({ header }: RecordingSummary): string {
  return `Heat of ${header.name}`;
}

/** The report for a terminal. `map` is drawn already. */
export function formatHeat(summary: RecordingSummary, map: string): string {
  const { tables, notes, summary: sentence } = heatSheet(summary);
  return [
    // The name of a region can be a long word.
    ...brokenLines(sentence, textWidth()),
    '',
    map,
    ...tables.flatMap(({ caption, columns, rows }) => ['', `${caption}:`, formatTable(columns, rows)]),
    '',
    ...noteLines(notes),
  ].join('\n');
}

export function heatSheet(summary: RecordingSummary): Sheet {
  const { header, end, bytes, fromMs, toMs, last, workingSets } = summary;
  const grown = bytes > header.regionBytes ? `, ${formatSize(header.regionBytes)} at the beginning` : '';
  return {
    title: `heat of ${header.name}`,
    summary:
      `Accesses to ${header.name} (${formatSize(bytes)}${grown}): ${count(end.snapshots, 'snapshot')} of units of ` +
      `${formatSize(header.unitBytes)} in ${showSeconds((toMs - fromMs) / 1000)}, from ${dateOf(header.startedAtMs)} on.`,
    charts: workingSets.length === 0 ? [] : [workingSetChart(workingSets)],
    tables: [
      ...(workingSets.length === 0 ? [] : [workingSetTable(workingSets)]),
      ...(last === undefined ? [] : hottestTable(last)),
    ],
    notes: notesOf(summary),
  };
}

function workingSetTable(sets: readonly WorkingSet[]): SheetTable {
  return {
    caption: 'Working set, median of the snapshots',
    columns: [...right('within', 'at least', 'estimate', 'at most', 'unknown')],
    rows: sets.map(({ windowMs, lowBytes, estimateBytes, highBytes, unknownBytes }) => [
      showSeconds(windowMs / 1000),
      ...[lowBytes, estimateBytes, highBytes, unknownBytes].map(formatSize),
    ]),
  };
}

function workingSetChart(sets: readonly WorkingSet[]): Chart {
  const series = (name: string, of: (set: WorkingSet) => number) => ({
    name,
    values: sets.map((set) => of(set) / MIB),
  });
  return {
    title: 'Working set: memory touched within a time',
    unit: 'MiB',
    axis: 'time',
    categories: sets.map(({ windowMs }) => showSeconds(windowMs / 1000)),
    series: [
      series('at least', ({ lowBytes }) => lowBytes),
      series('estimate', ({ estimateBytes }) => estimateBytes),
      series('at most', ({ highBytes }) => highBytes),
    ],
  };
}

function hottestTable(snapshot: HeatSnapshot): SheetTable[] {
  const units = hottest(snapshot, 1).subarray(0, HOTTEST);
  if (units.length === 0) return [];
  return [
    {
      caption: 'Hottest memory of the last snapshot',
      columns: [...left('offset'), ...right('size', 'accesses/s', 'last access', 'written', 'observations')],
      rows: Array.from(units, (unit) => {
        const { offset, unitBytes, rate, age, written, observations } = snapshot;
        return [
          exactSize(offset + unit * unitBytes),
          formatSize(bytesOfUnit(snapshot, unit)),
          showRate(rate[unit]!),
          Number.isNaN(age[unit]!) ? '' : showSeconds(Math.round(age[unit]!) / 1000),
          Number.isNaN(written[unit]!) ? '' : `${Math.round(written[unit]! * 100)} %`,
          observations[unit]! >= 0.1 ? observations[unit]!.toFixed(1) : 'below 0.1',
        ];
      }),
    },
  ];
}

function notesOf({ header, end, last, concentration, workingSets }: RecordingSummary): string[] {
  const advice = last === undefined ? '' : adviceText(last);
  return [
    ...(end.state === 'whole' ? [] : [`The recording is ${end.state}: ${end.problem}.`]),
    sightText(header.source, header.sees),
    ...(advice === '' ? [] : [advice]),
    ...(concentration === undefined
      ? []
      : [
          `In the last snapshot, the hottest ${concentration.share * 100} % of the units (${formatSize(concentration.bytes)}) have ` +
            `${Math.round(concentration.accesses * 100)} % of the accesses that are known.`,
        ]),
    ...(workingSets.length === 0 ? [] : [WORKING_SET_TEXT]),
    `An observation has half its weight after ${showSeconds(header.halfLifeMs / 1000)}.`,
  ];
}

/** The report as JSON. Unknown figures are null. */
export function heatFigures(
  file: string,
  summary: RecordingSummary,
  grid: HeatGrid,
): { readonly schema: string } & Readonly<Record<string, unknown>> {
  const { header, end, offset, bytes, fromMs, toMs, workingSets, cost, concentration, last } = summary;
  const { rows, columns } = grid.shape;
  const certainty = grid.certainty();
  return {
    schema: 'pageferry.heat.report/1',
    file,
    recording: { ...header, state: end.state, problem: end.problem, snapshots: end.snapshots },
    map: {
      offset,
      bytes,
      fromSeconds: (fromMs - header.originMs) / 1000,
      toSeconds: (toMs - header.originMs) / 1000,
      unit: RATE_UNIT,
      rows,
      columns,
      unknown: certainty.unknown,
      medianObservations: numberOrNull(certainty.median),
      tenthObservations: numberOrNull(certainty.tenth),
      certainty: certaintyTexts(certainty),
      ratePerPage: Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (_, column) => rounded(grid.perPage(row, column))),
      ),
    },
    workingSets,
    cost: cost ?? null,
    concentration: concentration ?? null,
    hottest: last === undefined ? [] : hottestUnits(last),
  };
}

function hottestUnits(snapshot: HeatSnapshot): unknown[] {
  return Array.from(hottest(snapshot, 1).subarray(0, HOTTEST), (unit) => ({
    offset: snapshot.offset + unit * snapshot.unitBytes,
    bytes: bytesOfUnit(snapshot, unit),
    ...unitJson(snapshot, unit),
  }));
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function count(things: number, name: string): string {
  return `${things} ${name}${things === 1 ? '' : 's'}`;
}

/** Formatted as in the origin of a page. An impossible date is not an error of the report. */
function dateOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime())
    ? 'an unknown time'
    : date.toISOString().slice(0, 16).replace('T', ' ').concat(' UTC');
}
