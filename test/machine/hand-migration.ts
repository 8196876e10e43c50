import assert from 'node:assert/strict';
import { ERRNO, errnoName } from '../../src/common/errno.js';
import { Batch, NO_FRAME } from '../../src/mm/pipeline/batch.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import {
  FOLIO_FAILED,
  FOLIO_ISOLATED,
  FOLIO_MOVED,
  FOLIO_UNMAPPED,
} from '../../src/mm/pipeline/folio-state.js';
import { WP_INTACT, WP_NONE } from '../../src/mm/pipeline/write-protection.js';
import type { Machine } from '../../src/mm/ports/machine.js';
import type { WriteProtectPort } from '../../src/mm/ports/write-protect-port.js';

/** A folio as tests write it: its first page and its order. */
export type Folio = readonly [page: number, order: number];

/** As many passes as the pipeline makes. A machine may say EAGAIN for reasons that a test cannot see. */
const PASSES = 10;

/**
 * Drives a machine's port by hand, one step after the other, so that a test can stop in between. Each step
 * asserts what the port promises for folios that nothing is wrong with.
 */
export class HandMigration {
  readonly batch: Batch;
  readonly #machine: Machine;
  #writeProtected = false;

  constructor(machine: Machine, space: number, folios: readonly Folio[], slot = 0) {
    this.#machine = machine;
    this.batch = new Batch(space, folios.length, slot);
    const list = new FolioList(folios.length);
    for (const [page, order] of folios) list.push(page, order);
    this.batch.refill(list, 0, Number.MAX_SAFE_INTEGER);
    assert.equal(this.batch.length, folios.length);
  }

  get indices(): number[] {
    return Array.from({ length: this.batch.length }, (_, i) => i);
  }

  isolate(): this {
    const { batch } = this;
    if (batch.shape === 'run' && this.#machine.isolateRun?.(batch) === true) {
      batch.state.fill(FOLIO_ISOLATED, 0, batch.length);
      return this;
    }
    batch.degrade();
    for (const i of this.indices) {
      this.#succeeds('isolate', i, this.#machine.isolate(this.batch, i));
      this.batch.state[i] = FOLIO_ISOLATED;
    }
    return this;
  }

  take(node: number): this {
    const { batch } = this;
    if (batch.shape === 'run' && this.#machine.takeDestinationRun?.(batch, node) === true) {
      for (const i of this.indices) assert.notEqual(batch.dst[i], NO_FRAME);
      return this;
    }
    batch.degrade();
    for (const i of this.indices) {
      this.#succeeds('takeDestination', i, this.#machine.takeDestination(this.batch, i, node));
      assert.notEqual(this.batch.dst[i], NO_FRAME);
    }
    return this;
  }

  /** Write-protects what can be, and flushes; the caller looks at how far that went. */
  tryProtect(): this {
    this.#writeProtection.protect(this.batch);
    this.#writeProtected = true;
    this.#machine.flush();
    return this;
  }

  protect(): this {
    this.tryProtect();
    for (const i of this.indices)
      assert.equal(this.batch.protection[i], WP_INTACT, this.#about('protect', i, 0));
    return this;
  }

  verifyProtection(): this {
    this.#writeProtection.verifyProtection(this.batch);
    return this;
  }

  unprotect(): this {
    this.#writeProtection.unprotect(this.batch);
    return this;
  }

  /** Copies from where the program reads, and leaves it ready to be mapped. */
  copyMapped(indices: readonly number[] = this.indices): this {
    const { mappedFrame, dst, order, ready } = this.batch;
    for (const i of indices) {
      this.#succeeds('copyFrames', i, this.#machine.copyFrames(dst[i]!, mappedFrame[i]!, 1 << order[i]!));
      ready[i] = 1;
    }
    return this;
  }

  /** Unmaps what can be unmapped; the caller looks at what could not. */
  tryUnmap(): this {
    const { state, errno, protection } = this.batch;
    const waiting = (i: number): boolean => state[i] === FOLIO_ISOLATED && errno[i] === ERRNO.EAGAIN;
    if (this.#writeProtected) this.#writeProtection.beginCutover?.(this.batch);
    this.#writeProtected = false;
    for (let pass = 1; pass <= PASSES; pass++) {
      this.#machine.unmap(this.batch);
      if (this.batch.has(state, FOLIO_ISOLATED)) this.batch.degrade();
      if (!this.indices.some(waiting)) break;
      this.#machine.pause('sync', pass);
    }
    this.#machine.flush();
    for (const i of this.indices) if (state[i] === FOLIO_UNMAPPED) protection[i] = WP_NONE;
    return this;
  }

  unmap(): this {
    this.tryUnmap();
    for (const i of this.indices) {
      assert.equal(this.batch.state[i], FOLIO_UNMAPPED, this.#about('unmap', i, this.batch.errno[i]!));
      assert.equal(this.batch.errno[i], 0);
      assert.notEqual(this.batch.src[i], NO_FRAME);
    }
    return this;
  }

  copy(indices: readonly number[] = this.indices): this {
    const { src, dst, order, ready } = this.batch;
    for (const i of indices) {
      this.#succeeds('copyFrames', i, this.#machine.copyFrames(dst[i]!, src[i]!, 1 << order[i]!));
      ready[i] = 1;
    }
    return this;
  }

  /** Maps what is ready, and asserts that exactly that has moved. */
  map(): this {
    const { state, ready, errno } = this.batch;
    const expected = this.indices.filter((i) => ready[i] === 1);
    if (expected.length < this.batch.length) this.batch.degrade();
    for (let pass = 1; pass <= PASSES; pass++) {
      this.#machine.map(this.batch);
      ready.fill(0);
      const again = expected.filter((i) => state[i] === FOLIO_UNMAPPED && errno[i] === ERRNO.EAGAIN);
      if (again.length === 0) break;
      this.#machine.pause('sync', pass);
      this.copy(again);
    }
    for (const i of expected) {
      assert.equal(state[i], FOLIO_MOVED, this.#about('map', i, errno[i]!));
    }
    return this;
  }

  undo(): this {
    const unmapped = this.indices.filter((i) => this.batch.state[i] === FOLIO_UNMAPPED);
    this.#machine.undo(this.batch);
    if (unmapped.length > 0) this.batch.degrade();
    for (const i of unmapped) assert.equal(this.batch.state[i], FOLIO_ISOLATED);
    return this;
  }

  /** Drops the destinations of isolated folios. */
  drop(): this {
    for (const i of this.indices) {
      if (this.batch.state[i] !== FOLIO_ISOLATED || this.batch.dst[i] === NO_FRAME) continue;
      this.#machine.freeDestination(this.batch, i);
    }
    return this;
  }

  /** The copy of these folios was given up while a device may still be at it. They have no destination then. */
  quarantine(ticket: number, indices: readonly number[] = this.indices): this {
    this.batch.degrade();
    for (const i of indices) {
      const src = this.batch.src[i];
      const state = this.batch.state[i];
      this.#machine.quarantine(this.batch, i, ticket);
      assert.equal(this.batch.dst[i], NO_FRAME);
      assert.equal(this.batch.src[i], src);
      // Of a write-protected folio there is no source yet that could be put aside.
      assert.equal(this.batch.quarantined[i], state === FOLIO_UNMAPPED ? 1 : 0);
      assert.equal(this.batch.state[i], state);
    }
    return this;
  }

  /** Takes a destination for each unmapped or write-protected folio that has none. */
  takeAnother(node: number): this {
    const { state, protection, dst } = this.batch;
    for (const i of this.indices) {
      const writeProtected = state[i] === FOLIO_ISOLATED && protection[i] !== WP_NONE;
      if ((state[i] !== FOLIO_UNMAPPED && !writeProtected) || dst[i] !== NO_FRAME) continue;
      this.#succeeds('takeDestination', i, this.#machine.takeDestination(this.batch, i, node));
    }
    return this;
  }

  /** The frames that hold the folios' content, or that it is to be copied to. */
  frames(side: 'src' | 'dst'): number[] {
    return this.indices.flatMap((i) =>
      Array.from({ length: 1 << this.batch.order[i]! }, (_, k) => this.batch[side][i]! + k),
    );
  }

  putback(): void {
    for (const i of this.indices) {
      if (this.batch.state[i] === FOLIO_ISOLATED) this.batch.state[i] = FOLIO_FAILED;
      this.#machine.putback(this.batch, i);
    }
  }

  get #writeProtection(): WriteProtectPort {
    return this.#machine.writeProtection ?? assert.fail('the machine cannot write-protect memory');
  }

  #succeeds(step: string, index: number, result: number): void {
    assert.ok(result === 0, this.#about(step, index, -result));
  }

  #about(step: string, index: number, errno: number): string {
    const { page, order } = this.batch;
    return `${step} of the order-${order[index]} folio at page ${page[index]}: ${errnoName(errno)}`;
  }
}
