import type { CalibratedRow, Calibration } from '../bench/calibrate/run-calibrate.js';
import { emulationNote } from '../bench/host.js';
import { rowLabel } from '../bench/move/row-spec.js';
import { formatSize } from '../bench/size.js';
import { formatTable } from './table.js';
import { wrap } from './wrap.js';

/** The outcome of `calibrate` for people: at most 80 columns. */
export function formatCalibration({ measured, rows, meanError }: Calibration, file: string): string {
  const { host, rounds } = measured;
  const bytes = Math.max(...measured.moves.map((row) => row.bytes));
  const emulation = emulationNote(host);
  const notes = [
    `model: a simulated machine with this profile; mean error ${(100 * meanError).toFixed(1)} %`,
    ...(emulation === undefined ? [] : [emulation]),
  ];
  return [
    `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`,
    `${formatSize(bytes)} per migration, medians of ${rounds} rounds, GB/s (10^9 bytes)`,
    '',
    formatTable(
      [
        { title: 'folio', align: 'right' },
        { title: 'migrator' },
        { title: 'measured', align: 'right' },
        { title: 'model', align: 'right' },
        { title: 'error', align: 'right' },
      ],
      rows.map(cellsOf),
    ),
    '',
    ...notes.map((note) => `- ${wrap(note, 2)}`),
    `- written: ${file}`,
  ].join('\n');
}

/** The same for programs. */
export function calibrationJson({ file, measured, rows, meanError }: Calibration): Record<string, unknown> {
  const { host, rounds, date } = measured;
  return { schema: 'pageferry.calibrate/1', host, date, rounds, rows, meanError, profile: file };
}

function cellsOf(row: CalibratedRow): string[] {
  const { folioSize, migrator, copiers, measuredGBps, modelGBps, error } = row;
  const sign = error > 0 ? '+' : '';
  return [
    formatSize(folioSize),
    rowLabel({ migrator, channels: copiers, threads: copiers }),
    measuredGBps.toFixed(2),
    modelGBps.toFixed(2),
    `${sign}${Math.round(100 * error)} %`,
  ];
}
