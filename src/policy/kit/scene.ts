import { type HeatSnapshot, snapshotArrays } from '../../heat/heat-snapshot.js';
import { ListCheck } from '../list-check.js';
import { FAST, type Policy, type PolicyInput } from '../policy.js';
import { PushedMoves } from '../pushed-moves.js';

export interface SceneOptions {
  readonly units: number;
  /** Bytes of the last unit. @defaultValue the unit's */
  readonly lastBytes?: number;
  /** Units that fit on each node. */
  readonly room: readonly [number, ...number[]];
  readonly accessNs?: readonly [number, ...number[]];
  readonly headroom?: number;
  readonly moveNsPerByte?: number;
  readonly maxUnits?: number;
}

export interface Move {
  readonly unit: number;
  readonly target: number;
}

const UNIT_BYTES = 2 ** 21;
const EPOCH_MS = 100;

/** Memory of a program, heat that a check sets, and moves that are carried out at once. */
export class Scene {
  readonly nodeOf: Uint8Array;
  heat: HeatSnapshot;
  maxUnits: number;
  moveNsPerByte: number;
  readonly accessNs: number[];
  readonly #options: SceneOptions;
  readonly #check = new ListCheck();

  constructor(options: SceneOptions) {
    const { units, lastBytes = UNIT_BYTES, room, accessNs = room.map((_, i) => 100 + 60 * i) } = options;
    this.#options = options;
    this.accessNs = [...accessNs];
    this.maxUnits = options.maxUnits ?? units;
    this.moveNsPerByte = options.moveNsPerByte ?? 0.5;
    this.nodeOf = new Uint8Array(units);
    // First touch: the nodes are filled one after the other.
    let node = 0;
    let used = 0;
    for (let unit = 0; unit < units; unit++) {
      while (used === room[node]) [node, used] = [node + 1, 0];
      this.nodeOf[unit] = node;
      used++;
    }
    this.heat = {
      atMs: 1000,
      offset: 0,
      bytes: (units - 1) * UNIT_BYTES + lastBytes,
      unitBytes: UNIT_BYTES,
      source: 'test',
      sees: { reads: true, writes: true, kinds: false, threads: false },
      ...snapshotArrays(units),
    };
    this.heat.known.fill(1);
    this.heat.observations.fill(100);
  }

  /** Sets the rate of a unit, which was accessed just now if it is above 0. NaN: unknown. */
  rate(unit: number, rate: number): void {
    this.heat.rate[unit] = rate;
    this.heat.known[unit] = Number.isNaN(rate) ? 0 : 1;
    if (rate > 0) this.heat.age[unit] = 1;
    else if (!(this.heat.age[unit]! > 0)) this.heat.age[unit] = Number.NaN;
    else this.heat.age[unit]! += EPOCH_MS;
  }

  bytesOf(unit: number): number {
    const { units, lastBytes = UNIT_BYTES } = this.#options;
    return unit === units - 1 ? lastBytes : UNIT_BYTES;
  }

  freeBytes(node: number): number {
    let free = this.#options.room[node]! * UNIT_BYTES;
    for (let unit = 0; unit < this.nodeOf.length; unit++) {
      if (this.nodeOf[unit] === node) free -= this.bytesOf(unit);
    }
    return free;
  }

  input(): PolicyInput {
    const { room, headroom = 0 } = this.#options;
    return {
      heat: this.heat,
      halfLifeMs: 500,
      nodeOf: this.nodeOf,
      nodes: room.map((units, node) => ({
        bytes: units * UNIT_BYTES,
        freeBytes: this.freeBytes(node),
        headroomBytes: node === FAST ? headroom * UNIT_BYTES : 0,
        accessNs: this.accessNs[node]!,
      })),
      moveNsPerByte: this.moveNsPerByte,
      overlap: 1,
      epochMs: EPOCH_MS,
      maxBytes: this.maxUnits * UNIT_BYTES,
    };
  }

  /**
   * One epoch: the policy decides, its list is checked against the contract and carried out.
   * @throws Error that names the duty which the list breaks.
   */
  epoch(policy: Policy): Move[] {
    const moves = new PushedMoves(this.nodeOf.length);
    const input = this.input();
    const returned: unknown = policy.decide(input, moves);
    if (returned instanceof Promise) {
      returned.catch(() => undefined);
      throw new Error('decide returned a promise: it must decide before it returns');
    }
    const fault = this.#check.fault(input, moves);
    if (fault !== undefined) throw new Error(fault);
    const done: Move[] = [];
    for (let i = 0; i < moves.length; i++) {
      const [unit, target] = [moves.unit(i), moves.target(i)];
      this.nodeOf[unit] = target;
      done.push({ unit, target });
    }
    (this.heat as { atMs: number }).atMs += EPOCH_MS;
    return done;
  }

  /** Several epochs with the same heat. Returns all moves. */
  epochs(policy: Policy, count: number): Move[] {
    return Array.from({ length: count }, () => this.epoch(policy)).flat();
  }

  fastUnits(): number[] {
    return [...this.nodeOf.keys()].filter((unit) => this.nodeOf[unit] === FAST);
  }
}
