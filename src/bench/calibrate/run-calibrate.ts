import { PAGE_SIZE } from '../../common/page.js';
import { gigabytesPerSecond } from '../../common/summary.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import { readProfile } from '../../sim/profile/read-profile.js';
import { fitProfile } from './fit-profile.js';
import { type MeasureEvents, type Measurements, type MeasureOptions, measureHost } from './measure.js';
import { modelNs } from './model-time.js';
import { longRows, type MoveSample } from './move-sample.js';
import { profileFile } from './profile-file.js';

/** The error of the profile for one way of moving memory. */
export interface CalibratedRow {
  /** Bytes of a folio. */
  readonly folioSize: number;
  readonly migrator: MoveSample['migrator'];
  /** DMA channels of dcbm, threads of mtcopy. */
  readonly copiers: number;
  readonly measuredGBps: number;
  readonly modelGBps: number;
  /** The relative error of the model. */
  readonly error: number;
}

export interface Calibration {
  readonly profile: HardwareProfile;
  /** The content of the profile file. */
  readonly file: Record<string, unknown>;
  readonly measured: Measurements;
  /** The long migrations. */
  readonly rows: readonly CalibratedRow[];
  /** Mean of the rows' errors without their signs. */
  readonly meanError: number;
}

/**
 * Measures this host, and fits a profile of a simulated machine that takes as long.
 * @throws MigrationError when this host cannot migrate real memory, or has no memory to measure with.
 */
export async function runCalibrate(options: MeasureOptions, events: MeasureEvents): Promise<Calibration> {
  const measured = await measureHost(options, events);
  const file = profileFile(fitProfile(measured), measured);
  // The profile as it is read from the file.
  const profile = readProfile(file);
  const rows = longRows(measured.moves).map((row) => compare(row, profile));
  const meanError = rows.reduce((sum, { error }) => sum + Math.abs(error), 0) / rows.length;
  return { profile, file, measured, rows, meanError };
}

function compare(row: MoveSample, profile: HardwareProfile): CalibratedRow {
  const { folioPages, migrator, copiers, bytes, durationNs } = row;
  const measuredGBps = gigabytesPerSecond(bytes, durationNs);
  const modelGBps = gigabytesPerSecond(bytes, modelNs(profile, row));
  const error = modelGBps / measuredGBps - 1;
  return { folioSize: folioPages * PAGE_SIZE, migrator, copiers, measuredGBps, modelGBps, error };
}
