import { invalidArgument } from '../../common/migration-error.js';
import { cellKey } from './closed-form.js';
import type { MeasuredFigure } from './figures-csv.js';
import type { MachineSheet } from './machine-sheet.js';

/** @throws MigrationError EINVAL for a figure that the machine of the data sheet cannot have, naming the line. */
export function checkFigures({ name, cpus, dma }: MachineSheet, figures: readonly MeasuredFigure[]): void {
  for (const { line, cell } of figures) {
    const { migrator, channels = 1, threads = 1 } = cell;
    if (migrator === 'dcbm' && dma === undefined) {
      throw wrong(line, 'migrator', `dcbm needs a DMA device, and the data sheet of ${name} has no dma`);
    }
    if (migrator === 'dcbm' && channels > dma!.channels) {
      throw wrong(
        line,
        'channels',
        `must be at most dma.channels, which is ${dma!.channels}, not ${channels}`,
      );
    }
    if (migrator === 'mtcopy' && threads > cpus) {
      throw wrong(line, 'threads', `must be at most cpus, which is ${cpus}, not ${threads}`);
    }
  }
}

function wrong(line: number, column: string, problem: string) {
  return invalidArgument(
    'fitMachine',
    `line ${line}, ${column}`,
    problem,
    'Correct the figure or the data sheet.',
  );
}

/**
 * A cell that was measured several times is one figure: the geometric mean. More runs make its own error smaller, but
 * not that of the model, which is the same in each.
 */
export function withoutRepeats(figures: readonly MeasuredFigure[]): MeasuredFigure[] {
  const groups = new Map<string, MeasuredFigure[]>();
  for (const figure of figures) {
    const key = `${figure.metric},${cellKey(figure.cell)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [figure]);
    else group.push(figure);
  }
  return [...groups.values()].map((group) => {
    const count = group.length;
    const mean = (of: (figure: MeasuredFigure) => number): number =>
      group.reduce((sum, figure) => sum + of(figure), 0) / count;
    const log = mean(({ value }) => Math.log(value));
    const variance = mean(({ value }) => (Math.log(value) - log) ** 2);
    const given = mean(({ error }) => error ** 2);
    return { ...group[0]!, value: Math.exp(log), error: Math.sqrt(Math.max(given, variance) / count) };
  });
}
