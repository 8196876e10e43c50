import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { libc } from '../../src/linux/sys/libc.js';
import { preferNode } from '../../src/linux/sys/mempolicy.js';
import { advise, MADV_DONTFORK, MADV_NOHUGEPAGE } from '../../src/linux/sys/mman.js';
import { type Remap, remap } from '../../src/linux/sys/remap.js';
import { flagsOf } from '../../src/linux/tables/copy-kind.js';
import { Userfaultfd, type WaitMode } from '../../src/linux/userfaultfd/userfaultfd.js';
import { FOLIO_ISOLATED } from '../../src/mm/pipeline/folio-state.js';
import { WP_BROKEN } from '../../src/mm/pipeline/write-protection.js';
import { sampled } from '../deep.js';
import { policyAt } from '../ferry/support/mappings.js';
import { HandMigration } from '../machine/hand-migration.js';
import { assertPattern, pagePattern } from '../machine/page-pattern.js';
import { HUGE, memory, PAGE, peek, poke } from './support/memory.js';
import { movePagesOf } from './support/move-pages-of.js';

const LIMIT = { timeout: 120_000 } as const;
const TABLES = 4;
const PAGES = (TABLES * HUGE) / PAGE;
/** MPOL_PREFERRED, and the nodes as bits. */
const PREFER_NODE_0 = [1, 1];
const COPY_MODES = ['exclusive', 'write-protected'] as const;
type CopyMode = (typeof COPY_MODES)[number];

/** Ways in which mremap(2) may fail. */
const FAILURES: Readonly<Record<string, Remap>> = {
  'nothing is done': () => -ERRNO.ENOMEM,
  'the target is unmapped': (_from, to, bytes) => {
    assert.equal(libc().munmap(to, bytes), 0);
    return -ERRNO.ENOMEM;
  },
  'the target is unmapped, a part is moved': (from, to, bytes) => {
    const part = Math.floor(bytes / HUGE / 2) * HUGE;
    assert.equal(libc().munmap(to, bytes), 0);
    if (part > 0) assert.equal(remap(from, to, part), 0);
    return -ERRNO.ENOMEM;
  },
};

/** A region of whole page tables, each page with a content of its own, and how often mremap was called for it. */
class Scene {
  calls = 0;
  failed = 0;
  readonly machine: LinuxMachine;
  readonly space: number;
  readonly first: number;
  readonly #program = memory(TABLES * HUGE, false);

  /** @param fail what to do in the place of the call of a number, from 1 on; undefined: the call itself. */
  constructor(fail: (call: number) => Remap | undefined) {
    const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };
    this.machine = new LinuxMachine({
      nodes: [node, node],
      windowPages: PAGES,
      maxPoolPages: PAGES,
      copy: 'fast',
      pageTables: () => 'always',
      remap: (from, to, bytes) => {
        const failure = fail(++this.calls);
        if (failure === undefined) return remap(from, to, bytes);
        this.failed++;
        return failure(from, to, bytes);
      },
    });
    const { address } = this.#program;
    advise(address, TABLES * HUGE, MADV_DONTFORK);
    advise(address, TABLES * HUGE, MADV_NOHUGEPAGE);
    assert.equal(preferNode(address, TABLES * HUGE, 0), 0);
    this.first = address / PAGE;
    for (let page = this.first; page < this.first + PAGES; page++) poke(page * PAGE, pagePattern(page, PAGE));
    this.space = this.machine.attach([{ address, pages: PAGES }], 0);
  }

  migrate(target: number, copyMode: CopyMode): void {
    const { machine, space, first } = this;
    const errnos: number[] = [];
    const writeProtected = copyMode === 'write-protected';
    machine.begin(space, { writeProtected });
    const stats = movePagesOf(machine, space, first, PAGES, target, {
      writeProtected,
      onFailure: (_page, _pages, errno) => errnos.push(errno),
    });
    assert.deepEqual(machine.audit(true), []);
    machine.end(space);
    assert.deepEqual(errnos, []);
    assert.equal(stats.get('nr_succeeded'), PAGES);
    assert.deepEqual(machine.audit(true), []);
    this.assertWhole();
  }

  /** Every page has its content and takes another, and each mapping has the flags and the policy that it had. */
  assertWhole(): void {
    for (let page = this.first; page < this.first + PAGES; page++) {
      const content = peek(page * PAGE, PAGE);
      assertPattern(content, page);
      poke(page * PAGE, content);
    }
    for (let table = 0; table < TABLES; table++) {
      const flags = flagsOf(this.first * PAGE + table * HUGE);
      assert.ok(flags !== undefined);
      for (const flag of ['rd', 'wr', 'dc', 'nh']) assert.ok(flags.includes(flag), `${flag}: ${flags}`);
      assert.deepEqual(policyAt(this.first * PAGE + table * HUGE), PREFER_NODE_0);
      // Registered with a userfaultfd, for missing pages or for protected ones.
      for (const flag of ['um', 'uw']) assert.ok(!flags.includes(flag), `${flag}: ${flags}`);
    }
  }

  close(): void {
    this.machine.detach(this.space);
    this.machine.close();
    this.assertWhole();
    this.#program.unmap();
  }
}

/** There, back, and there again. */
function journeys(scene: Scene, copyMode: CopyMode): void {
  for (const target of [1, 0, 1]) scene.migrate(target, copyMode);
}

function oneTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function callsOf(copyMode: CopyMode): number {
  const scene = new Scene(() => undefined);
  journeys(scene, copyMode);
  const { calls } = scene;
  assert.ok(scene.machine.tablesMoved > 0, 'no page table has moved');
  scene.close();
  return calls;
}

for (const copyMode of COPY_MODES) {
  for (const [name, failure] of Object.entries(FAILURES)) {
    test(`${copyMode}: any one mremap fails, ${name}: no page is lost`, LIMIT, () => {
      const calls = callsOf(copyMode);
      for (const nth of sampled(oneTo(calls), 2)) {
        const scene = new Scene((call) => (call === nth ? failure : undefined));
        journeys(scene, copyMode);
        assert.equal(scene.failed, 1, `call ${nth} of ${calls}`);
        scene.close();
      }
    });

    test(`${copyMode}: every mremap from one on fails, ${name}: no page is lost`, LIMIT, () => {
      for (const nth of sampled(oneTo(callsOf(copyMode)), 2)) {
        const scene = new Scene((call) => (call >= nth ? failure : undefined));
        journeys(scene, copyMode);
        assert.ok(scene.failed > 0);
        scene.close();
      }
    });
  }
}

/** A write-protected batch of all pages, copied and about to be cut over. */
function copiedThrough({ machine, space, first }: Scene): HandMigration {
  machine.begin(space, { writeProtected: true });
  const folios = Array.from({ length: PAGES }, (_, i) => [first + i, 0] as const);
  return new HandMigration(machine, space, folios).isolate().take(0).protect().copyMapped();
}

for (const [name, failure] of Object.entries(FAILURES)) {
  test(`a protected batch does not leave by mremap, ${name}: it waits for the next pass`, LIMIT, () => {
    let failing = false;
    const scene = new Scene(() => (failing ? failure : undefined));
    const { machine, space } = scene;
    scene.migrate(1, 'exclusive');
    const migration = copiedThrough(scene);
    const { batch } = migration;
    machine.writeProtection?.beginCutover?.(batch);
    migration.verifyProtection();
    failing = true;
    machine.unmap(batch);
    assert.equal(scene.failed, 1);
    failing = false;
    for (const i of migration.indices) {
      assert.deepEqual([batch.state[i], batch.errno[i]], [FOLIO_ISOLATED, ERRNO.EAGAIN]);
    }
    batch.degrade();
    migration.verifyProtection();
    // What had left has no protection any more: what is written there from here on is not in the copy.
    const broken = migration.indices.filter((i) => batch.protection[i] === WP_BROKEN);
    assert.equal(broken.length, name.endsWith('a part is moved') ? PAGES / 2 : 0);
    machine.unmap(batch);
    migration.copy().map().unprotect().putback();
    machine.end(space);
    assert.deepEqual(machine.audit(true), []);
    scene.assertWhole();
    scene.close();
  });
}

test('a protected batch that returns by mremap can leave once more: threads wait for it', LIMIT, () => {
  const scene = new Scene(() => undefined);
  const { machine, space, first } = scene;
  scene.migrate(1, 'exclusive');
  const migration = copiedThrough(scene).unmap();
  const calls = scene.calls;
  migration.undo();
  assert.equal(scene.calls, calls + 1, 'it has not returned by mremap');
  for (let table = 0; table < TABLES; table++) {
    assert.ok(flagsOf(first * PAGE + table * HUGE)?.includes('um'), 'nobody would wait for a missing page');
  }
  migration.unprotect().drop().putback();
  machine.end(space);
  assert.deepEqual(machine.audit(true), []);
  scene.assertWhole();
  scene.close();
});

for (const [name, failure] of Object.entries(FAILURES)) {
  test(`an undo by mremap fails, ${name}: the pages return one by one`, LIMIT, () => {
    let failing = false;
    const scene = new Scene(() => (failing ? failure : undefined));
    const { machine, space, first } = scene;
    scene.migrate(1, 'exclusive');
    machine.begin(space);
    const folios = Array.from({ length: PAGES }, (_, i) => [first + i, 0] as const);
    const migration = new HandMigration(machine, space, folios).isolate().take(0).unmap().copy();
    failing = true;
    migration.undo().drop().putback();
    assert.equal(scene.failed, 1);
    failing = false;
    machine.end(space);
    assert.deepEqual(machine.audit(true), []);
    scene.assertWhole();
    for (const target of [0, 1]) scene.migrate(target, 'exclusive');
    scene.close();
  });
}

/** The shadows of both nodes are made ready, each in two parts. */
const READY_CALLS = 4;

for (const [name, times] of [
  ['for a while', READY_CALLS],
  ['for good', Number.POSITIVE_INFINITY],
] as const) {
  test(
    `the kernel refuses ${name} to register what was made ready: nothing leaves unregistered`,
    LIMIT,
    () => {
      const scene = new Scene(() => undefined);
      const { machine, space, first } = scene;
      machine.begin(space);
      let refused = 0;
      const { register } = Userfaultfd.prototype;
      const mocked = mock.method(
        Userfaultfd.prototype,
        'register',
        function (this: Userfaultfd, address: number, bytes: number, mode?: WaitMode) {
          const program = address >= first * PAGE && address < (first + PAGES) * PAGE;
          if (program && refused < times) {
            refused++;
            return -ERRNO.ENOMEM;
          }
          return register.call(this, address, bytes, mode);
        },
      );
      const folios = Array.from({ length: PAGES }, (_, i) => [first + i, 0] as const);
      const migration = new HandMigration(machine, space, folios).isolate().take(1);
      if (times === READY_CALLS) {
        migration.unmap();
        for (let table = 0; table < TABLES; table++) {
          assert.ok(
            flagsOf(first * PAGE + table * HUGE)?.includes('um'),
            'nobody would wait for a missing page',
          );
        }
        migration.copy().map();
      } else {
        assert.throws(() => machine.unmap(migration.batch), { code: 'ENOMEM' });
        for (const i of migration.indices) assert.equal(migration.batch.state[i], FOLIO_ISOLATED);
        migration.drop();
      }
      assert.ok(refused >= READY_CALLS);
      mocked.mock.restore();
      migration.putback();
      machine.end(space);
      assert.deepEqual(machine.audit(true), []);
      scene.assertWhole();
      scene.close();
    },
  );
}
