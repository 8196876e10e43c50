import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccessSource } from '../../src/access/access-source.js';
import { KIND_READ, KIND_UNKNOWN, KIND_WRITE } from '../../src/heat/observation.js';
import type { LiveMachine } from '../../src/mm/ports/live-machine.js';
import type { ThreadUnderTest } from '../machine/conformance-bench.js';
import { HandMigration } from '../machine/hand-migration.js';
import { WatchedScene } from './watched-scene.js';

/** Memory of a program, and a source that watches it. All pages are there, and hold `pagePattern` of their number. */
export interface WatchedMemory {
  readonly machine: LiveMachine;
  readonly source: AccessSource;
  readonly space: number;
  /** A multiple of 512. */
  readonly firstPage: number;
  /** At least 2048. */
  readonly pages: number;
  readonly threads: readonly [ThreadUnderTest, ThreadUnderTest];
  readonly pageBytes: number;
  read(page: number): Uint8Array;
  /** Makes a page absent. */
  forget(page: number): void;
  close(): Promise<void>;
}

interface Seen {
  readonly page: number;
  readonly pages: number;
  readonly touched: boolean;
  readonly kind: number;
  readonly thread: number;
}

const LIMIT_NS = 20_000_000;
const FOR_EVER_NS = 60e9;

/** What an access source owes its caller (src/access/access-source.ts), in code. `open` is called once for each case. */
export function accessConformance(name: string, open: () => Promise<WatchedMemory>): void {
  const behaves = (behaviour: string, check: (watched: Scene) => Promise<void>): void => {
    test(behaviour, { timeout: 120_000 }, async () => {
      const memory = await open();
      try {
        const scene = new Scene(memory);
        await check(scene);
        scene.checkContent();
      } finally {
        await memory.close();
      }
    });
  };

  describe(`${name} keeps the contract of an access source`, () => {
    behaves('units that nobody uses are reported once, untouched, and are back', async (scene) => {
      scene.arm([0, 9], [512, 4], [528, 0], [529, 0], [600, 0]);
      scene.watch();
      assert.deepEqual(scene.collect(), [
        scene.untouched(0, 512),
        scene.untouched(512, 16),
        scene.untouched(528, 1),
        scene.untouched(529, 1),
        scene.untouched(600, 1),
      ]);
      assert.deepEqual([scene.source.cost.units, scene.source.cost.touched], [5, 0]);
    });

    for (const [what, order] of [
      ['a page', 0],
      ['16 pages', 4],
      ['a page table', 9],
    ] as const) {
      for (const write of [false, true]) {
        behaves(`${write ? 'a write to' : 'a read of'} ${what} is seen, and goes on`, async (scene) => {
          const size = 1 << order;
          scene.arm([512, order], [512 + size, order]);
          const page = 512 + size - 1;
          await scene.access(0, page, write);
          scene.watch(1);
          await scene.done(0, page, write);
          assert.deepEqual(scene.collect(), [
            scene.touched(512, size, write ? KIND_WRITE : KIND_READ),
            scene.untouched(512 + size, size),
          ]);
          assert.deepEqual([scene.source.cost.units, scene.source.cost.touched], [2, 1]);
        });
      }
    }

    behaves('two threads that use one unit both go on, and it is reported once', async (scene) => {
      scene.arm([512, 9]);
      await scene.access(0, 600, false);
      await scene.access(1, 700, true);
      scene.watch(1);
      await scene.done(0, 600, false);
      await scene.done(1, 700, true);
      const [seen, ...others] = scene.collect();
      assert.deepEqual([seen!.touched, others], [true, []]);
      assert.equal(scene.source.cost.touched, 1);
    });

    behaves('two threads that use different units are both seen', async (scene) => {
      scene.arm([0, 9], [512, 9], [1024, 9]);
      await scene.access(0, 3, true);
      await scene.access(1, 1100, false);
      scene.watch(2);
      await scene.done(0, 3, true);
      await scene.done(1, 1100, false);
      assert.deepEqual(scene.collect(), [
        scene.touched(0, 512, KIND_WRITE),
        scene.untouched(512, 512),
        scene.touched(1024, 512, KIND_READ),
      ]);
    });

    behaves('when all units were used, the watch is over before its limit', async (scene) => {
      scene.arm([5, 0], [7, 0]);
      await scene.access(0, 5, false);
      await scene.access(1, 7, false);
      scene.source.watch(FOR_EVER_NS, FOR_EVER_NS);
      await scene.done(0, 5, false);
      await scene.done(1, 7, false);
      assert.equal(scene.collect().filter(({ touched }) => touched).length, 2);
    });

    behaves('a thread that comes after the watch goes on when it is collected', async (scene) => {
      scene.arm([512, 9], [1024, 9]);
      scene.watch();
      await scene.access(0, 513, true);
      const seen = scene.collect();
      await scene.done(0, 513, true);
      // Nobody may know of it yet.
      const known = [scene.touched(512, 512, KIND_WRITE), scene.untouched(512, 512)];
      assert.deepEqual(seen, [
        known.find(({ touched }) => touched === seen[0]!.touched),
        scene.untouched(1024, 512),
      ]);
    });

    behaves('units that are used again and again are seen each time', async (scene) => {
      for (let round = 0; round < 20; round++) {
        scene.arm([0, 9], [512, 0]);
        await scene.access(round % 2 === 0 ? 0 : 1, round, round % 3 === 0);
        scene.watch(round + 1);
        await scene.done(round % 2 === 0 ? 0 : 1, round, round % 3 === 0);
        assert.deepEqual(
          scene.collect().map(({ touched }) => touched),
          [true, false],
        );
      }
      assert.deepEqual([scene.source.cost.units, scene.source.cost.touched], [40, 20]);
    });

    behaves('what is absent, or has a hole, is left out', async (scene) => {
      scene.forget(3);
      scene.forget(600);
      assert.equal(scene.arm([2, 0], [3, 0], [4, 0], [512, 9], [1024, 9]), 3);
      scene.watch();
      assert.deepEqual(
        scene.collect().map(({ page }) => page),
        [scene.at(2), scene.at(4), scene.at(1024)],
      );
    });

    behaves('what a migration holds is left out', async (scene) => {
      const { machine, space } = scene.memory;
      const migration = new HandMigration(machine, space, [[scene.at(512), 9]]).isolate();
      assert.equal(scene.arm([0, 0], [512, 9], [600, 0]), 1);
      migration.putback();
      scene.watch();
      assert.deepEqual(
        scene.collect().map(({ page }) => page),
        [scene.at(0)],
      );
    });

    behaves('no more than its maximum is watched at once', async (scene) => {
      const { maxPages } = scene.source;
      const orders = Math.log2(maxPages);
      assert.ok(maxPages < scene.memory.pages && Number.isInteger(orders), 'not what the suite asks for');
      const units = Array.from({ length: scene.memory.pages }, (_, i) => [i, 0] as const);
      assert.equal(scene.arm(...units), maxPages);
      scene.watch();
      assert.equal(scene.collect().length, maxPages);
    });

    behaves('nothing is armed, nothing is reported', async (scene) => {
      assert.equal(scene.arm(), 0);
      scene.watch();
      assert.deepEqual(scene.collect(), []);
      assert.deepEqual(scene.collect(), []);
    });
  });
}

class Scene extends WatchedScene {
  get source(): AccessSource {
    return this.memory.source;
  }

  untouched(offset: number, pages: number): Seen {
    return { page: this.at(offset), pages, touched: false, kind: KIND_UNKNOWN, thread: 0 };
  }

  /** The thread is not compared: see `collect`. */
  touched(offset: number, pages: number, kind: number): Seen {
    const seen = this.source.sees.kinds ? kind : KIND_UNKNOWN;
    return { page: this.at(offset), pages, touched: true, kind: seen, thread: 0 };
  }

  override arm(...units: readonly (readonly [offset: number, order: number])[]): number {
    this.memory.machine.begin(this.space);
    return super.arm(...units);
  }

  /** Until `touched` units were used, because a busy host may take its time. */
  watch(touched = 0): void {
    const { source } = this;
    do source.watch(LIMIT_NS, LIMIT_NS);
    while (source.cost.touched < touched);
  }

  collect(): Seen[] {
    const { machine, space } = this.memory;
    const seen: Seen[] = [];
    this.source.collect((page, pages, watchedNs, accessed, kind, thread) => {
      const touched = accessed > 0;
      assert.ok(watchedNs >= 0);
      if (!touched || !this.source.sees.threads) assert.equal(thread, 0);
      seen.push({ page, pages, touched, kind, thread: 0 });
    });
    assert.equal(machine.pagesOut, false, 'something is out');
    if (seen.length > 0) machine.end(space);
    assert.deepEqual(machine.audit(true), []);
    return seen;
  }
}
