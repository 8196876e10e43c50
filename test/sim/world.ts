import assert from 'node:assert/strict';
import { checkCounters } from '../../src/mm/audit/counter-equations.js';
import { checkBooks } from '../../src/mm/audit/machine-books.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import type { AddressSpace } from '../../src/sim/machine/address-space.js';
import { Simulation } from '../../src/sim/simulation.js';
import type {
  SimMigrateRequest,
  SimMigratorOptions,
  SimResult,
  SimulationOptions,
} from '../../src/sim/simulation-options.js';
import { zen3 } from './profiles.js';

/** A simulated machine with one program whose pages each have a content of their own. */
export class World {
  readonly sim: Simulation;
  readonly space: AddressSpace;

  constructor(pages: number, order: number, options: Partial<SimulationOptions> = {}) {
    this.sim = new Simulation({ profile: zen3(), nodePages: [4096, 4096], ...options });
    this.space = this.sim.newSpace(0, pages);
    for (let page = 0; page < pages; page += 1 << order) this.sim.machine.fault(this.space, page, order);
    for (let page = 0; page < pages; page++) this.sim.memory.content.fill(this.frame(page), 1, page + 1);
  }

  frame(page: number): number {
    return this.space.table[page]!;
  }

  register(options: SimMigratorOptions): void {
    this.sim.registry.register(this.sim.createMigrator(options));
  }

  /** All pages, in folios of that order. */
  list(order: number): FolioList {
    const list = new FolioList();
    for (let page = 0; page < this.space.pages; page += 1 << order) list.push(page, order);
    return list;
  }

  move(order: number, request: Partial<SimMigrateRequest> = {}): SimResult {
    const whole = { space: this.space.id, target: 1, reason: 'syscall', ...request } as const;
    return this.sim.migrate(whole, this.list(order));
  }

  /** Nothing is lost, nothing in flight; returns how many pages are on each node. */
  check(result?: SimResult, absent: ReadonlySet<number> = new Set()): number[] {
    const { content } = this.sim.memory;
    const onNode = this.sim.memory.zones.map(() => 0);
    for (let page = 0; page < this.space.pages; page++) {
      const frame = this.frame(page);
      if (absent.has(page)) continue;
      assert.ok(frame >= 0, `page ${page} is not mapped`);
      for (let word = 0; word < content.words; word++) {
        assert.equal(content.get(frame, word), page + 1, `page ${page} has lost its content`);
      }
      onNode[this.sim.memory.nodeOf(frame)]!++;
    }
    assert.deepEqual(checkBooks(this.sim.machine.books()), []);
    if (result !== undefined) assert.deepEqual(checkCounters(result.stats), []);
    return onNode;
  }
}
