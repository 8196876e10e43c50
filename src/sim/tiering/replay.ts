import { MoveList } from '../../policy/move-list.js';
import { FAST, type Policy, type PolicyInput } from '../../policy/policy.js';
import { Placement, type Rooms } from './placement.js';
import type { TieredProgram } from './programs/program.js';

/** A part of a list that has moved on the real machine. */
export interface RecordedMove {
  /** Milliseconds from the decision until it had moved. */
  readonly afterMs: number;
  readonly bytes: number;
  readonly promotes: boolean;
}

/** The input of a policy on a real machine, and what became of its list. The nodes are those of the simulated machine. */
export interface RecordedDecision {
  readonly atMs: number;
  readonly input: PolicyInput;
  /** In the order of time. */
  readonly moves: readonly RecordedMove[];
  /** Whether the rest of the list did not move, because the budget was used up. */
  readonly cut: boolean;
}

export interface ReplaySettings {
  readonly program: TieredProgram;
  readonly rooms: Rooms;
  /** In the order of time. */
  readonly decisions: readonly RecordedDecision[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly sliceMs: number;
  /** The accesses of the program to each unit. */
  readonly accesses: (fromMs: number, toMs: number) => Float64Array;
}

/** Replays recorded heat and recorded accesses. Units move one after the other, in the order of the autopilot. */
export function replay(policy: Policy, settings: ReplaySettings): { readonly hitRatio: number } {
  const { program, rooms, decisions, fromMs, toMs, sliceMs, accesses } = settings;
  const placement = new Placement(program, rooms);
  let list: MovingList | undefined;
  let next = 0;
  let [hits, all] = [0, 0];
  for (let at = Math.ceil(fromMs / sliceMs) * sliceMs; at + sliceMs <= toMs; at += sliceMs) {
    const middle = at + sliceMs / 2;
    for (; next < decisions.length && decisions[next]!.atMs <= middle; next++) {
      // The autopilot decides only after it has moved all of the list before.
      list?.arrive(Number.POSITIVE_INFINITY);
      const { input } = decisions[next]!;
      const moves = new MoveList();
      moves.clear(placement.nodeOf.length);
      policy.decide({ ...input, nodeOf: placement.nodeOf, nodes: nodesOf(input, placement, rooms) }, moves);
      list = new MovingList(moves, decisions[next]!, placement);
    }
    list?.arrive(middle);
    const counts = accesses(at, at + sliceMs);
    for (let unit = 0; unit < counts.length; unit++) {
      all += counts[unit]!;
      if (placement.nodeOf[unit] === FAST) hits += counts[unit]!;
    }
    if (list !== undefined) hits += list.inFlight(counts);
  }
  return { hitRatio: all === 0 ? 0 : hits / all };
}

/** A list whose units arrive at the pace of the recorded one. */
class MovingList {
  readonly #moves: MoveList;
  readonly #recorded: RecordedDecision;
  readonly #placement: Placement;
  readonly #order: readonly number[];
  /** Bytes that may still be promoted, and demoted. */
  readonly #left: { promotes: number; demotes: number };
  #next = 0;
  #doneBytes = 0;
  /** The part of the next unit that has arrived. */
  #part = 0;

  constructor(moves: MoveList, recorded: RecordedDecision, placement: Placement) {
    this.#moves = moves;
    this.#recorded = recorded;
    this.#placement = placement;
    this.#order = inOrder(moves);
    const limit = (promotes: boolean): number =>
      recorded.cut ? bytesOf(recorded, promotes) : Number.POSITIVE_INFINITY;
    this.#left = { promotes: limit(true), demotes: limit(false) };
  }

  /** Moves the units that have arrived by this time. */
  arrive(atMs: number): void {
    const arrived = this.#bytesBy(atMs - this.#recorded.atMs);
    this.#part = 0;
    for (; this.#next < this.#order.length; this.#next++) {
      const i = this.#order[this.#next]!;
      const bytes = this.#placement.bytesOf(this.#moves.unit(i));
      const way = this.#moves.target(i) === FAST ? 'promotes' : 'demotes';
      if (bytes > this.#left[way]) continue;
      if (this.#doneBytes + bytes > arrived) {
        this.#part = (arrived - this.#doneBytes) / bytes;
        return;
      }
      this.#left[way] -= bytes;
      this.#doneBytes += bytes;
      this.#placement.move(this.#moves, i, Math.min(atMs, Number.MAX_SAFE_INTEGER));
    }
  }

  /** Accesses of the unit in flight that go to the fast node, less those that are counted there. */
  inFlight(counts: Float64Array): number {
    if (this.#part === 0) return 0;
    const i = this.#order[this.#next]!;
    const there = this.#part * counts[this.#moves.unit(i)]!;
    return this.#moves.target(i) === FAST ? there : -there;
  }

  /** Bytes that have arrived after so many milliseconds. A list of which nothing moved on the real machine arrives at once. */
  #bytesBy(ms: number): number {
    const { moves } = this.#recorded;
    let [beforeMs, bytes] = [0, 0];
    for (const move of moves) {
      if (ms < move.afterMs) return bytes + (move.bytes * (ms - beforeMs)) / (move.afterMs - beforeMs);
      bytes += move.bytes;
      beforeMs = move.afterMs;
    }
    return Number.POSITIVE_INFINITY;
  }
}

function bytesOf({ moves }: RecordedDecision, promotes: boolean): number {
  return moves.reduce((sum, move) => sum + (move.promotes === promotes ? move.bytes : 0), 0);
}

function nodesOf({ nodes }: PolicyInput, placement: Placement, rooms: Rooms): PolicyInput['nodes'] {
  const [fast, slow] = [nodes[FAST]!, nodes[FAST + 1]!];
  const { fastBytes, slowBytes, headroomBytes } = rooms;
  return [
    { bytes: fastBytes, freeBytes: placement.fastFree, headroomBytes, accessNs: fast.accessNs },
    { bytes: slowBytes, freeBytes: placement.slowFree, headroomBytes: 0, accessNs: slow.accessNs },
  ];
}

/** Demotions come first, because they make room. */
function inOrder(moves: MoveList): readonly number[] {
  const order = Array.from({ length: moves.length }, (_, i) => i);
  const phase = (i: number): number => (moves.target(i) === FAST ? 1 : 0);
  return order.sort((a, b) => phase(a) - phase(b) || moves.unit(a) - moves.unit(b));
}
