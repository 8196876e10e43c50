import assert from 'node:assert/strict';
import type { Machine } from '../../src/mm/ports/machine.js';
import { type Folio, HandMigration } from './hand-migration.js';
import { assertPattern, pagePattern } from './page-pattern.js';

/**
 * A thread of the program that makes one access at a time. Where it runs by itself, "it waits" has to be seen from outside:
 * it sleeps in the fault, and not merely has not come to it yet.
 */
export interface ThreadUnderTest {
  /** Reads a page, or writes `bytes` to it. Resolves to true when that is done, to false when the thread waits. */
  access(page: number, bytes?: Uint8Array): Promise<boolean>;
  /** Resolves when the access that had to wait is done. What it read, or undefined. */
  done(): Promise<Uint8Array | undefined>;
}

/**
 * A machine, and the program whose memory it migrates.
 *
 * Opened with all of its pages present, on one node. Every node can supply destinations for the whole range, whether as
 * base pages or as 2M folios, and half as many again that are kept from use.
 */
export interface MachineUnderTest {
  readonly machine: Machine;
  /** The machine's handle of the program's address space. */
  readonly space: number;
  /** A multiple of 512. */
  readonly firstPage: number;
  /** At least 2048. */
  readonly pages: number;
  /**
   * False where a folio is contiguous in physical memory: pages that were moved one by one are no large folio any more.
   */
  readonly assembles?: boolean;
  /** At least two. */
  readonly nodes: readonly number[];
  /** A copy of a page's content, read as the program reads it. */
  read(page: number): Uint8Array;
  write(page: number, bytes: Uint8Array): void;
  /** Makes a page absent. */
  forget(page: number): void;
  nodeOf(page: number): number;
  /**
   * Two threads of the program, for the cases of write-protected copies; a subject without them has none of those cases.
   * Everything else is done by the thread that migrates, which never writes to a page that may be write-protected.
   */
  readonly threads?: readonly [ThreadUnderTest, ThreadUnderTest];
  /** Makes a page one that cannot be read where it is mapped, though it is there: swaps it out, poisons it. */
  hide?(page: number): void;
  /** Page tables that it has moved as one so far; a subject that moves none lacks it. */
  tablesMoved?(): number;
  /** Called before the first step of a migration, and after its last one; after a case that fails only `close` is. */
  begin(writeProtected: boolean): void | Promise<void>;
  end(): void | Promise<void>;
  close(): Promise<void>;
}

/** What the cases have in common: a range full of known content, to be moved from `source` to `target`. */
export class Bench {
  readonly subject: MachineUnderTest;
  readonly source: number;
  readonly target: number;
  /** Whether the case is about write-protected copies. */
  writeProtected = false;
  readonly #absent = new Set<number>();
  #generation = 0;

  constructor(subject: MachineUnderTest) {
    const { firstPage, pages, nodes, nodeOf } = subject;
    assert.ok(pages >= 2048 && firstPage % 512 === 0 && nodes.length >= 2, 'not what the suite asks for');
    this.subject = subject;
    this.source = nodeOf.call(subject, firstPage);
    this.target = nodes.find((node) => node !== this.source)!;
  }

  at(offset: number): number {
    return this.subject.firstPage + offset;
  }

  fill(generation = 0): void {
    this.#generation = generation;
    for (let page = this.at(0); page < this.at(2048); page++) {
      this.subject.write(page, pagePattern(page, 4096, generation));
    }
  }

  forget(page: number): void {
    this.subject.forget(page);
    this.#absent.add(page);
  }

  isAbsent(page: number): boolean {
    return this.#absent.has(page);
  }

  /** What a page holds when nothing is wrong with it. */
  patternOf(page: number): Uint8Array {
    return pagePattern(page, 4096, this.#generation);
  }

  /** Absent pages are not read: that would fault them in. */
  checkContent(): void {
    for (let page = this.at(0); page < this.at(2048); page++) {
      if (!this.#absent.has(page)) assertPattern(this.subject.read(page), page, this.#generation);
    }
  }

  checkNodes(folios: readonly Folio[], node: number): void {
    for (const [first, order] of folios) {
      for (let page = first; page < first + (1 << order); page++) {
        if (!this.#absent.has(page))
          assert.equal(this.subject.nodeOf(page), node, `page ${page} is elsewhere`);
      }
    }
  }

  everyFolio(order: number): Folio[] {
    return Array.from({ length: 2048 >> order }, (_, i): Folio => [this.at(i << order), order]);
  }

  /** Runs `steps` between the subject's `begin` and `end`. */
  async migration(
    folios: readonly Folio[],
    steps: (migration: HandMigration) => void | Promise<void>,
    writeProtected = this.writeProtected,
  ): Promise<void> {
    await this.subject.begin(writeProtected);
    await steps(new HandMigration(this.subject.machine, this.subject.space, folios));
    await this.subject.end();
  }

  /** A migration that nothing is wrong with. */
  async moves(folios: readonly Folio[], target = this.target): Promise<void> {
    const steps = (migration: HandMigration): void => {
      migration.isolate().take(target).unmap().copy().map().putback();
    };
    await this.migration(folios, steps, false);
    this.checkNodes(folios, target);
  }
}
