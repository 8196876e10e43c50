import { PMD_PAGES } from '../common/page.js';
import { heatByte, UNKNOWN_BYTE } from './heat-byte.js';
import type { UnitTable } from './unit-table.js';
import { FAN_OUT, type UnitTree } from './unit-tree.js';

/** Decayed observations that a unit must have before it is split. */
const SPLIT_OBSERVATIONS = 4;
/**
 * Accesses in a half-life from which on a unit is split. When half of the room is in use, the number starts to double with
 * each 1/32 more, so that the hottest units get the rest.
 */
const SPLIT_ACCESSES = 4;
const PRESSURE = 32;
/** Units are merged when all of them together have this part of the accesses from which on one is split. */
const MERGE_PART = 0.25;

/** Publishes the decayed bytes, forgets units, splits hot ones, and merges cold ones. */
export class UnitAdapter {
  readonly #tree: UnitTree;
  readonly #bytes: Uint8Array;
  readonly #forgetNs: number;
  readonly #minUnit: number;
  /** Now, ns. */
  readonly #now = new Float64Array(1);
  /** The next block that is visited. */
  #hand = 0;

  /** @param minUnit Pages of the smallest unit. */
  constructor(tree: UnitTree, bytes: Uint8Array, forgetNs: number, minUnit: number) {
    this.#tree = tree;
    this.#bytes = bytes;
    this.#forgetNs = forgetNs;
    this.#minUnit = minUnit;
  }

  /** Visits up to `blocks` units of 2 MiB, from where the last call ended. */
  adapt(atNs: number, blocks: number): void {
    this.#now[0] = atNs;
    const all = this.#tree.blocks;
    const visits = Math.min(blocks, all);
    for (let n = 0; n < visits; n++) {
      if (this.#hand >= all) this.#hand = 0;
      const block = this.#hand++;
      this.#adapt(this.#tree.roots, block, block * PMD_PAGES, PMD_PAGES);
    }
  }

  #adapt(table: UnitTable, i: number, page: number, span: number): void {
    const group = table.child[i]!;
    if (group !== 0) this.#adaptGroup(table, i, page, span);
    if (table.child[i] !== 0 || table.observations[i] === 0) return;
    const pages = this.#tree.pagesOf(page, span);
    const since = this.#now[0]! - table.seenAt[i]!;
    if (since > this.#forgetNs) {
      table.clear(i);
      this.#bytes.fill(UNKNOWN_BYTE, page, page + pages);
      return;
    }
    publishUnit(this.#bytes, this.#tree, table, i, page, span, this.#now);
    // Not in the call that has merged it.
    if (group !== 0 || span <= this.#minUnit) return;
    const observations = table.observations[i]! * this.#tree.decayed(since);
    const rate = (table.touches[i]! / table.watched[i]!) * pages;
    if (observations >= SPLIT_OBSERVATIONS && rate >= this.#splitFrom())
      this.#tree.split(table, i, page, span);
  }

  /** Adapts the smaller units of a unit, and merges them if they are cold. */
  #adaptGroup(table: UnitTable, i: number, page: number, span: number): void {
    const part = span / FAN_OUT;
    const first = table.child[i]! * FAN_OUT;
    const { parts } = this.#tree;
    let rate = 0;
    let known = false;
    let split = false;
    for (let k = 0; k < FAN_OUT; k++) {
      this.#adapt(parts, first + k, page + k * part, part);
      split ||= parts.child[first + k] !== 0;
      if (parts.observations[first + k] === 0) continue;
      known = true;
      rate +=
        (parts.touches[first + k]! / parts.watched[first + k]!) * this.#tree.pagesOf(page + k * part, part);
    }
    if (split || (known && rate >= this.#splitFrom() * MERGE_PART)) return;
    if (known) this.#tree.merge(table, i);
    else this.#tree.clear(table, i);
  }

  /** Accesses per second from which on a unit is split. */
  #splitFrom(): number {
    return (
      (SPLIT_ACCESSES / (this.#tree.halfLifeNs / 1e9)) * 2 ** (PRESSURE * Math.max(0, this.#tree.fill - 0.5))
    );
  }
}

/** Writes the byte of each page of a unit. @param now Has the time, ns. A number would be allocated for the call. */
export function publishUnit(
  bytes: Uint8Array,
  tree: UnitTree,
  table: UnitTable,
  i: number,
  page: number,
  span: number,
  now: Float64Array,
): void {
  const touchedAt = table.touchedAt[i]!;
  const ageMs = touchedAt === 0 ? Number.NaN : Math.max(0, now[0]! - touchedAt) / 1e6;
  const byte = heatByte(table.touches[i]! / table.watched[i]!, ageMs);
  if (span === 1) bytes[page] = byte;
  else bytes.fill(byte, page, page + tree.pagesOf(page, span));
}
