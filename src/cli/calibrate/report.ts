import type { CalibratedRow, Calibration } from '../../bench/calibrate/run-calibrate.js';
import { emulationNote } from '../../bench/harness/host.js';
import { rowLabel } from '../../bench/move/row-spec.js';
import { formatSize } from '../../common/size.js';
import { chartOf } from '../../report/chart-of.js';
import type { Sheet } from '../../report/sheet.js';
import { formatSheet } from '../ui/sheet-text.js';
import { left, right } from '../ui/table.js';

/** The result of `calibrate` for a terminal of 80 columns, except for the name of the file. */
export function formatCalibration(calibration: Calibration, file: string): string {
  return `${formatSheet(calibrationSheet(calibration), calibration.measured.host)}\n- written: ${file}`;
}

export function calibrationSheet({ measured, rows, meanError }: Calibration): Sheet {
  const { host, rounds } = measured;
  const bytes = Math.max(...measured.moves.map((row) => row.bytes));
  const emulation = emulationNote(host);
  const common = {
    unit: 'GB/s',
    axis: 'folio size',
    category: ({ folioSize }: CalibratedRow) => formatSize(folioSize),
    series: labelOf,
  };
  return {
    title: 'pageferry calibrate',
    summary: `${formatSize(bytes)} per migration, medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, GB/s (10^9 bytes)`,
    charts: [
      chartOf(rows, { ...common, title: 'Measured', value: ({ measuredGBps }) => measuredGBps }),
      chartOf(rows, {
        ...common,
        title: 'A simulated machine with this profile',
        value: ({ modelGBps }) => modelGBps,
      }),
    ],
    tables: [
      {
        caption: 'Measured, and by the model',
        columns: [...right('folio'), ...left('migrator'), ...right('measured', 'model', 'error')],
        rows: rows.map(cellsOf),
      },
    ],
    notes: [
      `model: a simulated machine with this profile; mean error ${(100 * meanError).toFixed(1)} %`,
      ...(emulation === undefined ? [] : [emulation]),
    ],
  };
}

type CalibrationJson = Pick<Calibration, 'rows' | 'meanError'> &
  Pick<Calibration['measured'], 'host' | 'date' | 'rounds'> & {
    readonly schema: string;
    readonly profile: Calibration['file'];
  };

export function calibrationJson({ file, measured, rows, meanError }: Calibration): CalibrationJson {
  const { host, rounds, date } = measured;
  return { schema: 'pageferry.calibrate/1', host, date, rounds, rows, meanError, profile: file };
}

function labelOf({ migrator, copiers }: CalibratedRow): string {
  return rowLabel({ migrator, channels: copiers, threads: copiers });
}

function cellsOf(row: CalibratedRow): string[] {
  const { folioSize, measuredGBps, modelGBps, error } = row;
  const sign = error > 0 ? '+' : '';
  return [
    formatSize(folioSize),
    labelOf(row),
    measuredGBps.toFixed(2),
    modelGBps.toFixed(2),
    `${sign}${Math.round(100 * error)} %`,
  ];
}
