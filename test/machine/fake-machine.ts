import assert from 'node:assert/strict';
import { ERRNO } from '../../src/common/errno.js';
import { PAGE_SIZE } from '../../src/common/page.js';
import { checkBooks, type MachineBooks } from '../../src/mm/audit/machine-books.js';
import { type Batch, NO_FRAME } from '../../src/mm/pipeline/batch.js';
import {
  FOLIO_ISOLATED,
  FOLIO_LISTED,
  FOLIO_MOVED,
  FOLIO_UNMAPPED,
} from '../../src/mm/pipeline/folio-state.js';
import { WP_BROKEN, WP_INTACT, WP_NONE } from '../../src/mm/pipeline/write-protection.js';
import type { Machine } from '../../src/mm/ports/machine.js';
import type { WriteProtectPort } from '../../src/mm/ports/write-protect-port.js';
import { FakeMemory, type PhysicalPage } from './fake-memory.js';
import { FakeProtection } from './fake-protection.js';

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
  /** A positive answer: one page of the folio cannot be protected. */
  readonly onProtect?: Fault;
  /** Told of every call that has no answer to give, before it is done; throwing is a machine that breaks. */
  readonly onCall?: (call: SilentCall) => void;
}

export type SilentCall =
  | 'putback'
  | 'drop'
  | 'flush'
  | 'undo'
  | 'quarantine'
  | 'verifyProtection'
  | 'unprotect'
  | 'beginCutover'
  | 'pause'
  | 'compare'
  | 'ask';

type Step = 'isolate' | 'take' | 'protect' | 'unmap' | 'copy' | 'map';

/** A physical page in the hands of a migration. */
interface Frame {
  /** A view is a page of the program, still mapped, that is read where it is. */
  readonly role: 'source' | 'mapped' | 'destination';
  readonly memory: PhysicalPage;
  /** The program's page that it is the source of, is read as, or the destination for. */
  readonly page: number;
}

/** Who has isolated a page: a batch, whose pieces lie over the same memory. */
function holderOf(batch: Batch): ArrayBufferLike {
  return batch.page.buffer;
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
export class FakeMachine implements Machine, WriteProtectPort {
  readonly writeProtection: WriteProtectPort = this;
  readonly space = 1;
  readonly memory: FakeMemory;
  readonly violations: string[] = [];
  readonly #options: FakeMachineOptions;
  readonly #frames = new Map<number, Frame>();
  readonly #isolated = new Map<number, ArrayBufferLike | 'another migration'>();
  /** Pages of the program that are unmapped now, and the frame that holds each. */
  readonly #unmapped = new Map<number, number>();
  readonly #attempts = new Map<string, number>();
  /** By ticket: memory that a device may still touch. */
  readonly #quarantined = new Map<number, PhysicalPage[]>();
  /** First source frame of a folio whose copy was given up, and its ticket. */
  readonly #quarantinedSources = new Map<number, number>();
  #nextFrame = 1000;
  /** Source frames and views that a thread may still reach through a stale translation. */
  readonly #unflushed = new Set<number>();
  /** Source frames among them that it may still write to: those that were not protected. */
  readonly #writable = new Set<number>();
  readonly #protection = new FakeProtection();
  /** By page: the frame as which it is read while it is write-protected. */
  readonly #mappedFrames = new Map<number, number>();
  /** Pages that are there and cannot be read as they are: swapped out. */
  readonly #hidden = new Set<number>();
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
    const left = pages.find((page) => this.#protection.has(page));
    this.#check(left === undefined, `page ${left} has kept its protection from an earlier batch`);
    if (!pages.some((page) => this.memory.has(page))) return -ERRNO.ENOENT;
    for (const page of pages) this.#isolated.set(page, holderOf(batch));
    return 0;
  }

  putback(batch: Batch, index: number): void {
    this.#options.onCall?.('putback');
    for (const page of this.#pagesOf(batch, index)) {
      this.#check(
        this.#isolated.get(page) === holderOf(batch),
        `page ${page} is put back but was not isolated`,
      );
      this.#check(!this.#unmapped.has(page), `page ${page} is put back unmapped`);
      this.#isolated.delete(page);
    }
  }

  takeDestination(batch: Batch, index: number, node: number): number {
    const pages = this.#pagesOf(batch, index);
    this.#check(
      this.#isolated.get(pages[0]!) === holderOf(batch),
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

  freeDestination(batch: Batch, index: number): void {
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
    const unmapped = batch.state[index] === FOLIO_UNMAPPED;
    const writeProtected = batch.state[index] === FOLIO_ISOLATED && batch.protection[index] === WP_INTACT;
    this.#check(
      unmapped || writeProtected,
      `folio ${page} is quarantined but neither unmapped nor write-protected`,
    );
    const pages = 1 << batch.order[index]!;
    const quarantined = this.#quarantined.get(ticket) ?? [];
    quarantined.push(...this.#return('destination', batch.dst[index]!, pages));
    this.#quarantined.set(ticket, quarantined);
    batch.dst[index] = NO_FRAME;
    // Who still reads the program's own page does no harm.
    if (!unmapped) return;
    this.#quarantinedSources.set(batch.src[index]!, ticket);
    batch.quarantined[index] = 1;
  }

  unquarantine(ticket: number): void {
    for (const physical of this.#quarantined.get(ticket) ?? []) this.memory.give(physical);
    this.#quarantined.delete(ticket);
  }

  sameFrames(dst: number, src: number, pages: number): boolean {
    this.#options.onCall?.('compare');
    for (let k = 0; k < pages; k++) {
      const source = this.#readable(src + k).memory.bytes;
      const destination = this.#frame('destination', dst + k).memory.bytes;
      if (Buffer.compare(source, destination) !== 0) return false;
    }
    return true;
  }

  /** Pages that are kept from everybody because a device may still touch them. */
  get quarantined(): number {
    return [...this.#quarantined.values()].reduce((sum, quarantined) => sum + quarantined.length, 0);
  }

  supportsBatchCopy(batch: Batch, index: number): boolean {
    this.#options.onCall?.('ask');
    return this.#options.movableOps?.has(batch.page[index]!) !== true;
  }

  protect(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      if (batch.state[i] !== FOLIO_ISOLATED || batch.dst[i] === NO_FRAME) continue;
      const pages = this.#pagesOf(batch, i);
      for (const page of pages) {
        this.#check(
          this.#isolated.get(page) === holderOf(batch),
          `page ${page} is write-protected but was not isolated`,
        );
        this.#check(!this.#protection.has(page), `page ${page} is write-protected twice`);
      }
      const errno = this.#fault('protect', this.#options.onProtect, pages[0]!, batch.order[i]!);
      const present = pages.filter((page) => this.memory.has(page));
      if (present.length === 0) continue;
      for (const page of present.slice(errno === 0 ? 0 : 1)) this.#protection.protect(page);
      batch.protection[i] = WP_BROKEN;
      if (errno !== 0 || present.length < pages.length) continue;
      if (pages.some((page) => this.#hidden.has(page))) continue;
      batch.protection[i] = WP_INTACT;
      const mapped = this.#lend(
        'mapped',
        pages,
        pages.map((page) => this.memory.physical(page)),
      );
      batch.mappedFrame[i] = mapped;
      for (const [k, page] of pages.entries()) {
        this.#mappedFrames.set(page, mapped + k);
        this.#unflushed.add(mapped + k);
      }
    }
  }

  verifyProtection(batch: Batch): void {
    this.#options.onCall?.('verifyProtection');
    for (let i = 0; i < batch.length; i++) {
      if (batch.protection[i] !== WP_INTACT) continue;
      const pages = this.#pagesOf(batch, i);
      if (!pages.every((page) => this.#isIntact(page))) batch.protection[i] = WP_BROKEN;
    }
  }

  unprotect(batch: Batch): void {
    this.#options.onCall?.('unprotect');
    for (let i = 0; i < batch.length; i++) {
      if (batch.protection[i] === WP_NONE) continue;
      const pages = this.#pagesOf(batch, i);
      this.#endProtection(pages);
      batch.protection[i] = WP_NONE;
      for (const page of pages) this.#protection.wake(page);
    }
  }

  beginCutover(batch: Batch): boolean {
    this.#options.onCall?.('beginCutover');
    const out = batch.has(batch.state, FOLIO_UNMAPPED);
    this.#check(!out, 'a batch is to be cut over of which a folio is unmapped already');
    return false;
  }

  unmap(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      if (!batch.mayUnmap(i)) continue;
      const pages = this.#pagesOf(batch, i);
      for (const page of pages) {
        this.#check(
          this.#isolated.get(page) === holderOf(batch),
          `page ${page} is unmapped but was not isolated`,
        );
        this.#check(!this.#unmapped.has(page), `page ${page} is unmapped twice`);
      }
      batch.errno[i] = this.#fault('unmap', this.#options.onUnmap, pages[0]!, batch.order[i]!);
      if (batch.errno[i] !== 0) continue;
      if (pages.some((page) => !this.memory.has(page))) {
        batch.errno[i] = ERRNO.ENOENT;
        continue;
      }
      const writable = pages.filter((page) => !this.#protection.stops(page));
      this.#endProtection(pages);
      const memory = pages.map((page) => this.memory.unmap(page));
      const source = this.#lend('source', pages, memory);
      for (const [k, page] of pages.entries()) this.#unmapped.set(page, source + k);
      batch.src[i] = source;
      batch.state[i] = FOLIO_UNMAPPED;
      for (const k of pages.keys()) this.#unflushed.add(source + k);
      for (const page of writable) this.#writable.add(this.#unmapped.get(page)!);
    }
  }

  flush(): void {
    this.#options.onCall?.('flush');
    this.#clock += 1000;
    this.#unflushed.clear();
    this.#writable.clear();
    this.#protection.flush();
  }

  copyFrames(dst: number, src: number, pages: number): number {
    let errno = 0;
    for (let k = 0; k < pages; k++) {
      const source = this.#readable(src + k);
      const destination = this.#frame('destination', dst + k);
      this.#check(!this.#unflushed.has(src + k), 'a copy before the flush');
      this.#check(source.page === destination.page, `page ${source.page} is copied over ${destination.page}`);
      errno ||= this.#fault('copy', this.#options.onCopy, source.page, 0);
    }
    for (let k = 0; k < pages; k++) {
      const destination = this.#frame('destination', dst + k).memory.bytes;
      if (errno === 0) destination.set(this.#readable(src + k).memory.bytes);
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
      const ticket = this.#quarantinedSources.get(batch.src[i]!);
      this.#quarantinedSources.delete(batch.src[i]!);
      const quarantined = ticket === undefined ? undefined : this.#quarantined.get(ticket);
      if (quarantined === undefined) for (const physical of sources) this.memory.give(physical);
      else quarantined.push(...sources);
      batch.state[i] = FOLIO_MOVED;
    }
  }

  undo(batch: Batch): void {
    this.#options.onCall?.('undo');
    for (let i = 0; i < batch.length; i++) {
      if (batch.state[i] !== FOLIO_UNMAPPED) continue;
      const pages = this.#pagesOf(batch, i);
      this.#quarantinedSources.delete(batch.src[i]!);
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

  /** Whether a page of the program is unmapped now. */
  isOut(page: number): boolean {
    return this.#unmapped.has(page);
  }

  /** A write through a pin, which needs no mapping: neither a protection nor a cutover stops it. */
  writeByPin(page: number, bytes: Uint8Array): void {
    if (this.#unmapped.has(page)) this.scribbleOnSource(page, bytes);
    else this.memory.write(page, bytes);
  }

  /**
   * A thread of the program writes to a page. False when it has to wait, because the page is out or protected (and it has
   * no stale translation): it then writes as soon as it is woken, and calls `then`.
   */
  writeByThread(page: number, bytes: Uint8Array, then: () => void = () => undefined): boolean {
    const source = this.#unmapped.get(page);
    if (source !== undefined && this.#writable.has(source)) {
      this.#frame('source', source).memory.bytes.set(bytes);
    } else if (source === undefined && !this.#protection.stops(page)) {
      this.memory.write(page, bytes);
    } else {
      this.#protection.wait(page, () => void this.writeByThread(page, bytes, then));
      return false;
    }
    then();
    return true;
  }

  /** A thread of the program reads a page. False when it has to wait; it then reads as soon as it is woken. */
  readByThread(page: number, then: (bytes: Uint8Array) => void): boolean {
    if (this.#unmapped.has(page)) {
      this.#protection.wait(page, () => void this.readByThread(page, then));
      return false;
    }
    then(this.memory.read(page));
    return true;
  }

  /** The program gives a page back that is mapped, whether or not it is protected. */
  drop(page: number): void {
    this.#protection.unprotect(page);
    this.memory.forget(page);
  }

  /** A page loses its protection, whatever the reason: whoever wanted to write goes on. */
  loseProtection(page: number): void {
    this.#protection.unprotect(page);
    this.#protection.wake(page);
  }

  /** A page is there, but what it holds cannot be read where it is mapped (it is swapped out, say). */
  hide(page: number): void {
    this.#hidden.add(page);
  }

  get protectedPages(): number {
    return this.#protection.protectedPages;
  }

  /** Pages in the hands of migrations now, but for those that are only read. */
  get inFlight(): number {
    return this.#frames.size - this.#mappedFrames.size;
  }

  /** Asserts that no rule was broken and no page is lost; and, unless a migration is on, that it has left nothing behind. */
  audit({ idle = true } = {}): void {
    assert.deepEqual(this.violations, []);
    assert.deepEqual(checkBooks(this.books(), idle), []);
    if (!idle) return;
    assert.equal(this.protectedPages, 0, 'pages have kept their protection');
    assert.equal(this.#mappedFrames.size, 0, 'pages are still to be read by a migration');
    assert.equal(this.#protection.waiting, 0, 'threads sleep for ever');
  }

  /** Its books, as real memory has them. */
  books(): MachineBooks {
    const lent = [...this.#frames.values()]
      .filter(({ role }) => role !== 'mapped')
      .map(({ memory }) => memory);
    return {
      nodes: this.memory.books(lent, [...this.#quarantined.values()].flat()),
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

  /** Whether a write-protected page is still the one that is read, and protected. */
  #isIntact(page: number): boolean {
    const mapped = this.#mappedFrames.get(page);
    if (mapped === undefined || !this.#protection.has(page) || !this.memory.has(page)) return false;
    return this.#frame('mapped', mapped).memory === this.memory.physical(page);
  }

  #endProtection(pages: readonly number[]): void {
    for (const page of pages) {
      this.#protection.unprotect(page);
      const mapped = this.#mappedFrames.get(page);
      if (mapped === undefined) continue;
      this.#frames.delete(mapped);
      this.#mappedFrames.delete(page);
    }
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

  /** A frame that may be copied from. */
  #readable(number: number): Frame {
    return this.#frames.get(number)?.role === 'mapped'
      ? this.#frame('mapped', number)
      : this.#frame('source', number);
  }

  #remap(pages: readonly number[], memory: readonly PhysicalPage[]): void {
    for (const [k, page] of pages.entries()) {
      this.memory.map(page, memory[k]!);
      this.#unmapped.delete(page);
    }
    for (const page of pages) this.#protection.wake(page);
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
