import { PAGE_SIZE } from '../../common/page.js';
import type { MigrationEnd } from '../../engine/migrate-result.js';
import type { HeatSnapshot } from '../../heat/heat-snapshot.js';
import { ListCheck } from '../../policy/list-check.js';
import { FAST, NO_NODE, type Policy, type PolicyInput } from '../../policy/policy.js';
import { PushedMoves } from '../../policy/pushed-moves.js';
import { PTE_MIGRATION } from '../machine/address-space.js';
import type { Program } from './program.js';
import type { SimFerry, SimRequest } from './sim-ferry.js';
import type { Steps } from './task.js';

/** Pages of a unit that a policy moves. */
export const MOVED_PAGES = 4;
const UNIT_BYTES = MOVED_PAGES * PAGE_SIZE;
/** Longer than the virtual time of a watch, so that an access that was seen is a recent one. */
const EPOCH_MS = 10_000;
/** Accesses of the program while a region is watched by marks. */
const WATCHED_ACCESSES = 3;
/** Accesses that threads may make beyond those for which an epoch waits. */
const AHEAD_ACCESSES = 4;
/** The machine's node for each node of a policy. Memory is first on the slow one. */
const NODES = [1, 0] as const;

/** A move that was decided. */
interface Decided {
  readonly unit: number;
  readonly target: number;
  readonly reason: 'demotion' | 'numa_misplaced';
}

export interface SimAutopilotOptions {
  readonly ferry: SimFerry;
  readonly region: number;
  /** Pages of the region, whole units. */
  readonly pages: number;
  readonly policy: Policy;
  readonly visits: Visits;
  /** Units that fit on the fast node. */
  readonly fastUnits: number;
}

/**
 * Threads of a program that come and go. The first access of each of them to a page sets its mark. They wait when they are
 * far ahead of the autopilots, so that each epoch has accesses before, during and after its moves.
 */
export class Visits {
  accesses = 0;
  /** There are no more of them. */
  over = false;
  /** Autopilots that have not ended. */
  autopilots = 0;
  #allowed = AHEAD_ACCESSES;

  /** An epoch waits for so many accesses. */
  await(accesses: number): void {
    this.#allowed = Math.max(this.#allowed, accesses + AHEAD_ACCESSES);
  }

  *steps(program: Program, pages: readonly number[], threads: number): Steps {
    for (let thread = 0; thread < threads; thread++) {
      for (const step of program.writer(pages, 1)) {
        yield () => this.accesses < this.#allowed || this.autopilots === 0;
        this.accesses++;
        yield step;
      }
    }
    this.over = true;
  }
}

/**
 * Places a region: both kinds of access sources watch it, a policy decides from their heat and from records of where each
 * unit is, and the ferry migrates.
 */
export class SimAutopilot {
  /** Moves and records that are wrong. */
  readonly wrong: string[] = [];
  /** Lists that broke the contract, and of which nothing was moved. */
  refused = 0;
  readonly #ferry: SimFerry;
  readonly #region: number;
  readonly #visits: Visits;
  /** The node of each unit by the results of migrations, as the policy counts nodes. `NO_NODE` after a partial one. */
  readonly #records: Uint8Array;
  readonly #policy: Policy;
  readonly #fastUnits: number;
  readonly #check = new ListCheck();
  /** The memory of which the records are. */
  #space = -1;

  constructor({ ferry, region, pages, policy, visits, fastUnits }: SimAutopilotOptions) {
    this.#ferry = ferry;
    this.#region = region;
    this.#visits = visits;
    this.#policy = policy;
    this.#fastUnits = fastUnits;
    this.#records = new Uint8Array(pages / MOVED_PAGES).fill(NO_NODE);
    ferry.autopilots.push(this);
    visits.autopilots++;
  }

  /** Some epochs: it watches, decides and migrates. */
  *steps(epochs: number): Steps {
    yield* this.#epochs(epochs);
    this.#visits.autopilots--;
  }

  *#epochs(epochs: number): Steps {
    const [ferry, region, visits] = [this.#ferry, this.#region, this.#visits];
    for (let epoch = 0; epoch < epochs; epoch++) {
      const begun = ferry.beginWatch(region);
      yield begun.answered;
      const until = visits.accesses + WATCHED_ACCESSES;
      visits.await(until);
      yield () => visits.over || visits.accesses >= until;
      const watched = [ferry.endWatch(region), ferry.watchUnmapped(region)];
      for (const { answered } of watched) yield answered;
      let decided: readonly Decided[] = [];
      yield ferry.perform(`decides for region ${region}`, async () => {
        decided = this.#decide();
      }).answered;
      yield undefined;
      const requests = decided.map((move) => ({ move, request: this.#migrate(move) }));
      for (const { request } of requests) yield request.answered;
    }
  }

  /** Decides in the migration thread, between two steps. */
  #decide(): readonly Decided[] {
    const [ferry, region] = [this.#ferry, this.#region];
    const space = ferry.engine.spaceOf(region);
    if (this.memoryChanged(space)) this.#records.fill(NO_NODE);
    this.#space = space;
    this.#lookUp(space);
    this.#checkRecords();
    const heat = ferry.heatOf(region, UNIT_BYTES);
    const units = this.#records.length;
    // A region that has become shorter has no heat of its last units.
    if (heat.rate.length < units || ferry.machine.space(space).pages < units * MOVED_PAGES) return [];
    const input = this.#input({
      ...heat,
      rate: heat.rate.subarray(0, units),
      age: heat.age.subarray(0, units),
    });
    const moves = new PushedMoves(units);
    this.#policy.decide(input, moves);
    if (!this.accepts(input, moves)) {
      this.refused++;
      return [];
    }
    return Array.from({ length: moves.length }, (_, i) => ({
      unit: moves.unit(i),
      target: moves.target(i),
      reason: moves.target(i) === FAST ? 'numa_misplaced' : 'demotion',
    }));
  }

  /** Whether the region has other memory than the records. explore overrides it with a broken one. */
  protected memoryChanged(space: number): boolean {
    return space !== this.#space;
  }

  /** explore overrides it with a broken one. */
  protected accepts(input: PolicyInput, moves: PushedMoves): boolean {
    return this.#check.fault(input, moves) === undefined;
  }

  #migrate({ unit, target, reason }: Decided): SimRequest {
    const [ferry, region] = [this.#ferry, this.#region];
    const from = unit * MOVED_PAGES;
    const plan = { from, to: from + MOVED_PAGES, target: NODES[target] ?? target, reason };
    const request = ferry.migrate(region, MOVED_PAGES, plan);
    // The record counts once all of the unit has moved.
    this.#records[unit] = NO_NODE;
    void request.answered.then(() => {
      if (request.end !== undefined && this.hasMoved(request.end)) this.#records[unit] = target;
    });
    return request;
  }

  /** Whether all of a unit is on the target of a migration. explore overrides it with a broken one. */
  protected hasMoved({ result, aborted }: MigrationEnd): boolean {
    return !aborted && result.bytesMoved / PAGE_SIZE + result.foliosOnTarget === MOVED_PAGES;
  }

  /** Reads the node of units without a record from the page table. A unit on several nodes is not moved. */
  #lookUp(space: number): void {
    for (let unit = 0; unit < this.#records.length; unit++) {
      if (this.#records[unit] !== NO_NODE) continue;
      const nodes = new Set(this.#nodesOf(space, unit));
      this.#records[unit] = nodes.size === 1 ? NODES.indexOf([...nodes][0] as 0 | 1) : NO_NODE;
    }
  }

  /** Each unit is where the records say. */
  #checkRecords(): void {
    for (const [unit, record] of this.#records.entries()) {
      if (record === NO_NODE) continue;
      const wrong = this.#nodesOf(this.#space, unit).find((node) => node !== NODES[record]);
      if (wrong === undefined) continue;
      this.wrong.push(`unit ${unit} of region ${this.#region} is on node ${wrong}, not ${NODES[record]}`);
    }
    const fast = this.#records.reduce((sum, record) => sum + (record === FAST ? 1 : 0), 0);
    if (fast > this.#fastUnits) this.wrong.push(`${fast} units on a fast node for ${this.#fastUnits}`);
  }

  /** The nodes of the pages of a unit that are present. */
  #nodesOf(space: number, unit: number): number[] {
    const { table } = this.#ferry.program.space;
    const region = this.#ferry.machine.space(space);
    const from = unit * MOVED_PAGES;
    const pages = [...region.numbers(from, from + MOVED_PAGES)];
    return pages
      .filter((page) => table[page]! >= 0 && table[page] !== PTE_MIGRATION)
      .map((page) => region.nodeAt(page));
  }

  #input(heat: HeatSnapshot): PolicyInput {
    const units = this.#records.length;
    const fast = this.#records.reduce((sum, record) => sum + (record === FAST ? 1 : 0), 0);
    // A unit on several nodes may have all but one page on the fast one.
    const between = this.#records.reduce((sum, record) => sum + (record === NO_NODE ? 1 : 0), 0);
    return {
      heat: { ...heat, bytes: units * UNIT_BYTES },
      halfLifeMs: EPOCH_MS,
      nodeOf: this.#records.slice(),
      nodes: [
        {
          bytes: this.#fastUnits * UNIT_BYTES,
          freeBytes: Math.max(0, this.#fastUnits - fast - between) * UNIT_BYTES,
          headroomBytes: 0,
          accessNs: 100,
        },
        { bytes: units * UNIT_BYTES, freeBytes: fast * UNIT_BYTES, headroomBytes: 0, accessNs: 200 },
      ],
      moveNsPerByte: 0,
      overlap: 1,
      epochMs: EPOCH_MS,
      maxBytes: units * UNIT_BYTES,
    };
  }
}
