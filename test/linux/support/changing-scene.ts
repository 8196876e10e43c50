import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { errnoName } from '../../../src/common/errno.js';
import { type LinuxMachine, LinuxMachine as Machine } from '../../../src/linux/memory/linux-machine.js';
import { Journal } from '../../../src/linux/rescue/journal.js';
import { advise, MADV_DONTFORK, MADV_NOHUGEPAGE } from '../../../src/linux/sys/mman.js';
import type { Remap } from '../../../src/linux/sys/remap.js';
import type { TableMode } from '../../../src/linux/tables/table-policy.js';
import { assertPattern, pagePattern } from '../../machine/page-pattern.js';
import { HUGE, memory, PAGE, peek, poke } from './memory.js';
import { movePagesOf } from './move-pages-of.js';

const TABLES = 3;
export const PAGES: number = (TABLES * HUGE) / PAGE;

/** What a migration has come to: pages that moved, and those that did not, by reason. */
export interface Outcome {
  readonly moved: number;
  readonly absent: number;
  readonly failed: Readonly<Record<string, number>>;
  readonly tables: number;
}

/** A region of three page tables on the real machine, and a place to do something in the middle of a batch. */
export class ChangingScene {
  readonly journal = new Journal(new SharedArrayBuffer(Journal.bytes(PAGES)));
  readonly machine: LinuxMachine;
  readonly space: number;
  readonly first: number;
  readonly address: number;

  constructor(pageTables: TableMode, movable = false, remap?: Remap) {
    const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };
    this.machine = new Machine({
      nodes: [node, node],
      windowPages: PAGES,
      maxPoolPages: PAGES,
      copy: 'fast',
      pageTables: () => pageTables,
      journal: this.journal.buffer,
      ...(remap === undefined ? {} : { remap }),
    });
    this.address = memory(TABLES * HUGE, false).address;
    advise(this.address, TABLES * HUGE, MADV_DONTFORK);
    advise(this.address, TABLES * HUGE, MADV_NOHUGEPAGE);
    this.first = this.address / PAGE;
    for (let i = 0; i < PAGES; i++) poke(this.at(i), pagePattern(this.first + i, PAGE));
    this.space = this.machine.attach([{ address: this.address, pages: PAGES }], 0, movable);
  }

  /** Address of a page of the region. */
  at(index: number): number {
    return this.address + index * PAGE;
  }

  /**
   * Moves all of it to a node, and calls `change` once, before the machine's method `step` does its work.
   * @param order of the folios.
   */
  migrate(
    target: number,
    step: 'unmap' | 'map' | 'undo' | 'protect' | 'never',
    change: () => void,
    { writeProtected = false, order = 0 } = {},
  ): Outcome {
    const { machine, space } = this;
    const failed: Record<string, number> = {};
    const before = machine.tablesMoved;
    let changed = false;
    const host = step === 'protect' ? machine.writeProtection! : machine;
    if (step !== 'never') {
      const target = host as unknown as Record<string, (...args: unknown[]) => unknown>;
      const method = target[step]!;
      mock.method(target, step, function (this: unknown, ...args: unknown[]) {
        if (!changed) change();
        changed = true;
        return method.apply(host, args);
      });
    }
    machine.begin(space, { writeProtected });
    const stats = movePagesOf(machine, space, this.first, PAGES, target, {
      writeProtected,
      order,
      onFailure: (_page, pages, errno) => {
        failed[errnoName(errno)] = (failed[errnoName(errno)] ?? 0) + pages;
      },
    });
    mock.restoreAll();
    assert.equal(changed, step !== 'never', `${step} was not called`);
    assert.equal(machine.pagesOut, false);
    assert.deepEqual(machine.audit(true), []);
    machine.resolveHoles();
    machine.end(space);
    const moved = stats.get('nr_succeeded');
    return { moved, absent: stats.get('folios_absent'), failed, tables: machine.tablesMoved - before };
  }

  /** Asserts that every page but those has its content, and takes another. */
  assertContent(but: readonly [from: number, to: number] = [0, 0]): void {
    for (let i = 0; i < PAGES; i++) {
      if (i >= but[0] && i < but[1]) continue;
      const content = peek(this.at(i), PAGE);
      assertPattern(content, this.first + i);
      poke(this.at(i), content);
    }
  }

  close(): void {
    this.machine.detach(this.space);
    this.machine.close();
  }
}
