import type { MoveList } from '../../policy/move-list.js';
import { FAST } from '../../policy/policy.js';
import { type TieredProgram, unitsOf } from './programs/program.js';

const SLOW = FAST + 1;
/** A unit that moves back within this time is a ping-pong. */
const PING_PONG_MS = 1000;

/** Where the units of a program are. */
export class Placement {
  readonly nodeOf: Uint8Array;
  readonly #unitBytes: number;
  readonly #bytes: number;
  readonly #fastBytes: number;
  readonly #movedAt: Float64Array;
  #used = 0;
  promotedBytes = 0;
  demotedBytes = 0;
  pingPongs = 0;

  /** First touch: the program has touched its memory by rising address. The fast node was filled up to its headroom. */
  constructor(program: TieredProgram, fastBytes: number, headroomBytes: number) {
    const units = unitsOf(program);
    this.nodeOf = new Uint8Array(units).fill(SLOW);
    this.#unitBytes = program.unitBytes;
    this.#bytes = program.bytes;
    this.#fastBytes = fastBytes;
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

  bytesOf(unit: number): number {
    return Math.min(this.#unitBytes, this.#bytes - unit * this.#unitBytes);
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
    if (target === FAST) {
      this.promotedBytes += bytes;
      this.#used += bytes;
    } else {
      this.demotedBytes += bytes;
      this.#used -= bytes;
    }
    if (this.#used > this.#fastBytes) throw new Error('the fast node is more than full');
  }
}
