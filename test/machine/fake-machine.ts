import assert from 'node:assert/strict';
import { type Batch, NO_FRAME } from '../../src/mm/batch.js';
import { ERRNO } from '../../src/mm/errno.js';
import { FOLIO_ISOLATED, FOLIO_LISTED, FOLIO_MOVED, FOLIO_UNMAPPED } from '../../src/mm/folio-state.js';
import type { Machine } from '../../src/mm/machine.js';
import { checkBooks, type MachineBooks } from '../../src/mm/machine-books.js';
import { PAGE_SIZE } from '../../src/mm/page.js';
import { FakeMemory, type PhysicalPage } from './fake-memory.js';

/**
 * Asked before a step is done; a positive errno makes the step fail with it, 0 lets it happen, and throwing
 * is a machine that breaks. `page` is the folio's first page, `attempt` counts from 1.
 */
export type Fault = (page: number, attempt: number, order: number) => number;

export interface FakeMachineOptions {
  /** Base pages of each node. */
  readonly capacity?: readonly number[];
  /** Bytes of a base page; less than a real one makes long random tests quick. */
  readonly pageBytes?: number;
  /** Folios, by first page, that their owner moves with a callback of its own. */
  readonly movableOps?: ReadonlySet<number>;
  readonly onIsolate?: Fault;
  readonly onTake?: Fault;
  readonly onUnmap?: Fault;
  /** Asked for every base page of a copy, with its own number: a page that cannot be read fails the whole run. */
  readonly onCopy?: Fault;
  readonly onMap?: Fault;
  /** Told of every call that has no answer to give, before it is done; throwing is a machine that breaks. */
  readonly onCall?: (call: SilentCall) => void;
}

export type SilentCall =
  | 'putback'
  | 'drop'
  | 'flush'
  | 'restore'
  | 'quarantine'
  | 'pause'
  | 'compare'
  | 'ask';

type Step = 'isolate' | 'take' | 'unmap' | 'copy' | 'map';

/** A physical page in the hands of a migration. */
interface Frame {
  readonly role: 'source' | 'destination';
  readonly memory: PhysicalPage;
  /** The program's page that it is the source of, or the destination for. */
  readonly page: number;
}

/** What a page read as after a copy that failed: anything but the content. */
const GARBAGE = 0xee;

/**
 * A machine of plain JavaScript objects that watches whoever drives it: each rule of the port that can be
 * broken is checked, and breaking it throws. What was broken is also remembered for `audit`, because a
 * migrator's exceptions do not reach the test.
 *
 * A frame number is only a name, given when a migration gets hold of a page and never given again, so a stale
 * one is always noticed. A folio's frames are named consecutively even where its memory is scattered.
 */
export class FakeMachine implements Machine {
  readonly space = 1;
  readonly memory: FakeMemory;
  readonly violations: string[] = [];
  readonly #options: FakeMachineOptions;
  readonly #frames = new Map<number, Frame>();
  readonly #isolated = new Map<number, Batch | 'another migration'>();
  /** Pages of the program that are unmapped now, and the frame that holds each. */
  readonly #unmapped = new Map<number, number>();
  readonly #attempts = new Map<string, number>();
  /** By ticket: memory that a device may still touch. */
  readonly #held = new Map<number, PhysicalPage[]>();
  /** First source frame of a folio whose copy was given up, and its ticket. */
  readonly #heldSources = new Map<number, number>();
  #nextFrame = 1000;
  /** Source frames that a thread may still reach through a stale translation. */
  readonly #unflushed = new Set<number>();
  #clock = 0;

  constructor(options: FakeMachineOptions = {}) {
    this.#options = options;
    this.memory = new FakeMemory(options.capacity ?? [4096, 4096], options.pageBytes ?? PAGE_SIZE);
  }

  now(): number {
    return this.#clock;
  }

  isolate(batch: Batch, index: number): number {
    const pages = this.#pagesOf(batch, index);
    this.#check(batch.state[index] === FOLIO_LISTED, `folio ${pages[0]} is isolated out of turn`);
    const errno = this.#fault('isolate', this.#options.onIsolate, pages[0]!, batch.order[index]!);
    if (errno !== 0) return -errno;
    if (pages.some((page) => this.#isolated.has(page))) return -ERRNO.EBUSY;
    if (!pages.some((page) => this.memory.has(page))) return -ERRNO.ENOENT;
    for (const page of pages) this.#isolated.set(page, batch);
    return 0;
  }

  putback(batch: Batch, index: number): void {
    this.#options.onCall?.('putback');
    for (const page of this.#pagesOf(batch, index)) {
      this.#check(this.#isolated.get(page) === batch, `page ${page} is put back but was not isolated`);
      this.#check(!this.#unmapped.has(page), `page ${page} is put back unmapped`);
      this.#isolated.delete(page);
    }
  }

  takeDestination(batch: Batch, index: number, node: number): number {
    const pages = this.#pagesOf(batch, index);
    this.#check(
      this.#isolated.get(pages[0]!) === batch,
      `a destination is taken for ${pages[0]}, not isolated`,
    );
    const errno = this.#fault('take', this.#options.onTake, pages[0]!, batch.order[index]!);
    if (errno !== 0) return -errno;
    const memory = this.memory.take(node, pages.length);
    if (memory === undefined) return -ERRNO.ENOMEM;
    for (const physical of memory) physical.bytes.fill(GARBAGE);
    batch.dst[index] = this.#lend('destination', pages, memory);
    return 0;
  }

  dropDestination(batch: Batch, index: number): void {
    this.#options.onCall?.('drop');
    const page = batch.page[index]!;
    this.#check(
      batch.state[index] !== FOLIO_UNMAPPED,
      `the destination of ${page} is dropped while unmapped`,
    );
    for (const physical of this.#return('destination', batch.dst[index]!, 1 << batch.order[index]!)) {
      this.memory.give(physical);
    }
  }

  quarantine(batch: Batch, index: number, ticket: number): void {
    this.#options.onCall?.('quarantine');
    const page = batch.page[index]!;
    this.#check(batch.state[index] === FOLIO_UNMAPPED, `folio ${page} is quarantined but not unmapped`);
    const pages = 1 << batch.order[index]!;
    const held = this.#held.get(ticket) ?? [];
    held.push(...this.#return('destination', batch.dst[index]!, pages));
    this.#held.set(ticket, held);
    this.#heldSources.set(batch.src[index]!, ticket);
    batch.dst[index] = NO_FRAME;
    batch.held[index] = 1;
  }

  unquarantine(ticket: number): void {
    for (const physical of this.#held.get(ticket) ?? []) this.memory.give(physical);
    this.#held.delete(ticket);
  }

  sameFrames(dst: number, src: number, pages: number): boolean {
    this.#options.onCall?.('compare');
    for (let k = 0; k < pages; k++) {
      const source = this.#frame('source', src + k).memory.bytes;
      const destination = this.#frame('destination', dst + k).memory.bytes;
      if (Buffer.compare(source, destination) !== 0) return false;
    }
    return true;
  }

  /** Pages that are kept from everybody because a device may still touch them. */
  get quarantined(): number {
    return [...this.#held.values()].reduce((sum, held) => sum + held.length, 0);
  }

  supportsBatchCopy(batch: Batch, index: number): boolean {
    this.#options.onCall?.('ask');
    return this.#options.movableOps?.has(batch.page[index]!) !== true;
  }

  unmap(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      if (batch.state[i] !== FOLIO_ISOLATED || batch.dst[i] === NO_FRAME) continue;
      const pages = this.#pagesOf(batch, i);
      for (const page of pages) {
        this.#check(this.#isolated.get(page) === batch, `page ${page} is unmapped but was not isolated`);
        this.#check(!this.#unmapped.has(page), `page ${page} is unmapped twice`);
      }
      batch.errno[i] = this.#fault('unmap', this.#options.onUnmap, pages[0]!, batch.order[i]!);
      if (batch.errno[i] !== 0) continue;
      if (pages.some((page) => !this.memory.has(page))) {
        batch.errno[i] = ERRNO.ENOENT;
        continue;
      }
      const memory = pages.map((page) => this.memory.unmap(page));
      const source = this.#lend('source', pages, memory);
      for (const [k, page] of pages.entries()) this.#unmapped.set(page, source + k);
      batch.src[i] = source;
      batch.state[i] = FOLIO_UNMAPPED;
      for (const k of pages.keys()) this.#unflushed.add(source + k);
    }
  }

  flush(): void {
    this.#options.onCall?.('flush');
    this.#clock += 1000;
    this.#unflushed.clear();
  }

  copyFrames(dst: number, src: number, pages: number): number {
    let errno = 0;
    for (let k = 0; k < pages; k++) {
      const source = this.#frame('source', src + k);
      const destination = this.#frame('destination', dst + k);
      this.#check(!this.#unflushed.has(src + k), 'a copy before the flush');
      this.#check(source.page === destination.page, `page ${source.page} is copied over ${destination.page}`);
      errno ||= this.#fault('copy', this.#options.onCopy, source.page, 0);
    }
    for (let k = 0; k < pages; k++) {
      const destination = this.#frame('destination', dst + k).memory.bytes;
      if (errno === 0) destination.set(this.#frame('source', src + k).memory.bytes);
      else destination.fill(GARBAGE);
    }
    return errno === 0 ? 0 : -errno;
  }

  map(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      if (batch.ready[i] !== 1) continue;
      const pages = this.#pagesOf(batch, i);
      this.#check(batch.state[i] === FOLIO_UNMAPPED, `folio ${pages[0]} is ready but not unmapped`);
      batch.errno[i] = this.#fault('map', this.#options.onMap, pages[0]!, batch.order[i]!);
      if (batch.errno[i] !== 0) continue;
      this.#checkCopied(batch, i);
      const sources = this.#return('source', batch.src[i]!, pages.length);
      this.#remap(pages, this.#return('destination', batch.dst[i]!, pages.length));
      const ticket = this.#heldSources.get(batch.src[i]!);
      this.#heldSources.delete(batch.src[i]!);
      const held = ticket === undefined ? undefined : this.#held.get(ticket);
      if (held === undefined) for (const physical of sources) this.memory.give(physical);
      else held.push(...sources);
      batch.state[i] = FOLIO_MOVED;
    }
  }

  restore(batch: Batch): void {
    this.#options.onCall?.('restore');
    for (let i = 0; i < batch.length; i++) {
      if (batch.state[i] !== FOLIO_UNMAPPED) continue;
      const pages = this.#pagesOf(batch, i);
      this.#heldSources.delete(batch.src[i]!);
      this.#remap(pages, this.#return('source', batch.src[i]!, pages.length));
      batch.state[i] = FOLIO_ISOLATED;
    }
  }

  pause(): void {
    this.#options.onCall?.('pause');
    this.#clock += 1_000_000;
  }

  /** Another migration isolates the folio, until `release`. */
  hold(page: number, order = 0): void {
    for (let k = 0; k < 1 << order; k++) this.#isolated.set(page + k, 'another migration');
  }

  release(page: number, order = 0): void {
    for (let k = 0; k < 1 << order; k++) this.#isolated.delete(page + k);
  }

  /** How often a step was tried for a page; for all steps but `copy`, for the folio that starts there. */
  attempts(step: Step, page: number): number {
    return this.#attempts.get(`${step} ${page}`) ?? 0;
  }

  /** The program's page whose content the frame holds, or is to hold. */
  pageAt(frame: number): number {
    const { page } = this.#frames.get(frame) ?? assert.fail(`nobody owns frame ${frame}`);
    return page;
  }

  /** Changes a page that is unmapped: a device or another holder of a reference still writes its source. */
  scribbleOnSource(page: number, bytes: Uint8Array): void {
    const source = this.#unmapped.get(page) ?? assert.fail(`page ${page} is not unmapped`);
    this.#frame('source', source).memory.bytes.set(bytes);
  }

  /** Pages in the hands of migrations now. */
  get inFlight(): number {
    return this.#frames.size;
  }

  /** Asserts that no rule was broken and no page is lost; and, unless a migration is on, that it has left nothing behind. */
  audit({ idle = true } = {}): void {
    assert.deepEqual(this.violations, []);
    assert.deepEqual(checkBooks(this.books(), idle), []);
  }

  /** Its books, as real memory has them. */
  books(): MachineBooks {
    const lent = [...this.#frames.values()].map((frame) => frame.memory);
    return {
      nodes: this.memory.books(lent, [...this.#held.values()].flat()),
      foliosOut: this.#unmapped.size,
      journalRuns: 0,
      isolatedPages: [...this.#isolated.values()].filter((by) => by !== 'another migration').length,
    };
  }

  /** The content of a page that is unmapped. */
  readUnmapped(page: number): Uint8Array {
    const source = this.#unmapped.get(page) ?? assert.fail(`page ${page} is lost`);
    return this.#frame('source', source).memory.bytes.slice();
  }

  #pagesOf(batch: Batch, index: number): number[] {
    this.#check(batch.space === this.space, `space ${batch.space} is not of this machine`);
    this.#check(index < batch.length, `there is no folio ${index} in the batch`);
    this.#clock += 100;
    return Array.from({ length: 1 << batch.order[index]! }, (_, k) => batch.page[index]! + k);
  }

  #lend(role: Frame['role'], pages: readonly number[], memory: readonly PhysicalPage[]): number {
    const first = this.#nextFrame;
    this.#nextFrame += pages.length;
    for (const [k, page] of pages.entries()) this.#frames.set(first + k, { role, page, memory: memory[k]! });
    return first;
  }

  #return(role: Frame['role'], first: number, pages: number): PhysicalPage[] {
    return Array.from({ length: pages }, (_, k) => {
      const { memory } = this.#frame(role, first + k);
      this.#frames.delete(first + k);
      return memory;
    });
  }

  #frame(role: Frame['role'], number: number): Frame {
    const frame = this.#frames.get(number);
    if (frame?.role === role) return frame;
    return this.#violation(`frame ${number} is used as a ${role} but is ${frame?.role ?? 'not in flight'}`);
  }

  #remap(pages: readonly number[], memory: readonly PhysicalPage[]): void {
    for (const [k, page] of pages.entries()) {
      this.memory.map(page, memory[k]!);
      this.#unmapped.delete(page);
    }
  }

  #checkCopied(batch: Batch, index: number): void {
    for (let k = 0; k < 1 << batch.order[index]!; k++) {
      const source = this.#frame('source', batch.src[index]! + k);
      const destination = this.#frame('destination', batch.dst[index]! + k);
      const same = Buffer.compare(source.memory.bytes, destination.memory.bytes) === 0;
      this.#check(same, `page ${source.page} is mapped to a destination that does not hold its content`);
    }
  }

  #fault(step: Step, fault: Fault | undefined, page: number, order: number): number {
    const attempt = this.attempts(step, page) + 1;
    this.#attempts.set(`${step} ${page}`, attempt);
    return fault?.(page, attempt, order) ?? 0;
  }

  #check(holds: boolean, rule: string): void {
    if (!holds) this.#violation(rule);
  }

  #violation(rule: string): never {
    this.violations.push(rule);
    throw new Error(`the machine was misused: ${rule}`);
  }
}
