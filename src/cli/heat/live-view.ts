import { formatSize } from '../../common/size.js';
import { showSeconds } from '../../heat/map/axis-text.js';
import { sightText } from '../../heat/map/legend.js';
import { type TerminalMapOptions, terminalGridSize, terminalMap } from '../../heat/map/terminal-map.js';
import type { RecordedSnapshot, RecordingHeader } from '../../heat/recording/format.js';
import { rounded, snapshotJson } from '../../heat/snapshot-json.js';
import type { WorkingSet } from '../../heat/working-set.js';
import { VERSION } from '../ui/version.js';
import { brokenLines, textWidth } from '../ui/wrap.js';
import { LiveHistory } from './live-history.js';
import { mapColours, mapWidth } from './screen.js';

/** Snapshots of a picture, one for each column of a wide terminal. */
const SHOWN = 512;
const MIN_LINES = 4;
const MAX_LINES = 24;

/** Columns of the lines for a pipe. */
const COLUMNS: readonly (readonly [title: string, width: number])[] = [
  ['time', 8],
  ['within 1 s', 12],
  ['at least', 10],
  ['at most', 10],
  ['unknown', 9],
  ['CPU', 8],
  ['waits', 8],
];

/** A watch as people see it: pictures for a terminal, and a line for each interval for a pipe. */
export class LiveView {
  readonly #header: RecordingHeader;
  readonly #intervalMs: number;
  readonly #demo: boolean;
  readonly #history: LiveHistory;
  #last: RecordedSnapshot | undefined;

  constructor(header: RecordingHeader, intervalMs: number, demo: boolean) {
    this.#header = header;
    this.#intervalMs = intervalMs;
    this.#demo = demo;
    this.#history = new LiveHistory(header.originMs, intervalMs, SHOWN, false);
  }

  add(recorded: RecordedSnapshot): void {
    this.#last = recorded;
    this.#history.add(recorded);
  }

  /** The current picture. With `rows`, the map is as high as fits into so many lines of a terminal. */
  picture(rows?: number): string {
    const last = this.#last;
    const screen = { width: mapWidth(), colours: mapColours() };
    const title = this.#titleLines(screen.width);
    if (last === undefined) return title.join('\n');
    const below = [...this.#workingSetLines(last.workingSets), ...this.#sourceLines(screen.width)];
    const draw = (lines?: number): string[] => {
      const map = this.#map(lines === undefined ? screen : { ...screen, lines });
      return [...title, '', ...map.split('\n'), '', ...below];
    };
    if (rows === undefined) return draw().join('\n');
    const others = draw(MIN_LINES).length - MIN_LINES;
    // A last line that is full would scroll some terminals.
    return draw(Math.min(MAX_LINES, Math.max(MIN_LINES, rows - 1 - others))).join('\n');
  }

  #map(screen: TerminalMapOptions): string {
    const size = terminalGridSize(screen);
    const grid = this.#history.grid(size, size.columns * this.#intervalMs);
    return terminalMap(grid, { ...screen, secondsFrom: 'end' });
  }

  #titleLines(width: number): string[] {
    const { name, unitBytes } = this.#header;
    const bytes = this.#last?.snapshot.bytes ?? this.#header.regionBytes;
    const what = this.#demo
      ? `A demo program, ${formatSize(bytes)}: its hot tenth moves every 5 s. Watch your own with --pid or --socket.`
      : `Heat of ${name} (${formatSize(bytes)}), units of ${formatSize(unitBytes)}`;
    return brokenLines(what, width);
  }

  #workingSetLines(sets: readonly WorkingSet[]): string[] {
    return sets.map(({ windowMs, lowBytes, estimateBytes, highBytes }) => {
      const window = showSeconds(windowMs / 1000).padStart(4);
      const bounds = `${formatSize(lowBytes)} to ${formatSize(highBytes)}`;
      return `touched in ${window} ${formatSize(estimateBytes).padStart(7)} (${bounds})`;
    });
  }

  #sourceLines(width: number): string[] {
    const { source, sees } = this.#header;
    const cost = this.#history.cost();
    const text =
      cost === undefined
        ? ''
        : ` It took ${percent(cost.cpu)} of a CPU, and the program's threads waited for it ${percent(cost.stall)} of ` +
          `the time, in the last ${showSeconds(Number(cost.seconds.toFixed(cost.seconds < 2 ? 1 : 0)))}.`;
    return brokenLines(`${sightText(source, sees)}${text}`, width);
  }

  /** The titles of the lines for a pipe. */
  static lineTitle(): string {
    return inColumns(COLUMNS.map(([title]) => title));
  }

  /** The last snapshot as a line for a pipe. */
  line(): string {
    const { snapshot, workingSets } = this.#last!;
    const [set] = workingSets;
    const cost = this.#history.cost();
    const cells = [
      showSeconds(Number(this.#secondsOf(snapshot.atMs).toFixed(1))),
      ...(set === undefined
        ? ['', '', '']
        : [set.estimateBytes, set.lowBytes, set.highBytes].map(formatSize)),
      percent(unknownPart(this.#last!)),
      cost === undefined ? '' : percent(cost.cpu),
      cost === undefined ? '' : percent(cost.stall),
    ];
    return inColumns(cells);
  }

  /** The last snapshot for `--json`: docs/heat.md describes it. */
  figures(): Readonly<Record<string, unknown>> {
    const { snapshot, workingSets, cost } = this.#last!;
    return {
      schema: 'pageferry.heat.live/1',
      pageferry: VERSION,
      recording: this.#header,
      seconds: rounded(this.#secondsOf(snapshot.atMs)),
      unknown: rounded(unknownPart(this.#last!)),
      snapshot: snapshotJson(snapshot),
      workingSets,
      cost: cost ?? null,
    };
  }

  #secondsOf(atMs: number): number {
    return (atMs - this.#header.originMs) / 1000;
  }
}

/** The first cells, as many as a narrow terminal has room for. */
function inColumns(cells: readonly string[]): string {
  let line = '';
  for (const [i, cell] of cells.entries()) {
    const [, width] = COLUMNS[i]!;
    if (line.length + width > textWidth()) break;
    line += cell.padStart(width);
  }
  return line;
}

function unknownPart({ snapshot: { known, unitBytes, bytes } }: RecordedSnapshot): number {
  let sum = 0;
  for (let unit = 0; unit < known.length; unit++) {
    sum += known[unit]! * Math.min(unitBytes, bytes - unit * unitBytes);
  }
  return Math.min(1, Math.max(0, 1 - sum / bytes));
}

function percent(part: number): string {
  const value = part * 100;
  return `${value >= 10 || value === 0 ? Math.round(value) : value.toPrecision(value >= 1 ? 2 : 1)} %`;
}
