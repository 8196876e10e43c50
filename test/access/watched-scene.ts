import assert from 'node:assert/strict';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { pagePattern } from '../machine/page-pattern.js';
import type { WatchedMemory } from './conformance.js';

/** Memory that is watched, and the content that each page has to have. Pages are offsets from the first one. */
export class WatchedScene {
  readonly memory: WatchedMemory;
  space: number;
  readonly #content = new Map<number, Uint8Array>();
  readonly #absent = new Set<number>();

  constructor(memory: WatchedMemory) {
    this.memory = memory;
    this.space = memory.space;
  }

  at(offset: number): number {
    return this.memory.firstPage + offset;
  }

  arm(...units: readonly (readonly [offset: number, order: number])[]): number {
    const list = new FolioList();
    for (const [offset, order] of units) list.push(this.at(offset), order);
    return this.memory.source.arm(this.space, list);
  }

  forget(offset: number): void {
    this.memory.forget(this.at(offset));
    this.#absent.add(offset);
  }

  /** A thread uses a page, and may have to wait. */
  async access(thread: 0 | 1, offset: number, write: boolean): Promise<void> {
    const { threads, pageBytes } = this.memory;
    const bytes = write ? pagePattern(this.at(offset) + 1_000_000, pageBytes) : undefined;
    if (bytes !== undefined) {
      this.#content.set(offset, bytes);
      this.#absent.delete(offset);
    }
    await threads[thread].access(this.at(offset), bytes);
  }

  /** It has gone on, and has read what was there. */
  async done(thread: 0 | 1, offset: number, write: boolean): Promise<void> {
    const read = await this.memory.threads[thread].done();
    if (!write) assert.deepEqual(read, this.#expected(offset));
  }

  checkContent(): void {
    for (let offset = 0; offset < this.memory.pages; offset++) {
      if (this.#absent.has(offset)) continue;
      assert.deepEqual(this.memory.read(this.at(offset)), this.#expected(offset), `page ${offset}`);
    }
  }

  #expected(offset: number): Uint8Array {
    return this.#content.get(offset) ?? pagePattern(this.at(offset), this.memory.pageBytes);
  }
}
