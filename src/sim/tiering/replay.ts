import { MoveList } from '../../policy/move-list.js';
import { FAST, type Policy, type PolicyInput } from '../../policy/policy.js';
import { Placement, type Rooms } from './placement.js';
import type { TieredProgram } from './programs/program.js';

/** The input of a policy on a real machine, and the moves that followed. The nodes are those of the simulated machine. */
export interface RecordedDecision {
  readonly atMs: number;
  readonly input: PolicyInput;
  /** Bytes that then moved, and the time until all had moved. */
  readonly promotedBytes: number;
  readonly demotedBytes: number;
  readonly movedMs: number;
  /** Whether the rest did not move, because the budget was used up. */
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
  const moves = new MoveList();
  let order: readonly number[] = [];
  let moved = 0;
  let readyMs = 0;
  let msPerByte = 0;
  /** Bytes that may still be promoted, and demoted. */
  const left = [0, 0];
  let next = 0;
  let [hits, all] = [0, 0];
  for (let at = Math.ceil(fromMs / sliceMs) * sliceMs; at + sliceMs <= toMs; at += sliceMs) {
    const middle = at + sliceMs / 2;
    const arrive = (untilMs: number): void => {
      for (; moved < order.length; moved++) {
        const i = order[moved]!;
        const bytes = placement.bytesOf(moves.unit(i));
        const way = moves.target(i) === FAST ? 0 : 1;
        if (bytes > left[way]!) continue;
        const ms = bytes * msPerByte;
        if (readyMs + ms > untilMs) return;
        left[way]! -= bytes;
        readyMs += ms;
        placement.move(moves, i, readyMs);
      }
    };
    while (next < decisions.length && decisions[next]!.atMs <= middle) {
      // The autopilot decides only after it has moved all of the list before.
      arrive(Number.POSITIVE_INFINITY);
      const { input, atMs, promotedBytes, demotedBytes, movedMs, cut } = decisions[next++]!;
      left[0] = cut ? promotedBytes : Number.POSITIVE_INFINITY;
      left[1] = cut ? demotedBytes : Number.POSITIVE_INFINITY;
      const bytes = promotedBytes + demotedBytes;
      if (bytes > 0) msPerByte = movedMs / bytes;
      moves.clear(placement.nodeOf.length);
      policy.decide({ ...input, nodeOf: placement.nodeOf, nodes: nodesOf(input, placement, rooms) }, moves);
      order = inOrder(moves);
      moved = 0;
      readyMs = atMs;
    }
    arrive(middle);
    const counts = accesses(at, at + sliceMs);
    for (let unit = 0; unit < counts.length; unit++) {
      all += counts[unit]!;
      if (placement.nodeOf[unit] === FAST) hits += counts[unit]!;
    }
  }
  return { hitRatio: all === 0 ? 0 : hits / all };
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
