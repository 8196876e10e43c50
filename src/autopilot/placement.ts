import { PMD_SIZE } from '../common/page.js';
import type { Ferry } from '../ferry/ferry.js';
import type { HeatSnapshot } from '../heat/heat-snapshot.js';
import type { MigrateReason } from '../mm/reason.js';
import { accessSaving, fastShare } from '../policy/access-saving.js';
import { MoveList } from '../policy/move-list.js';
import { FAST, NO_NODE, type PolicyInput, type PolicyNode } from '../policy/policy.js';
import type { Budget } from './budget.js';
import type { Decider } from './decider.js';
import type { Ledger } from './ledger.js';
import type { ManagedRegion, UnitRun } from './managed-region.js';
import type { Mover } from './mover.js';
import { forbids, type Units } from './units.js';

/** Units of one call: 64 MiB. Between two calls the autopilot can stop. */
export const MOST_UNITS = 32;
/** A unit that is moved back within this time is a ping-pong. Milliseconds. */
const PING_PONG_MS = 1000;
/** Times for which the program loses the time of the migration thread: as CPU, and as the wait of a thread. */
const LOST_TIMES = 2;

interface PlacedRun extends UnitRun {
  length: number;
  readonly target: number;
  readonly reason: MigrateReason;
  gainNs: number;
}

/** The knowledge of an epoch. */
export interface Epoch {
  /** Milliseconds. */
  readonly now: number;
  /** Milliseconds since the epoch before. */
  readonly epochMs: number;
  readonly halfLifeMs: number;
  readonly heat: HeatSnapshot;
  /** Access times by the policy's number of a node. */
  readonly accessNs: readonly number[];
  readonly maxBytes: number;
  /** The regions by their index. */
  readonly managed: ReadonlyMap<number, ManagedRegion>;
  readonly stopping: () => boolean;
}

/** Observes decisions, for benches. */
export interface DecisionObserver {
  /** A policy is about to decide. The input is valid only during the call. */
  decides(input: PolicyInput): void;
  /** So many bytes of the last decision have moved. */
  moved(bytes: number, target: number): void;
  /** The rest of the last decision is left out, because the budget is used up. */
  cut(): void;
}

/** The actuator of nodes: a policy decides which units move to which node, and they are moved. */
export class NodePlacement {
  readonly #ferry: Ferry;
  readonly #decider: Decider;
  readonly #observer: DecisionObserver | undefined;
  readonly #headroom: number;
  readonly #budget: Budget;
  readonly #ledger: Ledger;
  readonly #moves = new MoveList();
  /** Part of the accesses that went to the fast node in the last epoch. */
  hitRatio: number | null = null;

  constructor(
    ferry: Ferry,
    headroom: number,
    parts: {
      readonly budget: Budget;
      readonly ledger: Ledger;
      readonly decider: Decider;
      readonly observer: DecisionObserver | undefined;
    },
  ) {
    this.#ferry = ferry;
    this.#decider = parts.decider;
    this.#observer = parts.observer;
    this.#headroom = headroom;
    this.#budget = parts.budget;
    this.#ledger = parts.ledger;
  }

  /** @param order Index of each node of the ferry, the fastest first. */
  async act(epoch: Epoch, units: Units, mover: Mover, order: readonly number[]): Promise<void> {
    const input = this.#input(epoch, units, order);
    this.hitRatio = fastShare({ ...input, nodeOf: units.all.where });
    if (accessSaving(input) === 0) return;
    this.#observer?.decides(input);
    this.#moves.clear(units.length);
    if (!(await this.#decider.decide(input, this.#moves)) || epoch.stopping()) return;
    const ids = order.map((node) => this.#ferry.nodeIds[node]!);
    /** Bytes by which demotions have made room for promotions. */
    let roomBytes = 0;
    for (const run of this.#runs(epoch, units)) {
      if (epoch.stopping()) return;
      const { target, reason } = run;
      const { where, movedAt, cameFrom } = units.all;
      const from = where[run.place]!;
      const bytes = run.length * PMD_SIZE;
      // Half of an exchange would leave cold memory and hot memory on the slow node. So the budget gets into debt for the rest.
      const completes = target === FAST && bytes <= roomBytes;
      if (this.#budget.left() <= 0 && !completes) {
        this.#observer?.cut();
        this.#ledger.refused('nodes', 'budget', run.length, bytes);
        continue;
      }
      const move = {
        actuator: 'nodes',
        policy: this.#decider.name!,
        reason,
        from: ids[from]!,
        to: ids[target]!,
      } as const;
      const result = await mover.move(run, move, epoch.now);
      if (result === undefined || result.bytesMoved === 0) continue;
      this.#observer?.moved(result.bytesMoved, target);
      roomBytes += target === FAST ? -bytes : bytes;
      this.#ledger.predictedGainNs += run.gainNs;
      for (let place = run.place; place < run.place + run.length; place++) {
        if (cameFrom[place] === target && epoch.now - movedAt[place]! < PING_PONG_MS) {
          this.#ledger.pingPong(PMD_SIZE);
        }
        cameFrom[place] = from;
        movedAt[place] = epoch.now;
        // The next look corrects it, if some pages have stayed.
        where[place] = target;
      }
    }
  }

  #input(epoch: Epoch, units: Units, order: readonly number[]): PolicyInput {
    const { heat, halfLifeMs, epochMs, maxBytes, accessNs, now } = epoch;
    const all = units.all;
    const used = order.map(() => 0);
    for (let place = 0; place < units.length; place++) {
      const node = all.where[place]!;
      all.nodeOf[place] = node;
      if (node === NO_NODE) continue;
      used[node]! += PMD_SIZE;
      const { slower, faster } = forbids(all.advice[place]!);
      const left = all.locked[place] !== 0 || all.restUntil[place]! > now;
      if (left || (node === FAST ? slower : faster)) all.nodeOf[place] = NO_NODE;
    }
    const state = this.#ferry.nodes;
    const nodes = order.map((index, number): PolicyNode => {
      const freeBytes = Math.min(state[index]!.bytesFree, Number.MAX_SAFE_INTEGER / 2);
      const bytes = used[number]! + freeBytes;
      const headroomBytes = number === FAST ? Math.ceil(bytes * this.#headroom) : 0;
      return { bytes, freeBytes, headroomBytes, accessNs: accessNs[number]! };
    });
    const moveNsPerByte = this.#budget.nsPerByte * LOST_TIMES;
    return { heat, halfLifeMs, nodeOf: all.nodeOf, nodes, moveNsPerByte, overlap: 1, epochMs, maxBytes };
  }

  /** Joins the moves into runs. Demotions come before promotions, because they make room. */
  #runs({ managed }: Epoch, units: Units): PlacedRun[] {
    const moves = this.#moves;
    const { owner, unit, where } = units.all;
    const order = Array.from({ length: moves.length }, (_, i) => i);
    const phase = (i: number): number => (moves.target(i) === FAST ? NO_NODE : moves.target(i));
    order.sort((a, b) => phase(a) - phase(b) || moves.unit(a) - moves.unit(b));
    const runs: PlacedRun[] = [];
    let last: PlacedRun | undefined;
    for (const i of order) {
      const place = moves.unit(i);
      const target = moves.target(i);
      const before = last === undefined ? -1 : last.place + last.length;
      const joins =
        last !== undefined &&
        last.target === target &&
        last.length < MOST_UNITS &&
        place === before &&
        owner[place] === owner[place - 1] &&
        unit[place] === unit[place - 1]! + 1 &&
        where[place] === where[place - 1];
      if (joins) {
        last!.length++;
        last!.gainNs += moves.gainNs(i);
        continue;
      }
      const region = managed.get(owner[place]!);
      if (region === undefined) continue;
      const reason = moves.reason(i);
      last = {
        managed: region,
        unit: unit[place]!,
        place,
        length: 1,
        target,
        reason,
        gainNs: moves.gainNs(i),
      };
      runs.push(last);
    }
    return runs;
  }
}
