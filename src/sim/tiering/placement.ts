import type { MoveList } from '../../policy/move-list.js';
import { FAST } from '../../policy/policy.js';
import { type TieredProgram, unitsOf } from './programs/program.js';
import { Shadows } from './shadows.js';

const SLOW = FAST + 1;
/** A unit that moves back within this time is a ping-pong. */
const PING_PONG_MS = 1000;

/** Sizes of the nodes. */
export interface Rooms {
  readonly fastBytes: number;
  readonly slowBytes: number;
  /** Bytes of the fast node that are to stay free. */
  readonly headroomBytes: number;
}

/** Where the units of a program are. */
export class Placement {
  readonly nodeOf: Uint8Array;
  readonly #unitBytes: number;
  readonly #bytes: number;
  readonly #fastBytes: number;
  readonly #slowBytes: number;
  readonly #movedAt: Float64Array;
  /** The copies that promoted memory has kept, if it keeps any. */
  readonly shadows: Shadows | undefined;
  #used = 0;
  promotedBytes = 0;
  demotedBytes = 0;
  copiedBytes = 0;
  maxShadowBytes = 0;
  pingPongs = 0;

  /**
   * First touch: the program has touched its memory by rising address. The fast node was filled up to its headroom.
   * @param folio Bytes of a folio, if promoted memory keeps shadows.
   */
  constructor(program: TieredProgram, { fastBytes, slowBytes, headroomBytes }: Rooms, folio?: number) {
    const units = unitsOf(program);
    this.nodeOf = new Uint8Array(units).fill(SLOW);
    this.#unitBytes = program.unitBytes;
    this.#bytes = program.bytes;
    this.#fastBytes = fastBytes;
    this.#slowBytes = slowBytes;
    this.shadows = folio === undefined ? undefined : new Shadows(units, folio, (unit) => this.bytesOf(unit));
    this.#movedAt = new Float64Array(units).fill(Number.NEGATIVE_INFINITY);
    for (let unit = 0; unit < units; unit++) {
      const bytes = this.bytesOf(unit);
      if (this.#used + bytes > fastBytes - headroomBytes) break;
      this.nodeOf[unit] = FAST;
      this.#used += bytes;
    }
  }

  get fastFree(): number {
    return this.#fastBytes - this.#used;
  }

  /** Shadows count as free, because they are dropped when memory is needed. */
  get slowFree(): number {
    return this.#slowBytes - (this.#bytes - this.#used);
  }

  bytesOf(unit: number): number {
    return Math.min(this.#unitBytes, this.#bytes - unit * this.#unitBytes);
  }

  /** The part of a unit that its next move need not copy. */
  cleanPart(unit: number): number {
    return this.shadows?.cleanPart(unit) ?? 0;
  }

  /** The share of the accesses that go to the fast node. */
  fastShare(shares: Float64Array): number {
    let sum = 0;
    for (let unit = 0; unit < shares.length; unit++) if (this.nodeOf[unit] === FAST) sum += shares[unit]!;
    return Math.min(1, sum);
  }

  /** @throws Error if the policy breaks its contract. */
  move(moves: MoveList, i: number, atMs: number): void {
    const unit = moves.unit(i);
    const target = moves.target(i);
    const bytes = this.bytesOf(unit);
    if (this.nodeOf[unit] === target) throw new Error(`unit ${unit} is on node ${target} already`);
    if (atMs - this.#movedAt[unit]! < PING_PONG_MS) this.pingPongs++;
    this.#movedAt[unit] = atMs;
    this.nodeOf[unit] = target;
    const { shadows } = this;
    this.copiedBytes += bytes * (1 - this.cleanPart(unit));
    if (target === FAST) {
      this.promotedBytes += bytes;
      this.#used += bytes;
      shadows?.promoted(unit, atMs);
    } else {
      this.demotedBytes += bytes;
      this.#used -= bytes;
      shadows?.demoted(unit);
    }
    if (this.slowFree < 0) throw new Error('the slow node is more than full');
    if (shadows !== undefined) {
      shadows.shrink(this.slowFree);
      this.maxShadowBytes = Math.max(this.maxShadowBytes, shadows.bytes);
    }
    if (this.#used > this.#fastBytes) throw new Error('the fast node is more than full');
  }
}
