/** Bytes of a unit in all arrays of a table. */
export const UNIT_BYTES = 5 * 4 + 2 * 8 + 4;

/**
 * The records of units of pages, as a struct of arrays. The sums have the value that they had at `seenAt`, and decay with
 * the half-life from then on.
 */
export class UnitTable {
  readonly length: number;
  /** Accesses that were seen. */
  readonly touches: Float32Array;
  /** Time for which pages were watched: seconds, times pages. */
  readonly watched: Float32Array;
  /** Observations. One of only a part of the unit counts in full. The unit is unknown while this is 0. */
  readonly observations: Float32Array;
  /** Accesses of a known kind, and those of them that were writes. */
  readonly kinds: Float32Array;
  readonly writes: Float32Array;
  /** End of the last watch, ns. */
  readonly seenAt: Float64Array;
  /** The last access that was seen, ns. 0 if none was. */
  readonly touchedAt: Float64Array;
  /** The group of smaller units that replaces this one. 0 if the unit is not split. */
  readonly child: Int32Array;

  constructor(length: number) {
    this.length = length;
    this.touches = new Float32Array(length);
    this.watched = new Float32Array(length);
    this.observations = new Float32Array(length);
    this.kinds = new Float32Array(length);
    this.writes = new Float32Array(length);
    this.seenAt = new Float64Array(length);
    this.touchedAt = new Float64Array(length);
    this.child = new Int32Array(length);
  }

  /** A longer table with the same units. */
  grown(length: number): UnitTable {
    const table = new UnitTable(length);
    table.touches.set(this.touches);
    table.watched.set(this.watched);
    table.observations.set(this.observations);
    table.kinds.set(this.kinds);
    table.writes.set(this.writes);
    table.seenAt.set(this.seenAt);
    table.touchedAt.set(this.touchedAt);
    table.child.set(this.child);
    return table;
  }

  clear(i: number): void {
    this.touches[i] = 0;
    this.watched[i] = 0;
    this.observations[i] = 0;
    this.kinds[i] = 0;
    this.writes[i] = 0;
    this.seenAt[i] = 0;
    this.touchedAt[i] = 0;
    this.child[i] = 0;
  }

  /** Multiplies the sums by `factor`, which makes them those of `atNs`. */
  decay(i: number, factor: number, atNs: number): void {
    this.touches[i]! *= factor;
    this.watched[i]! *= factor;
    this.observations[i]! *= factor;
    this.kinds[i]! *= factor;
    this.writes[i]! *= factor;
    this.seenAt[i] = atNs;
  }

  /** Gives unit `to` of another table a part of the sums of unit `i`. */
  share(i: number, table: UnitTable, to: number, part: number): void {
    table.touches[to] = this.touches[i]! * part;
    table.watched[to] = this.watched[i]! * part;
    table.observations[to] = this.observations[i]! * part;
    table.kinds[to] = this.kinds[i]! * part;
    table.writes[to] = this.writes[i]! * part;
    table.seenAt[to] = this.seenAt[i]!;
    table.touchedAt[to] = this.touchedAt[i]!;
    table.child[to] = 0;
  }

  /** Adds unit `from` of another table, with its sums times `factor`. */
  add(i: number, table: UnitTable, from: number, factor: number): void {
    this.touches[i]! += table.touches[from]! * factor;
    this.watched[i]! += table.watched[from]! * factor;
    this.observations[i]! += table.observations[from]! * factor;
    this.kinds[i]! += table.kinds[from]! * factor;
    this.writes[i]! += table.writes[from]! * factor;
    if (table.touchedAt[from]! > this.touchedAt[i]!) this.touchedAt[i] = table.touchedAt[from]!;
  }
}
