import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigrationError } from '../../src/common/migration-error.js';
import { Engine } from '../../src/engine/engine.js';
import type { MigratePlan } from '../../src/engine/plan.js';
import { PROGRESS_BYTES, progressWords } from '../../src/engine/progress.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { libc } from '../../src/linux/sys/libc.js';
import { advise, MADV_DONTFORK, MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { Pagemap } from '../../src/linux/sys/pagemap.js';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import type { Violation } from '../../src/mm/audit/machine-books.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { sampled } from '../deep.js';
import { assertContent, fill } from './support/content.js';
import { HUGE, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';

for (const name of sampled(['none', 'cpu', 'mtcopy', 'dcbm'] as const, 2)) {
  for (const folioSize of [PAGE, HUGE]) {
    test(`audited migrations of folios of ${folioSize} with ${name} find nothing wrong`, LIMIT, async () => {
      await withFerry({ audit: true, poolBytes: 8 * MIB }, async (ferry) => {
        if (name !== 'none') await ferry.registerMigrator({ name });
        const buffer = new SharedArrayBuffer(24 * MIB);
        const other = new SharedArrayBuffer(8 * MIB);
        fill(buffer);
        fill(other);
        const region = ferry.adopt(buffer, { folioSize });
        const second = ferry.adopt(other, { folioSize });
        for (const to of [1, 0, 1]) {
          await Promise.all([region.migrate({ to }), second.migrate({ to, length: 5 * MIB })]);
        }
        await region.movePages([8 * PAGE, 80 * PAGE], [0, 0]);
        await region.migrate({ to: 1, gaps: 'move' });
        assertContent(buffer);
        assertContent(other);
        const { audits, audit_violations } = ferry.stats();
        // A step and a list for each at the least.
        assert.ok(audits >= 16, `${audits} audits`);
        assert.equal(audit_violations, 0);
      });
    });
  }
}

test('injected faults leave nothing that an audit finds', LIMIT, async () => {
  await withFerry({ audit: true }, async (ferry) => {
    ferry.parameters.set('module/pageferry/parameters/verify_copies', 'Y');
    ferry.parameters.set('module/pageferry/parameters/max_failures', '1000000');
    await ferry.registerMigrator({
      name: 'error',
      inner: { name: 'cpu' },
      failBatch: 3,
      failFolio: 5,
      lie: 7,
    });
    const buffer = new SharedArrayBuffer(16 * MIB);
    fill(buffer);
    const region = ferry.adopt(buffer);
    for (const to of [1, 0]) await region.migrate({ to });
    assertContent(buffer);
    assert.ok(ferry.stats().fallbacks > 0);
    assert.equal(ferry.stats().audit_violations, 0);
  });
});

test('without the option nothing is audited', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(4 * MIB);
    fill(buffer);
    await ferry.adopt(buffer).migrate({ to: 1 });
    assert.equal(ferry.stats().audits, 0);
  });
});

/** The mappings of a ferry's pools: the largest that were not there before it was opened. */
function newMappings(before: ReadonlySet<number>): { readonly start: number; readonly end: number }[] {
  return mappedRanges(0, Number.MAX_SAFE_INTEGER)
    .filter(({ start }) => !before.has(start))
    .filter(({ start, end }) => end - start >= 64 * MIB)
    .map(({ start, end }) => ({ start, end }));
}

test('a page that vanishes from a pool ends the ferry, and nothing else is lost', LIMIT, async () => {
  const before = new Set(mappedRanges(0, Number.MAX_SAFE_INTEGER).map(({ start }) => start));
  const pagemap = new Pagemap();
  await withFerry({ audit: true, poolBytes: 32 * MIB }, async (ferry) => {
    const buffer = new SharedArrayBuffer(24 * MIB);
    fill(buffer);
    // Before there is a region: else it would be in the shadow of that region.
    const prefilled = await ferry.prefill({ node: 1, bytes: 16 * MIB });
    assert.equal(prefilled, 16 * MIB);
    const region = ferry.adopt(buffer);
    // The last page of the longest run that is there: a small migration takes others.
    let last = 0;
    for (const { start, end } of newMappings(before)) {
      if (start <= libc().addressOf(new Uint8Array(buffer)) && libc().addressOf(new Uint8Array(buffer)) < end)
        continue;
      pagemap.occupiedRanges(start, Math.floor((end - start) / PAGE) * PAGE, (address, bytes) => {
        if (bytes >= 4 * MIB) last = address + bytes - PAGE;
      });
    }
    assert.notEqual(last, 0, 'the pool was not found among the mappings of the process');
    assert.equal(advise(last, PAGE, MADV_DONTNEED), 0);
    const found = await region.migrate({ to: 1, length: 64 * PAGE }).then(
      () => assert.fail('the audit has not noticed'),
      (error: MigrationError) => error,
    );
    assert.equal(found.code, 'EUCLEAN');
    assert.match(found.message, /a free page is present: node 1: 1 pages are missing/);
    assert.ok(ferry.stats().audit_violations > 0);
    for (const call of [
      () => region.migrate({ to: 0 }),
      () => region.movePages([PAGE * 8], [0]),
      () => ferry.prefill({ node: 0, bytes: 0 }),
    ]) {
      await assert.rejects(async () => call(), { code: 'EUCLEAN' });
    }
    assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB)), { code: 'EUCLEAN' });
    assertContent(buffer);
    fill(buffer, 1);
    assertContent(buffer, 1);
    await region.release();
    assertContent(buffer, 1);
  });
  pagemap.close();
});

/** Steps until the audit finds something. */
function stepToFailure({ engine }: { engine: Engine }, expected: { code: string; message: RegExp }): void {
  assert.throws(() => {
    while (engine.busy) engine.step();
  }, expected);
}

/** An engine over real memory whose audits say what `verdict` says. */
function engineWith(verdict: (full: boolean) => Violation[]) {
  const machine = new LinuxMachine({
    nodes: [
      { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY },
      { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY },
    ],
    windowPages: 512,
    maxPoolPages: 1024,
    copy: 'fast',
  });
  const audited: boolean[] = [];
  machine.audit = (full) => {
    audited.push(full);
    return verdict(full);
  };
  const registry = new MigratorRegistry();
  const totals = new MigrateStats();
  const engine = new Engine({ machine, registry, totals, audit: true });
  return { engine, machine, audited, totals, registry };
}

/** The memory of every region, which must not be freed while an engine has it. */
const held: SharedArrayBuffer[] = [];

function regionOf(engine: Engine, id: number, pages: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer((pages + 1) * PAGE);
  held.push(buffer);
  fill(buffer);
  const address = Math.ceil(libc().addressOf(new Uint8Array(buffer)) / PAGE) * PAGE;
  advise(address, pages * PAGE, MADV_DONTFORK);
  engine.attach(id, { spans: [{ address, pages, offset: 0 }], node: 0 }, 0);
  return buffer;
}

const plan = (region: number, to: number): MigratePlan => ({
  region,
  target: 1,
  from: 0,
  to,
  reason: 'syscall',
  mode: 'sync',
  moveGaps: false,
  copyMode: 'exclusive',
  hugePages: 'keep',
  batchPages: 512,
});

const progress = () => progressWords(new SharedArrayBuffer(PROGRESS_BYTES));

const EUCLEAN = { code: 'EUCLEAN', message: /no page is isolated: 7 pages \(and 1 more\)/ };

for (const at of [1, 2, 5]) {
  test(
    `a violation at audit ${at} ends every migration, and all memory is ordinary again`,
    LIMIT,
    async () => {
      let audits = 0;
      const violation = { invariant: 'no page is isolated', figures: '7 pages' };
      const world = engineWith(() => (++audits >= at ? [violation, violation] : []));
      const { engine, totals } = world;
      const buffers = [1, 2].map((id) => regionOf(engine, id, 2048));
      for (const id of [1, 2]) void engine.migrate(plan(id, 2048), progress());
      stepToFailure(world, EUCLEAN);
      world.machine.abandon();
      assert.equal(totals.get('audit_violations'), 2);
      // Not registered any more: pages that were dropped come back as zeros instead of making this thread wait.
      const view = new Uint8Array(buffers[0]!);
      const page = Math.ceil(libc().addressOf(view) / PAGE) * PAGE;
      for (const buffer of buffers) assertContent(buffer);
      advise(page + 5 * PAGE, PAGE, MADV_DONTNEED);
      assert.equal(new Uint8Array(buffers[0]!)[page - libc().addressOf(view) + 5 * PAGE], 0);
    },
  );
}

test('counters that do not add up are a violation', LIMIT, async () => {
  const world = engineWith(() => []);
  const buffer = regionOf(world.engine, 1, 2048);
  world.totals.add('fallbacks', 1);
  void world.engine.migrate(plan(1, 2048), progress());
  stepToFailure(world, { code: 'EUCLEAN', message: /fallbacks 1, by cause 0/ });
  world.machine.abandon();
  assertContent(buffer);
});

test('a batch that never left the read section of the registry is a violation', LIMIT, async () => {
  const world = engineWith(() => []);
  world.registry.register({ name: 'idle', offloadCopy: () => 0 });
  world.registry.enter('syscall');
  const buffer = regionOf(world.engine, 1, 16);
  void world.engine.migrate(plan(1, 16), progress());
  stepToFailure(world, { code: 'EUCLEAN', message: /no batch uses the migrator: 1 batches/ });
  world.machine.abandon();
  assertContent(buffer);
});

test('the last audit of a migration is a full one', LIMIT, async () => {
  const { engine, audited } = engineWith(() => []);
  regionOf(engine, 1, 4096);
  const reply = engine.migrate(plan(1, 4096), progress());
  while (engine.busy) engine.step();
  await reply;
  assert.equal(audited.at(-1), true);
  assert.ok(audited.length >= 8);
  engine.close();
});
