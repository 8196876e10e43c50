import { invalidArgument } from '../../common/migration-error.js';
import { moveSimulator } from '../experiments/move-simulator.js';
import { CellLines, parsedLine, readHead } from '../sweep/cells-file.js';
import { surfaceOf } from '../sweep/choose.js';
import { type Objective, objectiveOf } from '../sweep/objectives.js';
import { axisValuesAt, countCells, type SweepSpace } from '../sweep/plan.js';
import { runCell } from '../sweep/run-cell.js';
import { SweepCollector, type SweepReport } from '../sweep/summary.js';
import type { CellsRequest, SweepRequest } from './lab-protocol.js';
import { checkObjectives, SWEEP_LABELS } from './sweep-form.js';

type Report = (report: SweepReport) => void;

/** Milliseconds between two reports while there is more to do. */
const REPORT_MS = 250;

/** Simulates the cells of a sweep as the command does, one after the other. */
export function runLabSweep({ plan, objectives, surface }: SweepRequest, report: Report): void {
  const reports = new Reports(plan, plan.profile.name, objectives, surface, report);
  const simulate = moveSimulator();
  const cells = countCells(plan);
  for (let index = 0; index < cells; index++) {
    reports.collector.add({ index, values: axisValuesAt(plan, index), ...runCell(plan, index, simulate) });
    reports.maybe();
  }
  reports.send();
}

/**
 * Reads a file of cells. A last line without its end is not complete, and left out.
 * @throws MigrationError EINVAL that names the file and the line, or the field that the file has no cells for
 */
export async function readCells(request: CellsRequest, report: Report): Promise<void> {
  const { file, name } = request;
  checkObjectives(request.objectives);
  let reading: { readonly lines: CellLines; readonly reports: Reports } | undefined;
  for await (const line of linesOf(file)) {
    const value = parsedLine(line);
    if (reading === undefined) {
      const { space, profile } = readHead(value, name);
      const { objectives, surface } = chosenOf(request, space);
      const reports = new Reports(space, profile, objectives, surface, report);
      reading = { lines: new CellLines(space, name), reports };
    } else {
      reading.reports.collector.add(reading.lines.row(value));
      reading.reports.maybe();
    }
  }
  if (reading === undefined) readHead(undefined, name);
  else reading.reports.send();
}

function chosenOf(
  { objectives: names, breakEven, name: file }: CellsRequest,
  { axes, compared }: SweepSpace,
): { readonly objectives: readonly Objective[]; readonly surface: readonly [number, number] | undefined } {
  const objectives = names.map(objectiveOf);
  const needing = objectives.find((each) => each.compared === true)?.name;
  const advice = 'Write the file with --break-even or --objective speedup.';
  const what = `${file} has no cells without a migrator to compare with`;
  if (!compared && needing !== undefined) {
    throw invalidArgument('cells', `${SWEEP_LABELS.objectives} ${needing}`, what, advice);
  }
  if (!compared && breakEven !== undefined) {
    throw invalidArgument('cells', SWEEP_LABELS.breakEven, what, advice);
  }
  const surface = breakEven === undefined ? undefined : surfaceOf(breakEven, axes, SWEEP_LABELS.breakEven);
  return { objectives, surface };
}

/** The complete lines of a file, without holding all of it. */
async function* linesOf(file: Blob): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = file.stream().getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + decoder.decode(value as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

/** Reports of the cells so far, a few a second, so that a cancelled sweep shows what it has. */
class Reports {
  readonly collector: SweepCollector;
  readonly #of: Pick<SweepReport, 'profile' | 'sampling'>;
  readonly #report: Report;
  #next = 0;

  constructor(
    space: SweepSpace,
    profile: string,
    objectives: readonly Objective[],
    surface: readonly [x: number, y: number] | undefined,
    report: Report,
  ) {
    this.collector = new SweepCollector(space, objectives, surface);
    this.#of = { profile, sampling: space.sampling };
    this.#report = report;
  }

  maybe(): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + REPORT_MS;
    this.send();
  }

  send(): void {
    this.#report({ ...this.collector.summary, ...this.#of });
  }
}
