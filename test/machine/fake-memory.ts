import assert from 'node:assert/strict';
import type { NodeBooks } from '../../src/mm/audit/machine-books.js';
import { assertPattern, pagePattern } from './page-pattern.js';

/** One base page of a node's memory. It never changes its node; programs are given another one instead. */
export interface PhysicalPage {
  readonly node: number;
  readonly bytes: Uint8Array;
}

/**
 * The memory of a fake machine: nodes with a fixed number of physical pages, and one address space that maps
 * page numbers to them. It knows nothing of migrations; whoever takes a physical page out owes it back.
 */
export class FakeMemory {
  readonly pageBytes: number;
  /** Pages by node. */
  readonly #capacity: readonly number[];
  /** By node. */
  readonly #free: PhysicalPage[][] = [];
  readonly #mapped = new Map<number, PhysicalPage>();

  constructor(capacity: readonly number[], pageBytes: number) {
    this.pageBytes = pageBytes;
    this.#capacity = capacity;
    for (const [node, pages] of capacity.entries()) {
      const memory = new ArrayBuffer(pages * pageBytes);
      this.#free.push(
        Array.from({ length: pages }, (_, i) => ({
          node,
          bytes: new Uint8Array(memory, i * pageBytes, pageBytes),
        })),
      );
    }
  }

  /** Gives absent pages memory of `node`, each filled with its own pattern. */
  populate(first: number, pages: number, node: number): void {
    const memory = this.take(node, pages);
    assert.ok(memory, `node ${node} has no ${pages} free pages`);
    for (const [k, physical] of memory.entries()) {
      physical.bytes.set(pagePattern(first + k, this.pageBytes));
      this.map(first + k, physical);
    }
  }

  /** Makes a page absent, as if the program had given it back to the system. */
  forget(page: number): void {
    this.give(this.unmap(page));
  }

  has(page: number): boolean {
    return this.#mapped.has(page);
  }

  nodeOf(page: number): number {
    return this.#at(page).node;
  }

  /** What a page is mapped to. */
  physical(page: number): PhysicalPage {
    return this.#at(page);
  }

  /** A copy of what the program sees. */
  read(page: number): Uint8Array {
    return this.#at(page).bytes.slice();
  }

  write(page: number, bytes: Uint8Array): void {
    this.#at(page).bytes.set(bytes);
  }

  /** Asserts that every page from `first` on is mapped and holds its own pattern. */
  checkContent(first: number, pages: number): void {
    for (let page = first; page < first + pages; page++) assertPattern(this.#at(page).bytes, page);
  }

  freePages(node: number): number {
    return this.#free[node]!.length;
  }

  /** All or nothing: undefined when `node` has fewer free pages. */
  take(node: number, pages: number): PhysicalPage[] | undefined {
    const free = this.#free[node];
    assert.ok(free, `there is no node ${node}`);
    return free.length < pages ? undefined : free.splice(free.length - pages);
  }

  give(physical: PhysicalPage): void {
    this.#free[physical.node]!.push(physical);
  }

  map(page: number, physical: PhysicalPage): void {
    assert.ok(!this.#mapped.has(page), `page ${page} is mapped already`);
    this.#mapped.set(page, physical);
  }

  unmap(page: number): PhysicalPage {
    const physical = this.#at(page);
    this.#mapped.delete(page);
    return physical;
  }

  /** Who owns the physical pages of each node: nobody, the program, or those that have been lent them. */
  books(inFlight: readonly PhysicalPage[], quarantined: readonly PhysicalPage[]): NodeBooks[] {
    const seen = new Set<PhysicalPage>();
    const ownedTwice = this.#capacity.map(() => 0);
    const count = (pages: Iterable<PhysicalPage>): number[] => {
      const byNode = this.#capacity.map(() => 0);
      for (const page of pages) {
        byNode[page.node]!++;
        if (seen.has(page)) ownedTwice[page.node]!++;
        seen.add(page);
      }
      return byNode;
    };
    const free = this.#free.map((pages, node) => count(pages)[node]!);
    const mapped = count(this.#mapped.values());
    const lent = count(inFlight);
    const kept = count(quarantined);
    return this.#capacity.map((frames, node) => ({
      frames,
      free: free[node]!,
      mapped: mapped[node]!,
      inFlight: lent[node]!,
      quarantined: kept[node]!,
      ownedTwice: ownedTwice[node]!,
      promisedPages: 0,
      programPages: 0,
      regionPages: 0,
    }));
  }

  #at(page: number): PhysicalPage {
    const physical = this.#mapped.get(page);
    assert.ok(physical, `page ${page} is not mapped`);
    return physical;
  }
}
