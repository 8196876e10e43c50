import { ADVICE } from './advice.js';
import { bytesOfUnit, type HeatSnapshot, snapshotArrays } from './heat-snapshot.js';

/**
 * A snapshot with larger units, so that there are at most `maxUnits` of them. It is the same snapshot if it has no more. A
 * picture of it has the same rates, and a long watch of small units fits in memory.
 */
export function condenseSnapshot(snapshot: HeatSnapshot, maxUnits: number): HeatSnapshot {
  const units = snapshot.rate.length;
  if (units <= maxUnits) return snapshot;
  const factor = 2 ** Math.ceil(Math.log2(units / maxUnits));
  const larger = snapshotArrays(Math.ceil(units / factor));
  const bytes = new Float64Array(larger.rate.length);
  const writes = new Float64Array(larger.rate.length);
  const kinds = new Float64Array(larger.rate.length);
  const { rate, age, observations, known, written, recordPages, advice } = snapshot;
  for (let unit = 0; unit < units; unit++) {
    const to = Math.floor(unit / factor);
    const size = bytesOfUnit(snapshot, unit);
    bytes[to]! += size;
    larger.known[to]! += known[unit]! * size;
    larger.observations[to]! += observations[unit]!;
    const first = unit % factor === 0;
    if (first) larger.advice[to] = advice[unit]!;
    else if (larger.advice[to] !== advice[unit]) larger.advice[to] = ADVICE.mixed;
    larger.recordPages[to] = Math.max(larger.recordPages[to]!, recordPages[unit]!);
    if (!Number.isNaN(age[unit]!)) {
      larger.age[to] = Number.isNaN(larger.age[to]!) ? age[unit]! : Math.min(larger.age[to]!, age[unit]!);
    }
    if (Number.isNaN(rate[unit]!)) continue;
    larger.rate[to] = (Number.isNaN(larger.rate[to]!) ? 0 : larger.rate[to]!) + rate[unit]!;
    if (Number.isNaN(written[unit]!)) continue;
    writes[to]! += written[unit]! * rate[unit]!;
    kinds[to]! += rate[unit]!;
  }
  for (let to = 0; to < bytes.length; to++) {
    larger.known[to]! /= bytes[to]!;
    if (kinds[to]! > 0) larger.written[to] = writes[to]! / kinds[to]!;
  }
  const { atMs, offset, source, sees } = snapshot;
  return {
    atMs,
    offset,
    bytes: snapshot.bytes,
    unitBytes: snapshot.unitBytes * factor,
    source,
    sees,
    ...larger,
  };
}
