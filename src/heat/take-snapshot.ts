import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';
import { PAGE_SIZE } from '../common/page.js';
import type { HeatRecords } from './heat-records.js';
import { type HeatSnapshot, snapshotArrays } from './heat-snapshot.js';
import type { Sight } from './observation.js';
import { SnapshotFiller } from './snapshot-filler.js';

/** The largest unit of a snapshot: 1 GiB. */
const MAX_UNIT_BYTES = 2 ** 30;

export interface SnapshotRequest {
  /** Bytes of a unit: a power of two from 4096 to 2^30. */
  readonly unitBytes: number;
  /** Offset of the first unit in the region, a multiple of `unitBytes`. @defaultValue 0 */
  readonly offset?: number;
  /** Bytes from `offset` on. @defaultValue the rest of the region */
  readonly bytes?: number;
  /** The moment, ns on the clock of the observations. */
  readonly atNs: number;
  readonly source: string;
  readonly sees: Sight;
}

const OPERATION = 'heat';

/**
 * Takes a snapshot, in the thread that writes the records. It allocates nothing per page.
 * @param reuse A snapshot whose arrays are filled again, if it has as many units.
 * @throws MigrationError EINVAL that names the option.
 */
export function takeSnapshot(
  records: HeatRecords,
  request: SnapshotRequest,
  reuse?: HeatSnapshot,
): HeatSnapshot {
  const { unitBytes, offset = 0, atNs, source, sees } = request;
  const regionBytes = records.pages * PAGE_SIZE;
  checkUnitBytes(unitBytes);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % unitBytes !== 0 || offset >= regionBytes) {
    throw invalidArgument(
      OPERATION,
      'options.offset',
      `must be a multiple of ${unitBytes} below ${regionBytes}, not ${describe(offset)}`,
    );
  }
  const { bytes = regionBytes - offset } = request;
  if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes % PAGE_SIZE !== 0 || offset + bytes > regionBytes) {
    throw invalidArgument(
      OPERATION,
      'options.bytes',
      `must be a multiple of ${PAGE_SIZE} from ${PAGE_SIZE} to ${regionBytes - offset}, not ${describe(bytes)}`,
    );
  }
  const units = Math.ceil(bytes / unitBytes);
  const arrays = reuse !== undefined && reuse.rate.length === units ? reuse : snapshotArrays(units);
  const { rate, age, observations, known, written, recordPages, advice } = arrays;
  const snapshot: HeatSnapshot = {
    atMs: atNs / 1e6,
    offset,
    bytes,
    unitBytes,
    source,
    sees,
    rate,
    age,
    observations,
    known,
    written,
    recordPages,
    advice,
  };
  const filler = new SnapshotFiller(snapshot);
  records.walk(filler, atNs, offset / PAGE_SIZE, (offset + bytes) / PAGE_SIZE);
  filler.end();
  for (let unit = 0; unit < units; unit++) {
    const from = offset + unit * unitBytes;
    const to = Math.min(from + unitBytes, offset + bytes);
    advice[unit] = records.advice.of(from / PAGE_SIZE, to / PAGE_SIZE);
  }
  return snapshot;
}

/** @throws MigrationError EINVAL that names `options.unitBytes` */
export function checkUnitBytes(unitBytes: unknown): void {
  if (typeof unitBytes === 'number' && Number.isInteger(Math.log2(unitBytes))) {
    if (unitBytes >= PAGE_SIZE && unitBytes <= MAX_UNIT_BYTES) return;
  }
  throw invalidArgument(
    OPERATION,
    'options.unitBytes',
    `must be a power of two from ${PAGE_SIZE} to ${MAX_UNIT_BYTES} bytes, not ${describe(unitBytes)}`,
  );
}
