import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { InPlaceSource } from '../../src/access/in-place.js';
import { CachedTranslations } from '../../src/linux/accessed/cached-translations.js';
import { releaseOf } from '../../src/linux/accessed/damon-control.js';
import { HostMarks } from '../../src/linux/accessed/host-marks.js';
import { rescue } from '../../src/linux/rescue/journal-rescue.js';
import { readText } from '../../src/linux/sys/read-text.js';
import { thisThread } from '../../src/linux/sys/thread-identity.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { MIB, withFerry } from '../ferry/support/fixture.js';
import { ChangingScene, PAGES } from '../linux/support/changing-scene.js';
import { peek } from '../linux/support/memory.js';

const KDAMONDS = '/sys/kernel/mm/damon/admin/kdamonds';
const COUNT = `${KDAMONDS}/nr_kdamonds`;
const STATE = `${KDAMONDS}/0/state`;
const UNITS = PAGES / 512;
const WINDOW_NS = 20_000_000;
/** Watches until it must have sampled the pages that are accessed all the time. */
const TRIES = 20;

const { problem } = HostMarks.probe('damon');

/** Three units of 2 MiB, which the kernel samples. */
class Watch {
  readonly scene = new ChangingScene('auto');
  readonly source = new InPlaceSource(
    'damon',
    this.scene.machine.marks('damon'),
    this.scene.machine.cpuClock,
  );

  arm(): number {
    const units = new FolioList();
    for (let at = 0; at < PAGES; at += 512) units.push(this.scene.first + at, 9);
    return this.source.arm(this.scene.space, units, WINDOW_NS);
  }

  /** Accessed pages of each unit that is reported, while the units of `busy` are read all the time. */
  async collect(busy: readonly number[] = []): Promise<Record<number, number>> {
    const translations = new CachedTranslations();
    let settled = false;
    const end = this.source.settle().then(() => {
      settled = true;
    });
    while (!settled) {
      translations.drop();
      for (const unit of busy)
        for (let page = 0; page < 512; page++) peek(this.scene.at(unit * 512 + page), 1);
      await immediate();
    }
    await end;
    translations.close();
    const seen: Record<number, number> = {};
    this.source.collect((page, pages, watchedNs, accessed) => {
      assert.equal(pages, 512);
      assert.ok(watchedNs >= 0 && accessed >= 0 && accessed < 512);
      seen[(page - this.scene.first) / 512] = accessed;
    });
    return seen;
  }

  close(): void {
    this.scene.assertContent();
    this.scene.machine.detach(this.scene.space);
    this.scene.machine.close();
  }
}

function count(): string {
  return readFileSync(COUNT, 'utf8').trim();
}

/** Waits until a kdamond is off. It takes as long as its last sample. */
async function off(): Promise<void> {
  while (readText(STATE) !== 'off') await delay(5);
}

// The kdamonds are the whole system's. So it is one file, whose tests run one after the other.
describe('damon', { skip: problem ?? false, timeout: 300_000 }, () => {
  // Nothing of a test that has failed stays in the kernel.
  afterEach(() => releaseOf(thisThread().id));

  test('units that nobody uses are reported untouched, and those in use are not', async () => {
    const watch = new Watch();
    assert.equal(watch.arm(), UNITS);
    assert.equal(readText(STATE), 'on');
    assert.deepEqual(await watch.collect(), { 0: 0, 1: 0, 2: 0 });
    await off();
    let accessed = 0;
    for (let tries = 0; tries < TRIES && accessed === 0; tries++) {
      watch.arm();
      const seen = await watch.collect([1]);
      accessed = seen[1]!;
      assert.deepEqual([seen[0], seen[2]], [0, 0]);
    }
    assert.ok(accessed > 0, 'accesses are seen');
    assert.ok(watch.source.cost.cpuNs > 0);
    assert.deepEqual(await watch.collect(), {}, 'nothing is armed');
    watch.close();
    assert.equal(count(), '0');
  });

  test('a watch that begins, a migration and the release end the one before', async () => {
    const watch = new Watch();
    const { machine, space } = watch.scene;
    watch.arm();
    machine.begin(space);
    assert.deepEqual(await watch.collect(), {});
    assert.equal(watch.arm(), 0, 'a region under migration is not watched');
    machine.end(space);
    await off();
    while (watch.arm() === 0) await delay(5);
    watch.scene.assertContent();
    machine.detach(space);
    await off();
    machine.close();
    assert.equal(count(), '0');
  });

  test('closing the machine turns a kdamond off that is on, also while its samples are read', async () => {
    for (const reading of [false, true]) {
      const watch = new Watch();
      watch.arm();
      const settled = reading ? watch.source.settle() : Promise.resolve();
      if (reading) await delay(20);
      watch.close();
      assert.equal(count(), '0');
      await settled;
      watch.source.collect(() => assert.fail('the machine was closed'));
    }
  });

  test('a watch that ends while its samples are read is turned off, and the next one works', async () => {
    const watch = new Watch();
    watch.arm();
    const settled = watch.source.settle();
    await delay(20);
    watch.scene.machine.begin(watch.scene.space);
    watch.scene.machine.end(watch.scene.space);
    await settled;
    watch.source.collect(() => assert.fail('a migration has begun'));
    while (watch.arm() === 0) await delay(5);
    assert.deepEqual(await watch.collect(), { 0: 0, 1: 0, 2: 0 });
    watch.close();
  });

  test('the thread ends while it watches, or reads: its rescuer removes the kdamond', async () => {
    for (const reading of [false, true]) {
      const watch = new Watch();
      watch.arm();
      const settled = reading ? watch.source.settle() : Promise.resolve();
      if (reading) await delay(20);
      rescue(watch.scene.journal);
      assert.equal(count(), '0');
      watch.scene.assertContent();
      await settled;
    }
  });

  test("somebody else's kdamonds are left alone", async () => {
    const watch = new Watch();
    watch.arm();
    await watch.collect();
    // Somebody takes them while they are off, and another one has configured one.
    writeFileSync(COUNT, '0');
    writeFileSync(COUNT, '1');
    try {
      assert.match(HostMarks.probe('damon').problem!, /another program has configured DAMON/);
      assert.throws(() => watch.arm(), { code: 'EBUSY', message: /another program has configured DAMON/ });
      watch.close();
      assert.equal(count(), '1');
      const second = new ChangingScene('auto');
      assert.throws(() => second.machine.marks('damon'), { code: 'EOPNOTSUPP' });
      second.close();
    } finally {
      writeFileSync(COUNT, '0');
    }
  });

  test('two ferries of a process: the second one leaves the kdamond of the first alone', async () => {
    const region = { source: 'damon', intervalMs: 100, cpuShare: 1 } as const;
    await withFerry({}, async (first) => {
      const heat = first
        .adopt(new SharedArrayBuffer(4 * MIB))
        .heat(region)
        [Symbol.asyncIterator]();
      assert.equal((await heat.next()).done, false);
      await withFerry({}, async (second) => {
        const theirs = second
          .adopt(new SharedArrayBuffer(4 * MIB))
          .heat(region)
          [Symbol.asyncIterator]();
        await assert.rejects(async () => theirs.next(), { code: 'EOPNOTSUPP', message: /another program/ });
      });
      assert.equal(count(), '1');
      assert.equal((await heat.next()).done, false);
      await heat.return?.();
    });
    assert.equal(count(), '0');
  });

  test('a thread ends, and nobody rescues: the next one of the process removes its kdamond', async () => {
    const worker = new Worker(new URL('./damon-child.js', import.meta.url), { stdout: true });
    await once(worker.stdout, 'data');
    assert.equal(readText(STATE), 'on');
    assert.match(HostMarks.probe('damon').problem!, /another program uses DAMON/);
    await worker.terminate();
    assert.equal(readText(STATE), 'on');
    const watch = new Watch();
    assert.equal(watch.arm(), UNITS);
    watch.close();
    assert.equal(count(), '0');
  });

  test('a ferry finds the unit that is used, and leaves nothing behind', async () => {
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(8 * MIB);
      const words = new Int32Array(buffer).fill(1);
      const region = ferry.adopt(buffer);
      const { offset } = region.migratable[0]!;
      const touch = setInterval(() => {
        for (let page = 512; page < 1024; page++) words[(offset + page * 4096) / 4]!++;
      }, 1);
      const options = { source: 'damon', intervalMs: 100, cpuShare: 1 } as const;
      for await (const { snapshot, cost } of region.heat(options)) {
        assert.equal(snapshot.source, 'damon');
        const [cold, hot] = snapshot.rate;
        // Every page was accessed when the buffer was filled, which the kernel may have seen.
        if (hot! > 2 * cold! && cost.cpuNs > 0) break;
      }
      clearInterval(touch);
    });
    assert.equal(count(), '0');
  });

  test('the kdamond of a process that was killed ends, and is no obstacle', async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./damon-child.js', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    assert.equal(readText(STATE), 'on');
    assert.match(HostMarks.probe('damon').problem!, /another program uses DAMON/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await off();
    assert.equal(HostMarks.probe('damon').problem, undefined);
    const watch = new Watch();
    assert.equal(watch.arm(), UNITS);
    watch.close();
    assert.equal(count(), '0');
  });
});
