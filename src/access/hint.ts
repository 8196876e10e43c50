import { ERRNO } from '../common/errno.js';
import {
  KIND_READ,
  KIND_UNKNOWN,
  KIND_WRITE,
  NO_THREAD,
  type Sight,
  UNTOUCHED,
} from '../heat/observation.js';
import { Batch, MAX_BATCHES_OUT } from '../mm/pipeline/batch.js';
import type { FolioList } from '../mm/pipeline/folio-list.js';
import { FOLIO_ISOLATED, FOLIO_UNMAPPED } from '../mm/pipeline/folio-state.js';
import type { AccessPort } from '../mm/ports/access-port.js';
import type { LiveMachine } from '../mm/ports/live-machine.js';
import type { AccessCost, AccessSource, OnSeen } from './access-source.js';

/** Bounds of the CPU time of a page fault, and how fast the estimate may rise. */
const MIN_FAULT_NS = 2_000;
const MAX_FAULT_NS = 100_000;
const FAULT_DRIFT = 1.02;
const FAULT_MARGIN = 1.5;
/** Passes over units that gave EAGAIN. A unit that is still busy is left out. */
const PASSES = 2;

/**
 * The source `hint`: units are unmapped for a moment, and the first access brings each back. It is the twin of the kernel's
 * NUMA hint faults (task_numa_work in kernel/sched/fair.c), with an unmapped unit in the place of PROT_NONE.
 *
 * A watched unit is a folio of a batch that is unmapped and then undone, by the calls of a migration. So everything that
 * holds for a migration holds here: the journal names the unit while it is out, and a rescuer brings it back.
 */
export class HintSource implements AccessSource {
  readonly name = 'hint';
  readonly sees: Sight = { reads: true, writes: true, kinds: true, threads: true };
  readonly inPlace = false;
  readonly maxPages: number;
  readonly #machine: LiveMachine;
  readonly #port: AccessPort;
  readonly #batchPages: number;
  readonly #batches: Watched[] = [];
  /** How many of the batches are in use. */
  #used = 0;
  /** Units that are out. */
  #out = 0;
  /** The program's CPU time at the last touch, or at the end of `arm`. */
  #lastTouch = 0;
  /** CPU time from `arm` to the last touch in which the program has used its memory. */
  #usedNs = 0;
  /** CPU time that a page fault costs the program: the least that was seen between two touches, a little more each time. */
  #faultNs = MAX_FAULT_NS;
  #cpuNs = 0;
  #stalledNs = 0;
  #units = 0;
  #touched = 0;

  /** @param batchPages Base pages of one batch, as in a migration. */
  constructor(machine: LiveMachine, port: AccessPort, batchPages: number) {
    this.#machine = machine;
    this.#port = port;
    this.#batchPages = batchPages;
    this.maxPages = batchPages * MAX_BATCHES_OUT;
  }

  get cost(): AccessCost {
    return {
      cpuNs: this.#cpuNs,
      stalledNs: this.#stalledNs,
      units: this.#units,
      touched: this.#touched,
    };
  }

  arm(space: number, units: FolioList): number {
    const cpu = this.#port.cpuNs();
    this.#used = 0;
    this.#out = 0;
    for (let from = 0; from < units.length && this.#used < MAX_BATCHES_OUT; this.#used++) {
      const watched = this.#batch(this.#used, space, units.length);
      from = watched.batch.refill(units, from, this.#batchPages);
      this.#out += this.#takeOut(watched);
    }
    this.#machine.flush();
    this.#units += this.#out;
    this.#usedNs = 0;
    this.#lastTouch = this.#port.programNs();
    this.#cpuNs += this.#port.cpuNs() - cpu;
    return this.#out;
  }

  watch(programNs: number, limitNs: number): void {
    const cpu = this.#port.cpuNs();
    const end = this.#machine.now() + limitNs;
    while (this.#out > 0) {
      const left = Math.min(programNs - this.#watched(), end - this.#machine.now());
      // A part of a nanosecond may be too little to change the clock.
      if (left < 1) break;
      this.#port.awaitTouch(left);
      this.#serve();
    }
    this.#cpuNs += this.#port.cpuNs() - cpu;
  }

  collect(seen: OnSeen): void {
    const cpu = this.#port.cpuNs();
    // Units that were touched since the watch.
    this.#serve();
    const watchedNs = this.#watched();
    for (let k = 0; k < this.#used; k++) this.#report(this.#batches[k]!, watchedNs, seen);
    this.#used = 0;
    this.#out = 0;
    this.#cpuNs += this.#port.cpuNs() - cpu;
  }

  /** CPU time that the program has spent since `arm`, without its page faults. */
  #watched(): number {
    return this.#usedNs + this.#sinceTouch(this.#port.programNs());
  }

  /** CPU time since the last touch, without a page fault, of which some more is taken for a fault than it costs. */
  #sinceTouch(programNs: number): number {
    const passed = programNs - this.#lastTouch;
    return passed < FAULT_MARGIN * this.#faultNs ? 0 : passed - this.#faultNs;
  }

  /** A thread has touched a unit. */
  #noteTouch(): void {
    const program = this.#port.programNs();
    this.#usedNs += this.#sinceTouch(program);
    const passed = program - this.#lastTouch;
    if (passed >= MIN_FAULT_NS) this.#faultNs = Math.min(MAX_FAULT_NS, this.#faultNs * FAULT_DRIFT, passed);
    this.#lastTouch = program;
  }

  #batch(index: number, space: number, capacity: number): Watched {
    const known = this.#batches[index];
    if (known?.batch.space === space && known.batch.capacity >= capacity) return known;
    const watched = new Watched(new Batch(space, capacity, index));
    this.#batches[index] = watched;
    return watched;
  }

  /** Returns how many units of a batch are out. */
  #takeOut({ batch, after, kind, thread }: Watched): number {
    const machine = this.#machine;
    batch.degrade();
    batch.watched = true;
    for (let i = 0; i < batch.length; i++) {
      if (machine.isolate(batch, i) === 0) batch.state[i] = FOLIO_ISOLATED;
    }
    for (let pass = 0; pass < PASSES && batch.has(batch.state, FOLIO_ISOLATED); pass++) {
      machine.unmap(batch);
      if (!batch.errno.subarray(0, batch.length).includes(ERRNO.EAGAIN)) break;
    }
    batch.degrade();
    let out = 0;
    for (let i = 0; i < batch.length; i++) {
      if (batch.state[i] === FOLIO_UNMAPPED) out++;
      else if (batch.state[i] === FOLIO_ISOLATED) machine.putback(batch, i);
    }
    after.fill(UNTOUCHED, 0, batch.length);
    kind.fill(0, 0, batch.length);
    thread.fill(0, 0, batch.length);
    return out;
  }

  /** Brings back every unit that a thread waits for. */
  #serve(): void {
    const noticed = this.#machine.now();
    let served = false;
    this.#port.takeTouches((page, write, thread) => {
      for (let k = 0; k < this.#used; k++) {
        const units = this.#batches[k]!;
        const i = indexOf(units.batch, page);
        if (i < 0) continue;
        this.#bringBack(units, i, write, thread);
        served = true;
        return;
      }
    });
    if (!served) return;
    this.#stalledNs += this.#machine.now() - noticed;
  }

  #bringBack(watched: Watched, i: number, write: boolean, thread: number): void {
    const { batch } = watched;
    if (batch.state[i] !== FOLIO_UNMAPPED) return;
    this.#noteTouch();
    watched.after[i] = this.#usedNs;
    const piece = batch.piece(i, i + 1);
    this.#machine.undo(piece);
    this.#machine.putback(piece, 0);
    watched.kind[i] = write ? KIND_WRITE : KIND_READ;
    watched.thread[i] = thread;
    this.#out--;
    this.#touched++;
  }

  /** Brings back what nobody has touched, and reports the batch. */
  #report({ batch, after, kind, thread }: Watched, watchedNs: number, seen: OnSeen): void {
    const untouched = batch.has(batch.state, FOLIO_UNMAPPED);
    for (let i = 0; i < batch.length; i++) {
      const pages = 1 << batch.order[i]!;
      if (after[i] !== UNTOUCHED) seen(batch.page[i]!, pages, after[i]!, 1, kind[i]!, thread[i]!);
      else if (batch.state[i] === FOLIO_UNMAPPED)
        seen(batch.page[i]!, pages, watchedNs, 0, KIND_UNKNOWN, NO_THREAD);
    }
    if (!untouched) return;
    // A unit that has returned is FOLIO_ISOLATED in the batch, although it is isolated no more.
    const returns: number[] = [];
    for (let i = 0; i < batch.length; i++) if (batch.state[i] === FOLIO_UNMAPPED) returns.push(i);
    this.#machine.undo(batch);
    for (const i of returns) this.#machine.putback(batch, i);
  }
}

/** A batch of units, and what was seen of each. */
class Watched {
  readonly batch: Batch;
  /** Nanoseconds to the first access, or UNTOUCHED. */
  readonly after: Float64Array;
  readonly kind: Uint8Array;
  readonly thread: Int32Array;

  constructor(batch: Batch) {
    this.batch = batch;
    this.after = new Float64Array(batch.capacity);
    this.kind = new Uint8Array(batch.capacity);
    this.thread = new Int32Array(batch.capacity);
  }
}

/** The folio of a batch that holds a page, or -1. The folios are in the order of addresses. */
function indexOf({ length, page, order }: Batch, at: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (page[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  const i = low - 1;
  return i >= 0 && at < page[i]! + (1 << order[i]!) ? i : -1;
}
