import { closeSync, openSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { HTML_GRID, heatFigure, heatStyle } from '../../heat/map/html-map.js';
import type { RecordedSnapshot, RecordingHeader } from '../../heat/recording/format.js';
import { SummaryBuilder } from '../../heat/recording/recording-summary.js';
import { pageOf } from '../../report/page.js';
import { isAsciiLocale, jsonLine } from '../ui/ascii.js';
import { UsageError } from '../ui/errors.js';
import { HEAT_WATCH_EXIT_HELP, helpText } from '../ui/exit-code.js';
import {
  addJsonOption,
  checkDistinct,
  checkReportFile,
  STANDARD_OUTPUT,
  writeReport,
  writing,
} from '../ui/json-file.js';
import { originOf } from '../ui/origin.js';
import { LiveHistory } from './live-history.js';
import { isLive, LiveScreen } from './live-screen.js';
import { LiveView } from './live-view.js';
import { heatSheet, mapTitle } from './report.js';
import { type HeatSink, watch } from './watch.js';
import { addWatchOptions, intervalMsOf, type WatchFlags } from './watch-options.js';

interface LiveFlags extends WatchFlags {
  readonly json?: string;
  readonly html?: string;
}

/** Snapshots for a page: more than it has columns. */
const PAGE_SNAPSHOTS = 1024;

const EXPLANATION = `
Watches a region of a ferry in another process, and draws its heat map until
Ctrl-C: offsets downward, time to the right, a colour or a character for the
accesses per second and page. The legend says what is unknown, and how sure
the rest is. Below it are the working set (the memory that is touched within
1 s, 10 s and 60 s), the access source, and its cost.

The program makes its ferry listen with serveParameters(ferry, path) from
'pageferry/parameters'. Only the user of that program and root can connect.
Without --socket and --pid, and without PAGEFERRY_SOCKET, a demo program is
watched.

In a pipe or a file, a line is printed for each interval, and the map at the
end. With --json, a line of JSON is printed for each interval. 'heat record'
saves a watch, and 'heat report' draws what was saved.`;

const EXAMPLES = [
  'pageferry heat',
  'pageferry heat --pid 4711 --html heap.html',
  'pageferry heat --socket /run/myapp/ferry.sock --for 60 --json',
  'pageferry heat record heap.pfheat --pid 4711 --for 60',
  'pageferry heat report heap.pfheat',
];

/** `pageferry heat live`, which is also `pageferry heat` without a subcommand. */
export function addHeatLiveCommand(heat: Command): void {
  const live = heat
    .command('live', { isDefault: true })
    .description('draw the heat map of a running ferry, or of a demo program (default)');
  addWatchOptions(live);
  addJsonOption(live, 'a line for each interval')
    .option('--html <file>', 'also write an HTML page with the whole map at the end (replaces the file)')
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, HEAT_WATCH_EXIT_HELP))
    .action(async (flags: LiveFlags, command: Command) => {
      checkReportFile(flags.json);
      checkReportFile(flags.html, '--html');
      checkDistinct(['--html', flags.html], ['--json', flags.json]);
      if (flags.html === STANDARD_OUTPUT) {
        throw new UsageError("--html: '-' is not a file. Name a file for the page");
      }
      const output = new LiveOutput(flags);
      try {
        await watch(command, output, output.closed);
      } finally {
        output.end();
      }
    });
}

/** The output of a watch: standard output and files. */
class LiveOutput implements HeatSink {
  /** Resolves when nobody reads standard output any more. */
  readonly closed: Promise<void>;
  readonly #flags: LiveFlags;
  readonly #printsJson: boolean;
  #file: number | undefined;
  #close!: () => void;
  readonly #onError = (): void => this.#close();
  #view: LiveView | undefined;
  #screen: LiveScreen | undefined;
  #whole: LiveHistory | undefined;
  #summary: SummaryBuilder | undefined;
  #snapshots = 0;

  constructor(flags: LiveFlags) {
    const { json } = flags;
    this.#flags = flags;
    this.#printsJson = json === STANDARD_OUTPUT;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    process.stdout.on('error', this.#onError);
  }

  begin(header: RecordingHeader, demo: boolean): void {
    const { json, html } = this.#flags;
    const intervalMs = intervalMsOf(this.#flags);
    const view = new LiveView(header, intervalMs, demo);
    this.#view = view;
    if (html !== undefined) {
      this.#whole = new LiveHistory(header.originMs, intervalMs, PAGE_SNAPSHOTS, true);
      this.#summary = new SummaryBuilder(header);
    }
    if (this.#printsJson) return;
    // Not before there is something to write: a refused watch leaves the file as it was.
    if (json !== undefined) this.#file = writing('--json', json, () => openSync(json, 'w'));
    if (isLive()) this.#screen = new LiveScreen(() => view.picture(process.stdout.rows || 24));
    else console.log(`${view.picture()}\n\n${LiveView.lineTitle()}`);
  }

  add(recorded: RecordedSnapshot): void {
    const view = this.#view!;
    this.#snapshots++;
    view.add(recorded);
    this.#whole?.add(recorded);
    this.#summary?.add(recorded);
    if (this.#printsJson || this.#file !== undefined) this.#writeJson(view.figures());
    if (this.#screen !== undefined) this.#screen.update();
    else if (!this.#printsJson) console.log(view.line());
  }

  /** Restores the terminal, and prints and writes what was seen. */
  end(): void {
    process.stdout.off('error', this.#onError);
    const live = this.#screen !== undefined;
    this.#screen?.end();
    if (this.#file !== undefined) closeSync(this.#file);
    if (this.#snapshots === 0) return;
    if (!this.#printsJson) console.log(`${live ? '' : '\n'}${this.#view!.picture()}`);
    this.#writePage();
  }

  #writeJson(figures: unknown): void {
    const { json } = this.#flags;
    if (this.#printsJson) process.stdout.write(`${jsonLine(figures, isAsciiLocale())}\n`);
    else writing('--json', json!, () => writeSync(this.#file!, `${jsonLine(figures, false)}\n`));
  }

  #writePage(): void {
    const { html } = this.#flags;
    if (html === undefined || this.#whole === undefined || this.#summary === undefined) return;
    const summary = this.#summary.result({
      snapshots: this.#snapshots,
      state: 'whole',
      bytes: 0,
      problem: '',
    });
    const grid = this.#whole.grid(HTML_GRID);
    const drawings = { figures: [heatFigure(grid, mapTitle(summary))], style: heatStyle(grid) };
    writeReport('--html', html, pageOf(heatSheet(summary), originOf({}), drawings));
  }
}
