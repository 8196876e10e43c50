import { RandomStream } from '../../common/random.js';
import type { HeatSnapshot } from '../../heat/heat-snapshot.js';
import { MoveList } from '../../policy/move-list.js';
import { FAST, type Policy, type PolicyNode } from '../../policy/policy.js';
import type { CallCost, MigrationCosts } from './migration-costs.js';
import { Placement, type Rooms } from './placement.js';
import { type TieredProgram, unitsOf } from './programs/program.js';
import { type Throughput, throughputOf } from './throughput.js';
import type { TieredMachine } from './tiers.js';
import { waitsForBatch } from './waits.js';
import { WatchedHeat } from './watched-heat.js';

/** Weight of the last epoch in what moves have cost. */
const NEWEST = 0.5;
/** A call of this size gives the first estimate of what a move costs. */
const FIRST_CALL = 2 ** 26;

/** Everything but the policy. */
export interface TieringSettings {
  readonly machine: TieredMachine;
  readonly program: TieredProgram;
  readonly costs: MigrationCosts;
  /** Size of the fast node, as a part of the program's memory, above 0 and up to 1. */
  readonly fastPart: number;
  /** Part of the fast node that policies keep free. */
  readonly headroomPart: number;
  /** Size of the slow node, as a part of the program's memory. It has room for what the fast node has not. @defaultValue 1 */
  readonly slowPart?: number;
  /** Promoted memory keeps its old copy while it is clean. @defaultValue false */
  readonly shadows?: boolean;
  readonly lengthMs: number;
  readonly epochMs: number;
  /** Time for which the access source watches in each epoch. */
  readonly watchMs: number;
  readonly halfLifeMs: number;
  /** Processors that the program leaves to migrations. Beyond them, its threads lose the CPU time of migrations. */
  readonly freeCpus: number;
  readonly seed: number;
}

/** The work of a program, and what moves have cost it. */
export interface TieringFigures {
  readonly nsPerOperation: number;
  /** Part of the accesses that went to the fast node. */
  readonly hitRatio: number;
  readonly promotedBytes: number;
  readonly demotedBytes: number;
  /** Bytes of the moves that were copied. Moves of clean memory with a shadow are not. */
  readonly copiedBytes: number;
  /** The most bytes of shadows at once. */
  readonly maxShadowBytes: number;
  /** Units that moved within a second of their last move. */
  readonly pingPongs: number;
  /** Part of the threads' time that they waited for pages in flight. */
  readonly waitPart: number;
  /** Part of the threads' time that migrations took from them as CPU. */
  readonly cpuPart: number;
  /** The longest time for which a batch was unmapped, nanoseconds. */
  readonly longestOutNs: number;
}

/** Runs a program with a policy. The same settings give the same figures. */
export function runPolicy(policy: Policy, settings: TieringSettings): TieringFigures {
  return new TieringRun(settings).run(policy);
}

/** The share of the accesses that go to the fast node, from the share of each unit. */
export type ShareOf = (shares: Float64Array) => number;

/** Runs a program that never waits for a move: with all memory on one node, as first touched, or placed by an oracle. */
export function runStill(share: ShareOf, settings: TieringSettings): TieringFigures {
  const { machine, program, lengthMs, epochMs } = settings;
  const shares = new Float64Array(unitsOf(program));
  let operations = 0;
  let accesses = 0;
  let hits = 0;
  for (let atMs = 0; atMs < lengthMs; atMs += epochMs) {
    const ms = Math.min(epochMs, lengthMs - atMs);
    program.fill(shares, atMs, atMs + ms);
    const fast = share(shares);
    const done = throughputOf(program, machine, fast, 0).accessesPerNs * ms * 1e6;
    accesses += done;
    hits += done * fast;
    operations += done / program.accessesPerOperation;
  }
  return {
    nsPerOperation: (lengthMs * 1e6) / operations,
    hitRatio: hits / accesses,
    promotedBytes: 0,
    demotedBytes: 0,
    copiedBytes: 0,
    maxShadowBytes: 0,
    pingPongs: 0,
    waitPart: 0,
    cpuPart: 0,
    longestOutNs: 0,
  };
}

/** One run, epoch by epoch. */
class TieringRun {
  readonly #settings: TieringSettings;
  readonly #shares: Float64Array;
  readonly #rates: Float64Array;
  readonly #rooms: Rooms;
  readonly #placement: Placement;
  readonly #heat: WatchedHeat;
  readonly #moves = new MoveList();
  /** Time that the program has lost for each byte that moved, and the time of the migrating thread. */
  #lostPerByte: number;
  #wallPerByte: number;
  /** Time of the migrating thread that is still needed for moves of earlier epochs. */
  #backlogNs = 0;
  #waitNs = 0;
  #cpuNs = 0;
  /** Time of the program's threads for faults of the last epoch, and of all since the last move. */
  #faultNs = 0;
  #unpaidNs = 0;
  #longestOutNs = 0;

  constructor(settings: TieringSettings) {
    this.#settings = settings;
    const { program, watchMs, halfLifeMs, seed, costs, shadows } = settings;
    const units = unitsOf(program);
    this.#shares = new Float64Array(units);
    this.#rates = new Float64Array(units);
    this.#rooms = roomsOf(settings);
    this.#placement = new Placement(program, this.#rooms, shadows === true ? costs.folio : undefined);
    const { bytes, unitBytes } = program;
    const random = new RandomStream(seed ^ 0x3c6ef372);
    this.#heat = new WatchedHeat({ bytes, unitBytes, watchMs, halfLifeMs, random });
    const call = costs.of(FIRST_CALL);
    this.#wallPerByte = call.wallNs / FIRST_CALL;
    this.#lostPerByte = (call.cpuNs * this.#stolen()) / FIRST_CALL;
  }

  run(policy: Policy): TieringFigures {
    const { machine, program, lengthMs, epochMs } = this.#settings;
    const shares = this.#shares;
    let speed: Throughput | undefined;
    let snapshot: HeatSnapshot | undefined;
    let operations = 0;
    let accesses = 0;
    let hits = 0;
    for (let atMs = 0; atMs < lengthMs; atMs += epochMs) {
      const ms = Math.min(epochMs, lengthMs - atMs);
      program.fill(shares, atMs, atMs + ms);
      const before = this.#placement.fastShare(shares);
      let migrated = { copied: 0, lostNs: 0 };
      const backlog = this.#backlogNs;
      if (snapshot !== undefined && speed !== undefined && backlog === 0) {
        this.#decide(policy, snapshot, speed);
        const now = throughputOf(program, machine, before, 0);
        migrated = this.#migrate(atMs, now.accessesPerNs);
      }
      const epochNs = ms * 1e6;
      const trafficGBps = migrated.copied / epochNs;
      const after = this.#placement.fastShare(shares);
      const first = throughputOf(program, machine, before, trafficGBps);
      speed = after === before ? first : throughputOf(program, machine, after, trafficGBps);
      // The units arrive one after the other, so half of them are late by half of the migration.
      const late = Math.min(1, this.#backlogNs / epochNs) / 2;
      this.#backlogNs = Math.max(0, this.#backlogNs - epochNs);
      const lostNs = migrated.lostNs + this.#faultNs;
      this.#faultNs = 0;
      const running = Math.max(0, epochNs - lostNs / program.threads);
      const done = running * (late * first.accessesPerNs + (1 - late) * speed.accessesPerNs);
      accesses += done;
      hits += running * (late * first.accessesPerNs * before + (1 - late) * speed.accessesPerNs * after);
      operations += done / program.accessesPerOperation;
      this.#write(done);
      for (let unit = 0; unit < shares.length; unit++) {
        this.#rates[unit] = (shares[unit]! * done) / (ms / 1000);
      }
      snapshot = this.#heat.watch(this.#rates, atMs + ms);
    }
    const threadNs = lengthMs * 1e6 * program.threads;
    const { promotedBytes, demotedBytes, copiedBytes, maxShadowBytes, pingPongs } = this.#placement;
    return {
      nsPerOperation: (lengthMs * 1e6) / operations,
      hitRatio: hits / accesses,
      promotedBytes,
      demotedBytes,
      copiedBytes,
      maxShadowBytes,
      pingPongs,
      waitPart: this.#waitNs / threadNs,
      cpuPart: this.#cpuNs / threadNs,
      longestOutNs: this.#longestOutNs,
    };
  }

  #decide(policy: Policy, heat: HeatSnapshot, speed: Throughput): void {
    const { program, epochMs, halfLifeMs } = this.#settings;
    const { nodeOf, fastFree, slowFree } = this.#placement;
    const { fastBytes, slowBytes, headroomBytes } = this.#rooms;
    const nodes: PolicyNode[] = [
      {
        bytes: fastBytes,
        freeBytes: fastFree,
        headroomBytes,
        accessNs: speed.fastNs,
      },
      { bytes: slowBytes, freeBytes: slowFree, headroomBytes: 0, accessNs: speed.slowNs },
    ];
    this.#moves.clear(nodeOf.length);
    const { overlap } = program;
    const maxBytes = (epochMs * 1e6) / this.#wallPerByte;
    const moveNsPerByte = this.#lostPerByte;
    policy.decide(
      { heat, halfLifeMs, nodeOf, nodes, moveNsPerByte, overlap, epochMs, maxBytes },
      this.#moves,
    );
  }

  /** Executes the list: a call for each run of moves to the same node. */
  #migrate(atMs: number, accessesPerNs: number): { copied: number; lostNs: number } {
    const moves = this.#moves;
    let bytes = 0;
    let lostNs = 0;
    let wallNs = 0;
    const before = this.#placement.copiedBytes;
    for (let from = 0; from < moves.length; ) {
      let to = from;
      while (to < moves.length && moves.target(to) === moves.target(from)) to++;
      const call = this.#call(from, to, accessesPerNs);
      for (let i = from; i < to; i++) this.#placement.move(moves, i, atMs);
      bytes += call.bytes;
      lostNs += call.lostNs;
      wallNs += call.wallNs;
      from = to;
    }
    if (bytes === 0) return { copied: 0, lostNs };
    this.#backlogNs = wallNs;
    // Faults are a cost of the promotions before.
    this.#lostPerByte += NEWEST * ((lostNs + this.#unpaidNs) / bytes - this.#lostPerByte);
    this.#unpaidNs = 0;
    this.#wallPerByte += NEWEST * (wallNs / bytes - this.#wallPerByte);
    return { copied: this.#placement.copiedBytes - before, lostNs };
  }

  #call(from: number, to: number, accessesPerNs: number): { bytes: number; lostNs: number; wallNs: number } {
    const { costs, program } = this.#settings;
    const moves = this.#moves;
    let bytes = 0;
    let copied = 0;
    for (let i = from; i < to; i++) {
      const unit = moves.unit(i);
      const unitBytes = this.#placement.bytesOf(unit);
      bytes += unitBytes;
      copied += unitBytes * (1 - this.#placement.cleanPart(unit));
    }
    const { wallNs, cpuNs, outNs } = this.#cost(bytes, copied);
    const { batchBytes } = costs;
    this.#longestOutNs = Math.max(this.#longestOutNs, outNs);
    let waitNs = 0;
    let inBatch = 0;
    let share = 0;
    for (let i = from; i < to; i++) {
      const unit = moves.unit(i);
      const unitBytes = this.#placement.bytesOf(unit);
      if (unitBytes >= batchBytes) {
        const batches = unitBytes / batchBytes;
        const rate = (this.#shares[unit]! * accessesPerNs) / batches;
        waitNs += batches * waitsForBatch(rate, program.threads, outNs);
        continue;
      }
      share += this.#shares[unit]!;
      inBatch += unitBytes;
      if (inBatch < batchBytes && i + 1 < to) continue;
      waitNs += waitsForBatch(share * accessesPerNs, program.threads, outNs);
      inBatch = share = 0;
    }
    const stolenNs = cpuNs * this.#stolen();
    this.#waitNs += waitNs;
    this.#cpuNs += stolenNs;
    return { bytes, wallNs, lostNs: waitNs + stolenNs };
  }

  /** The cost of a call of which only a part is copied. */
  #cost(bytes: number, copied: number): CallCost {
    const { costs } = this.#settings;
    const part = copied / bytes;
    if (part === 1) return costs.of(bytes);
    const full = costs.of(bytes);
    const none = costs.copyless.of(bytes);
    const between = (a: number, b: number): number => a + part * (b - a);
    return {
      wallNs: between(none.wallNs, full.wallNs),
      cpuNs: between(none.cpuNs, full.cpuNs),
      outNs: between(none.outNs, full.outNs),
    };
  }

  /** Writes of an epoch drop shadows. */
  #write(accesses: number): void {
    const { shadows, nodeOf } = this.#placement;
    if (shadows === undefined) return;
    const { program, costs } = this.#settings;
    const { writes, writesTo = () => writes } = program;
    let faults = 0;
    for (let unit = 0; unit < nodeOf.length; unit++) {
      if (nodeOf[unit] !== FAST) continue;
      faults += shadows.write(unit, this.#shares[unit]! * accesses * writesTo(unit));
    }
    this.#faultNs = faults * costs.faultNs;
    this.#unpaidNs += this.#faultNs;
  }

  /** Part of the CPU time of migrations that the program's threads lose. */
  #stolen(): number {
    const { machine, program, costs, freeCpus } = this.#settings;
    const free = freeCpus + Math.max(0, machine.cpus - program.threads);
    return Math.max(0, 1 - free / costs.threads);
  }
}

/** Bytes of the fast node: whole units, at least one. */
export function fastBytesOf({ bytes, unitBytes }: TieredProgram, part: number): number {
  return Math.max(1, Math.round((bytes * part) / unitBytes)) * unitBytes;
}

/** The sizes of the nodes. */
export function roomsOf({
  program,
  fastPart,
  headroomPart,
  slowPart = 1,
}: Pick<TieringSettings, 'program' | 'fastPart' | 'headroomPart' | 'slowPart'>): Rooms {
  const fastBytes = fastBytesOf(program, fastPart);
  const slowBytes = Math.ceil((program.bytes * slowPart) / program.unitBytes) * program.unitBytes;
  return { fastBytes, slowBytes, headroomBytes: Math.ceil(fastBytes * headroomPart) };
}
