import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PAGE_SIZE } from '../../src/common/page.js';
import { KIND_UNKNOWN, KIND_WRITE } from '../../src/heat/observation.js';
import { HandMigration } from '../machine/hand-migration.js';
import type { WatchedMemory } from './conformance.js';
import { WatchedScene } from './watched-scene.js';

/** What was seen of a unit: its first page, its pages, and the pages that were accessed. */
type Seen = readonly [offset: number, pages: number, accessed: number];

/**
 * What an access source that is in place owes its caller (src/access/access-source.ts), in code. `open` is called once for
 * each case, and gives base pages.
 */
export function inPlaceConformance(name: string, open: () => Promise<WatchedMemory>): void {
  const behaves = (behaviour: string, check: (scene: Scene) => Promise<void>): void => {
    test(behaviour, { timeout: 120_000 }, async () => {
      const memory = await open();
      try {
        const scene = new Scene(memory);
        await check(scene);
        scene.checkContent();
        assert.deepEqual(memory.machine.audit(true), []);
      } finally {
        await memory.close();
      }
    });
  };

  describe(`${name} keeps the contract of an access source in place`, () => {
    behaves('units that nobody uses are reported once, untouched', async (scene) => {
      assert.equal(scene.arm([0, 9], [512, 4], [528, 0], [529, 0], [600, 0]), 5);
      const untouched: Seen[] = [
        [0, 512, 0],
        [512, 16, 0],
        [528, 1, 0],
        [529, 1, 0],
        [600, 1, 0],
      ];
      assert.deepEqual(await scene.collect(), untouched);
      assert.deepEqual(await scene.collect(), []);
      const { units, touched } = scene.memory.source.cost;
      assert.deepEqual([units, touched], [5, 0]);
    });

    behaves('each accessed page counts, and no thread waits', async (scene) => {
      const { sees } = scene.memory.source;
      scene.arm([0, 9], [512, 9], [1024, 9], [1536, 9]);
      for (const offset of [512, 700, 701, 1023, 1536]) await scene.write(offset);
      for (const offset of [3, 900]) await scene.read(offset);
      const reads = sees.reads ? 1 : 0;
      assert.deepEqual(await scene.collect(), [
        [0, 512, reads],
        [512, 512, 4 + reads],
        [1024, 512, 0],
        [1536, 512, 1],
      ]);
      assert.equal(scene.memory.source.cost.stalledNs, 0);
    });

    behaves('a page that is used again and again counts once, in each watch', async (scene) => {
      for (let round = 0; round < 5; round++) {
        scene.arm([512, 9]);
        for (let k = 0; k < 3; k++) await scene.write(600 + round);
        assert.deepEqual(await scene.collect(), [[512, 512, 1]]);
      }
    });

    behaves('what was accessed between two watches is not seen', async (scene) => {
      await scene.write(5);
      scene.arm([0, 9]);
      assert.deepEqual(await scene.collect(), [[0, 512, 0]]);
      await scene.write(6);
      scene.arm([0, 9]);
      await scene.write(7);
      assert.deepEqual(await scene.collect(), [[0, 512, 1]]);
    });

    behaves('absent pages are not accessed', async (scene) => {
      for (const offset of [512, 513, 600]) scene.forget(offset);
      scene.arm([512, 9]);
      await scene.write(514);
      assert.deepEqual(await scene.collect(), [[512, 512, 1]]);
    });

    behaves('a watch that begins ends the one before', async (scene) => {
      scene.arm([0, 9]);
      await scene.write(5);
      scene.arm([512, 9]);
      await scene.write(600);
      assert.deepEqual(await scene.collect(), [[512, 512, 1]]);
    });

    behaves('a migration ends the watch, and all pages arrive', async (scene) => {
      const { machine, space } = scene.memory;
      scene.arm([0, 9], [512, 9]);
      await scene.write(3);
      machine.begin(space);
      const folios = Array.from({ length: 64 }, (_, i) => [scene.at(512 + i), 0] as const);
      const { batch } = new HandMigration(machine, space, folios).isolate().take(1).unmap().copy().map();
      for (let i = 0; i < batch.length; i++) machine.putback(batch, i);
      machine.end(space);
      assert.deepEqual(await scene.collect(), []);
      machine.begin(space);
      assert.equal(scene.arm([0, 9]), 0, 'a region under migration is not watched');
      assert.deepEqual(await scene.collect(), []);
      machine.end(space);
      scene.arm([0, 9], [512, 9]);
      await scene.write(520);
      assert.deepEqual(await scene.collect(), [
        [0, 512, 0],
        [512, 512, 1],
      ]);
    });

    behaves('a watch ends with its region, or with what the region was before', async (scene) => {
      const { machine, space, firstPage, pages } = scene.memory;
      scene.arm([0, 9], [1024, 9]);
      const next = machine.replace(space, [{ address: firstPage * PAGE_SIZE, pages }], 0);
      await scene.write(3);
      assert.deepEqual(await scene.collect(), []);
      scene.space = next;
      scene.arm([0, 9]);
      await scene.write(4);
      assert.deepEqual(await scene.collect(), [[0, 512, 1]]);
      scene.arm([0, 9], [1024, 9]);
      machine.detach(next);
      await scene.write(5);
      assert.deepEqual(await scene.collect(), []);
    });

    behaves('nothing is armed, nothing is reported', async (scene) => {
      assert.equal(scene.arm(), 0);
      assert.deepEqual(await scene.collect(), []);
    });
  });
}

class Scene extends WatchedScene {
  async collect(): Promise<Seen[]> {
    const { source, firstPage } = this.memory;
    source.watch(1, 1);
    await source.settle?.();
    const seen: Seen[] = [];
    source.collect((page, pages, watchedNs, accessed, kind, thread) => {
      assert.ok(watchedNs >= 0);
      assert.deepEqual([kind, thread], [source.sees.reads ? KIND_UNKNOWN : KIND_WRITE, 0]);
      seen.push([page - firstPage, pages, accessed]);
    });
    return seen;
  }

  async write(offset: number): Promise<void> {
    await this.access(0, offset, true);
    await this.done(0, offset, true);
  }

  async read(offset: number): Promise<void> {
    await this.access(1, offset, false);
    await this.done(1, offset, false);
  }
}
