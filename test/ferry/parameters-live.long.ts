import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Ferry } from '../../src/index.js';
import { serveParameters } from '../../src/parameters.js';
import { amount, sampled } from '../deep.js';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, LIMIT, MIB, PAGE, until, withFerry } from './support/fixture.js';
import { temporaryFolder } from './support/parameter-server-fixture.js';
import { DCBM, MTCOPY, PAGEFERRY } from './support/parameters.js';
import { livingThreads } from './support/threads.js';

const get = (ferry: Ferry, path: string): string => ferry.parameters.get(path);

interface Traffic {
  /** Migrations so far. */
  readonly migrations: number;
  /** Ends the migrations and the writers, and asserts that nothing is lost. */
  stop(): Promise<void>;
}

/** A region that is migrated to and fro while a thread writes to it. */
async function traffic(ferry: Ferry): Promise<Traffic> {
  const buffer = new SharedArrayBuffer(amount(8, 32) * MIB);
  const region = ferry.adopt(buffer);
  fillCounters(buffer);
  const crew = await Crew.start(buffer, [{ kind: 'write' }]);
  const state = { migrations: 0, going: true };
  const migrating = (async () => {
    for (let to = 1; state.going; to = 1 - to) {
      assertAllMoved(region, await region.migrate({ to }));
      state.migrations++;
    }
  })();
  migrating.catch(() => undefined);
  return {
    get migrations() {
      return state.migrations;
    },
    stop: async () => {
      state.going = false;
      try {
        await migrating;
        await crew.allGoOn();
      } finally {
        const [added] = await crew.stop();
        assert.equal(countersAdded(buffer), added);
      }
    },
  };
}

/** Runs `use` with a ferry whose region is migrated all the time. */
async function withTraffic(use: (ferry: Ferry, running: Traffic) => Promise<void>): Promise<void> {
  await withFerry({}, async (ferry) => {
    const running = await traffic(ferry);
    try {
      await use(ferry, running);
    } finally {
      await running.stop();
    }
  });
}

const aMigrationMore = (running: Traffic): Promise<void> => {
  const { migrations } = running;
  return until(() => running.migrations > migrations + 1);
};

test('channels, threads and depth may be changed while batches are copied', LIMIT, async () => {
  await withTraffic(async (ferry, running) => {
    for (const [name, width, max] of [
      ['dcbm', `${DCBM}/nr_dma_chan`, 16],
      ['mtcopy', `${MTCOPY}/threads`, 8],
    ] as const) {
      await ferry.registerMigrator({ name } as { name: 'dcbm' });
      for (const value of sampled([1, max, 2, 5, 1, 3], 3)) {
        await ferry.parameters.set(width, value);
        assert.equal(get(ferry, width), String(value));
        await ferry.parameters.set(`${PAGEFERRY}/pipeline_depth`, (value % 4) + 1);
        const before = ferry.stats().offload_folios;
        await aMigrationMore(running);
        await until(() => ferry.stats().offload_folios > before);
      }
      for (const wrong of [0, max * 64, 'x', '']) {
        await assert.rejects(ferry.parameters.set(width, wrong), { code: 'EINVAL' });
        assert.equal(get(ferry, width), '3');
      }
      await ferry.unregisterMigrator(name);
    }
    assert.equal(ferry.stats().fallbacks, ferry.stats().fallbacks_declined);
  });
});

test('threads that are asked for twice at once are not started twice', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const threads = (): number => livingThreads().size;
    // Has libuv start its own before.
    await readFile('/proc/self/stat');
    const before = threads();
    await Promise.all([
      ferry.registerMigrator({ name: 'mtcopy', threads: 6 }),
      ferry.parameters.set(`${MTCOPY}/threads`, 4),
    ]);
    // The migration thread is one of them.
    assert.ok(threads() - before <= 5, `${threads() - before} threads more`);
    await ferry.parameters.set(`${MTCOPY}/threads`, 3);
    await until(() => threads() - before === 2);
  });
});

test('offloading registers and unregisters, under load, as wide as the setting says', LIMIT, async () => {
  await withTraffic(async (ferry, running) => {
    await ferry.parameters.set(`${DCBM}/nr_dma_chan`, 4);
    for (let round = 0; round < amount(2, 5); round++) {
      for (const [name, folder] of [
        ['dcbm', DCBM],
        ['mtcopy', MTCOPY],
      ] as const) {
        await ferry.parameters.set(`${folder}/offloading`, true);
        assert.deepEqual([get(ferry, `${folder}/offloading`), ferry.activeMigrator], ['1', name]);
        assert.equal(get(ferry, `${PAGEFERRY}/active_migrator`), name);
        const other = folder === DCBM ? MTCOPY : DCBM;
        await assert.rejects(ferry.parameters.set(`${other}/offloading`, 1), { code: 'EBUSY' });
        // What it is already changes nothing.
        await ferry.parameters.set(`${folder}/offloading`, 'yes');
        await aMigrationMore(running);
        await ferry.parameters.set(`${folder}/offloading`, 'off');
        assert.deepEqual([get(ferry, `${folder}/offloading`), ferry.activeMigrator], ['0', undefined]);
        assert.equal(get(ferry, `${PAGEFERRY}/active_migrator`), 'none');
      }
    }
    assert.equal(get(ferry, `${DCBM}/nr_dma_chan`), '4');
  });
});

test(
  "a migrator's counters count its folios, those it left to others too, and are reset by any write",
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const counts = (): number[] =>
        ['folios_migrated', 'folios_failures'].map((name) => Number(get(ferry, `${DCBM}/${name}`)));
      const region = ferry.allocate(8 * MIB);
      new Int32Array(region.buffer).fill(1);
      const pages = region.migratableBytes / PAGE;
      await region.migrate({ to: 1 });
      assert.deepEqual(counts(), [0, 0]);
      await ferry.registerMigrator({ name: 'dcbm', channels: 2 });
      await region.migrate({ to: 0 });
      // A batch of 8 pages is not worth a channel.
      await region.migrate({ to: 1, batchBytes: 8 * 4096 });
      const { offload_folios, fallbacks } = ferry.stats();
      assert.deepEqual(counts(), [offload_folios, fallbacks]);
      assert.ok(fallbacks >= pages && offload_folios + fallbacks === 2 * pages);
      await ferry.parameters.set(`${DCBM}/folios_migrated`, 'whatever');
      assert.deepEqual(counts(), [0, fallbacks]);
      await ferry.parameters.set(`${DCBM}/folios_failures`, 0);
      assert.deepEqual(counts(), [0, 0]);
      await region.migrate({ to: 0 });
      assert.deepEqual(counts(), [
        ferry.stats().offload_folios - offload_folios,
        ferry.stats().fallbacks - fallbacks,
      ]);
      assert.equal(get(ferry, `${MTCOPY}/folios_migrated`), '0');
    });
  },
);

test('whoever watches is told of settings, of the active migrator, and of counters', LIMIT, async () => {
  await withTraffic(async (ferry) => {
    const seen = new Map<string, string[]>();
    const stop = ferry.parameters.watch('module', (path, value) => {
      seen.set(path, [...(seen.get(path) ?? []), value]);
    });
    await ferry.parameters.set(`${DCBM}/nr_dma_chan`, 3);
    assert.deepEqual(seen.get(`${DCBM}/nr_dma_chan`), ['3']);
    await ferry.registerMigrator({ name: 'dcbm' });
    assert.deepEqual(seen.get(`${PAGEFERRY}/active_migrator`), ['dcbm']);
    assert.deepEqual(seen.get(`${DCBM}/offloading`), ['1']);
    await until(() => seen.has(`${DCBM}/folios_migrated`));
    await ferry.unregisterMigrator('dcbm');
    assert.deepEqual(seen.get(`${PAGEFERRY}/active_migrator`), ['dcbm', 'none']);
    stop();
    await ferry.parameters.set(`${DCBM}/nr_dma_chan`, 5);
    assert.deepEqual(seen.get(`${DCBM}/nr_dma_chan`), ['3']);
  });
});

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Runs `pageferry param`; this process has to answer it meanwhile. */
function param(
  socket: string,
  ...args: string[]
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const all = [MAIN, 'param', ...args, '--socket', socket];
  return new Promise((resolve) => {
    execFile(process.execPath, all, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

test('pageferry param asks and changes a ferry that migrates', LIMIT, async (t) => {
  const socket = join(temporaryFolder(t), 's');
  await withTraffic(async (ferry, running) => {
    await serveParameters(ferry, socket);
    assert.deepEqual(await param(socket, 'set', `${DCBM}/nr_dma_chan`, '3'), {
      code: 0,
      stdout: '',
      stderr: '',
    });
    assert.equal(get(ferry, `${DCBM}/nr_dma_chan`), '3');
    assert.equal((await param(socket, 'set', `${DCBM}/offloading`, 'on')).code, 0);
    assert.equal(ferry.activeMigrator, 'dcbm');
    assert.equal((await param(socket, 'get', `${PAGEFERRY}/active_migrator`)).stdout, 'dcbm\n');
    await aMigrationMore(running);
    const { stdout } = await param(socket, 'ls', 'module/dcbm', '--json');
    const values = Object.fromEntries(
      (JSON.parse(stdout) as { path: string; value: string }[]).map(({ path, value }) => [path, value]),
    );
    assert.ok(Number(values[`${DCBM}/folios_migrated`]) > 0);
    const busy = await param(socket, 'set', `${MTCOPY}/offloading`, '1');
    assert.equal(busy.code, 1);
    assert.match(busy.stderr, /^error: EBUSY: .*'dcbm'/);
    assert.equal((await param(socket, 'set', `${DCBM}/offloading`, '0')).code, 0);
    assert.equal(ferry.activeMigrator, undefined);
  });
  assert.match((await param(socket, 'ls')).stderr, /^error: ENOENT: --socket: .* does not exist/);
});
