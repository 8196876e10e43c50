import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { CellCache } from '../../src/runner/cell-cache.js';
import { hashOfCode, modelVersion } from '../../src/runner/model-version.js';
import { parseQueueAddress, showAddress } from '../../src/runner/queue/address.js';
import { exploreInParts } from '../../src/runner/run-explore.js';
import { cellKey, runSweep } from '../../src/runner/run-sweep.js';
import { type Runner, runInOrder } from '../../src/runner/runner.js';
import { runTask, type Task } from '../../src/runner/task.js';
import { runMove } from '../../src/sim/experiments/move.js';
import { explore } from '../../src/sim/explore/explore.js';
import { RACES } from '../../src/sim/explore/races/races.js';
import { SCENARIOS } from '../../src/sim/explore/scenarios.js';
import { parseAxis } from '../../src/sim/sweep/axis.js';
import type { SweepPlan } from '../../src/sim/sweep/plan.js';
import { runCell, type SweepRow } from '../../src/sim/sweep/run-cell.js';
import { zen3 } from '../sim/profiles.js';

const PLAN: SweepPlan = {
  profile: zen3(),
  axes: ['dma.descriptorNs=500..9000:5', 'channels=1..4', 'migrator=baseline,dcbm'].map((text) =>
    parseAxis(text, '--vary'),
  ),
  fixed: { folio: 2 ** 21, bytes: 2 ** 22 },
  sampling: 'grid',
  samples: 0,
  seed: 1,
  compared: true,
};
const CELLS = 40;

/** Runs tasks in this thread, later tasks earlier, and counts them. */
class BackwardRunner implements Runner {
  readonly width = 3;
  readonly taskMs = 5;
  readonly tasks: Task[] = [];
  inProgress = 0;
  most = 0;

  run: Runner['run'] = async (task) => {
    const turn = this.tasks.push(task);
    this.inProgress++;
    this.most = Math.max(this.most, this.inProgress);
    await new Promise((resolve) => setTimeout(resolve, turn % 3 === 1 ? 8 : 1));
    try {
      return (await runTask(task)) as never;
    } finally {
      this.inProgress--;
    }
  };

  async close(): Promise<void> {}
}

async function rowsOf(rows: AsyncGenerator<SweepRow>): Promise<SweepRow[]> {
  const all: SweepRow[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

test('rows come in order, are those of one thread, and no more tasks than its width are in progress', async () => {
  const runner = new BackwardRunner();
  const rows = await rowsOf(runSweep({ plan: PLAN, runner }));
  assert.deepEqual(
    rows.map(({ index }) => index),
    Array.from({ length: CELLS }, (_, at) => at),
  );
  for (const { index, values: _, ...outcome } of rows)
    assert.deepEqual(outcome, runCell(PLAN, index, runMove));
  assert.ok(runner.most > 1 && runner.most <= runner.width, `${runner.most}`);
});

test('a sweep continues from any cell', async () => {
  const rows = await rowsOf(runSweep({ plan: PLAN, runner: new BackwardRunner(), from: 37 }));
  assert.deepEqual(
    rows.map(({ index }) => index),
    [37, 38, 39],
  );
});

test('a cell that the cache has is not run again, and is the same to the last digit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-cells-'));
  try {
    const first = new CellCache(folder);
    const rows = await rowsOf(runSweep({ plan: PLAN, runner: new BackwardRunner(), cache: first }));
    first.close();
    // What a killed process leaves.
    writeFileSync(join(folder, 'torn.cells'), `${cellKey(PLAN, 0)!} {"GBps":1`);
    writeFileSync(join(folder, 'damaged.cells'), `not a cell\n${'f'.repeat(32)} {"GBps":\n`);
    const runner = new BackwardRunner();
    const second = new CellCache(folder);
    assert.deepEqual(await rowsOf(runSweep({ plan: PLAN, runner, cache: second })), rows);
    assert.deepEqual([second.hits, second.misses], [CELLS, 0]);
    assert.ok(
      runner.tasks.every((task) => task.kind === 'sweep' && task.cells.length === 0) ||
        runner.tasks.length === 0,
    );
    assert.equal(second.get('f'.repeat(32)), undefined);
    second.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the first task that fails ends the sweep with its error', async () => {
  const failing: Runner = {
    width: 4,
    taskMs: 5,
    run: () => Promise.reject(new Error('broken')),
    close: async () => undefined,
  };
  await assert.rejects(rowsOf(runSweep({ plan: PLAN, runner: failing })), /broken/);
});

test('a task is taken only when there is room for it', async () => {
  const runner = new BackwardRunner();
  let taken = 0;
  function* tasks(): Generator<Task & { readonly kind: 'sweep' }> {
    for (let at = 0; at < CELLS; at++) {
      taken++;
      yield { kind: 'sweep', plan: PLAN, cells: [at] };
    }
  }
  let seen = 0;
  for await (const { task } of runInOrder(runner, tasks())) {
    assert.deepEqual(task.cells, [seen++]);
    assert.ok(taken - seen <= runner.width, `${taken} taken, ${seen} seen`);
  }
  assert.equal(seen, CELLS);
});

for (const race of [undefined, RACES.find(({ name }) => name === 'merge-ignored')]) {
  test(`schedules in parts find what one process finds: ${race?.name ?? 'the real code'}`, async () => {
    const scenario = SCENARIOS.find(({ name }) => name === (race?.scenario ?? 'swap'))!;
    const [seed, schedules] = [4_294_967_290, 60];
    const profile = zen3();
    const parts = race?.parts;
    const whole = await explore({
      profile,
      scenario,
      seed,
      schedules,
      ...(parts === undefined ? {} : { parts }),
    });
    const runner = new BackwardRunner();
    const found = await exploreInParts({
      profile,
      scenario: scenario.name,
      ...(race === undefined ? {} : { race: race.name }),
      seed,
      schedules,
      runner,
      stop: () => false,
    });
    assert.deepEqual(found, whole);
    assert.equal(found.failure !== undefined, race !== undefined);
  });
}

test('the version of the model changes with any code, and not with maps of sources', () => {
  const root = mkdtempSync(join(tmpdir(), 'pageferry-code-'));
  try {
    mkdirSync(join(root, 'sim/deep'), { recursive: true });
    const write = (file: string, code: string): string => {
      writeFileSync(join(root, file), code);
      return hashOfCode(root, ['sim']);
    };
    write('sim/a.js', 'export const a = 1;\n');
    const before = write('sim/deep/b.js', 'export const b = 1;\n');
    assert.equal(write('sim/a.js', 'export const a = 1;\n//# sourceMappingURL=a.js.map'), before);
    assert.equal(write('sim/a.d.ts', 'export declare const a: 1;'), before);
    assert.notEqual(write('sim/deep/b.js', 'export const b = 2;\n'), before);
    assert.equal(write('sim/deep/b.js', 'export const b = 1;\n'), before);
    assert.notEqual(write('sim/c.js', ''), before);
  } finally {
    rmSync(root, { recursive: true });
  }
  assert.match(modelVersion(), /^[0-9a-f]{16}$/);
});

test('the URL of a queue', () => {
  const of = (text: string) => parseQueueAddress(text, '--queue');
  assert.deepEqual(of('redis://queue.example'), { host: 'queue.example', port: 6379, db: 0, tls: false });
  assert.deepEqual(of('rediss://me@[::1]:7000/3'), {
    host: '::1',
    port: 7000,
    db: 3,
    tls: true,
    username: 'me',
  });
  assert.equal(showAddress(of('valkey://[::1]:7000/3')), '[::1]:7000/3');
});

for (const text of [
  'localhost:6379',
  'http://localhost',
  'redis://',
  'redis://:s3cret@localhost',
  'redis://me:s3cret@localhost:1',
  'redis://localhost?password=s3cret',
  'redis://localhost/s3cret',
  's3cret',
]) {
  test(`'${text.replaceAll('s3cret', '…')}' is refused, and the error has no secret`, () => {
    assert.throws(
      () => parseQueueAddress(text, '--queue'),
      (error) => {
        assert.ok(error instanceof MigrationError);
        assert.equal(error.code, 'EINVAL');
        assert.equal(error.argument, '--queue');
        assert.ok(error.advice !== undefined);
        assert.ok(!`${error.stack} ${JSON.stringify(error)}`.includes('s3cret'));
        return true;
      },
    );
  });
}
