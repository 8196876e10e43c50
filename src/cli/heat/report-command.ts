import type { Command } from 'commander';
import { HeatGrid } from '../../heat/map/heat-grid.js';
import { HTML_GRID, heatFigure, heatStyle } from '../../heat/map/html-map.js';
import { type TerminalMapOptions, terminalGridSize, terminalMap } from '../../heat/map/terminal-map.js';
import type { RecordingSummary } from '../../heat/recording/recording-summary.js';
import { EXIT, HEAT_REPORT_EXIT_HELP, helpText, type SetExitCode } from '../ui/exit-code.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { startProgress } from '../ui/progress.js';
import { fileBytes, fillGrids, summarizeFile } from './read-file.js';
import { formatHeat, heatFigures, heatSheet, mapTitle } from './report.js';
import { mapColours, mapWidth } from './screen.js';

const EXPLANATION = `
Draws a map of the recording: offsets downward, time to the right, a colour or
a character for the accesses per second and page. It fills the terminal. The
legend says what is unknown, and how sure the rest is.

Below it is the working set: the memory that is touched within 1 s, 10 s and
60 s. 'at least' and 'at most' are bounds, because rates are estimated and
unknown memory may be touched or not.

Without colours (a pipe, NO_COLOR, LC_ALL=C) the map has ASCII characters.`;

const EXAMPLES = [
  'pageferry heat report heap.pfheat',
  'pageferry heat report heap.pfheat --html heap.html --plot',
];

export function addHeatReportCommand(heat: Command, setExitCode: SetExitCode): void {
  const command = heat
    .command('report')
    .description('print the heat map and the working set of a recording')
    .argument('<file>', 'a recording of the heat of a region');
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, HEAT_REPORT_EXIT_HELP))
    .action(async (file: string, flags: OutputFlags) => {
      checkOutputs(flags);
      const screen = { width: mapWidth(), colours: mapColours() };
      const { summary, printed, drawn } = await read(file, screen);
      deliver(flags, {
        figures: heatFigures(file, summary, drawn),
        text: () => formatHeat(summary, terminalMap(printed, screen)),
        sheet: () => heatSheet(summary),
        drawings: () => ({
          figures: [heatFigure(drawn, mapTitle(summary))],
          style: heatStyle(drawn),
        }),
      });
      setExitCode(summary.end.state === 'damaged' ? EXIT.failed : EXIT.ok);
    });
}

interface Drawn {
  readonly summary: RecordingSummary;
  /** The grids of the terminal, and of the page and JSON. */
  readonly printed: HeatGrid;
  readonly drawn: HeatGrid;
}

async function read(file: string, screen: TerminalMapOptions): Promise<Drawn> {
  // It is read twice.
  const progress = startProgress('heat report', 2 * fileBytes(file), { of: 'share', traced: false });
  let bytes = 0;
  const onBytes = (more: number): void => {
    bytes += more;
    progress.update(bytes);
  };
  try {
    const summary = await summarizeFile(file, onBytes);
    const { offset, bytes: size, fromMs, toMs } = summary;
    const shape = { offset, bytes: size, fromMs, toMs };
    const printed = new HeatGrid({ ...shape, ...terminalGridSize(screen) });
    const drawn = new HeatGrid({ ...shape, ...HTML_GRID });
    await fillGrids(file, summary, [printed, drawn], onBytes);
    return { summary, printed, drawn };
  } finally {
    progress.stop();
  }
}
