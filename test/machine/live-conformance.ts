import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { PAGE_SIZE } from '../../src/common/page.js';
import { Engine, type EngineOptions } from '../../src/engine/engine.js';
import type { MigratePlan } from '../../src/engine/plan.js';
import { PROGRESS_BYTES, type ProgressWords, progressWords } from '../../src/engine/progress.js';
import type { LiveMachine } from '../../src/mm/ports/live-machine.js';
import { PRESENCE_EXCLUSIVE, PRESENCE_OCCUPIED, PRESENCE_PRESENT } from '../../src/mm/ports/region-port.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { MigratorRegistry } from '../../src/offload/registry.js';

/** A machine with two nodes, and memory of a program on node 0. */
export interface LiveSubject {
  readonly machine: LiveMachine;
  /** Address of 64 pages, each with a content of its own but for the last four, which nobody has touched. */
  readonly address: number;
  /** Pages from this one on have been given back. */
  discarded(from: number): void;
  /** Asserts that the pages that were touched have kept their content. */
  checkContent(): void;
  close(): void;
}

const PAGES = 64;
const TOUCHED = 60;
const REGION = 1;
const EACH = 8;

/** What a machine owes the engine (src/mm/ports/live-machine.ts), in code. `open` is called once for each case. */
export function liveConformance(name: string, open: () => LiveSubject): void {
  const behaves = (behaviour: string, check: (subject: LiveSubject) => void | Promise<void>): void => {
    test(behaviour, async () => {
      const subject = open();
      try {
        await check(subject);
        subject.checkContent();
      } finally {
        subject.close();
      }
    });
  };

  describe(`${name} keeps the contract of live memory`, () => {
    behaves('a region has the pages of its spans, where they are believed to lie', ({ machine, address }) => {
      const half = PAGES / 2;
      const spans = [
        { address: address + half * PAGE_SIZE, pages: half },
        { address, pages: 8 },
      ];
      const region = machine.space(machine.attach(spans, 0));
      assert.equal(region.pages, half + 8);
      const first = address / PAGE_SIZE;
      assert.deepEqual(
        region.spans.map(({ page, pages, index }) => [page, pages, index]),
        [
          [first + half, half, 0],
          [first, 8, half],
        ],
      );
      assert.equal(region.nodeAt(first + 3), 0);
      assert.ok(region.onOneNode(first + half, half));
    });

    behaves('presence says which pages are there', ({ machine, address }) => {
      machine.attach([{ address, pages: PAGES }], 0);
      const bits = new Uint8Array(PAGES);
      machine.presence(address / PAGE_SIZE, PAGES, bits);
      const there = PRESENCE_OCCUPIED | PRESENCE_PRESENT | PRESENCE_EXCLUSIVE;
      assert.deepEqual([...bits.subarray(0, TOUCHED)], new Array<number>(TOUCHED).fill(there));
      assert.ok(bits.subarray(TOUCHED).every((each) => (each & PRESENCE_OCCUPIED) === 0));
    });

    behaves('a region that has begun and ended begins again, and an ended one is no more', (subject) => {
      const { machine, address } = subject;
      const handle = machine.attach([{ address, pages: PAGES }], 0);
      for (const writeProtected of [false, machine.writeProtection !== undefined]) {
        machine.begin(handle, { writeProtected });
        machine.resolveHoles();
        machine.end(handle);
      }
      assert.equal(machine.lost(handle), false);
      const next = machine.replace(handle, [{ address, pages: 8 }], 0);
      assert.equal(machine.space(next).pages, 8);
      assert.throws(() => machine.space(handle), RangeError);
      machine.detach(next);
      assert.throws(() => machine.space(next), RangeError);
    });

    behaves('it does not close while it has a region', ({ machine, address }) => {
      const handle = machine.attach([{ address, pages: PAGES }], 0);
      assert.throws(() => machine.close(), /regions are still attached/);
      machine.detach(handle);
    });

    behaves('the engine moves a region there and back, by range and by page', async (subject) => {
      const { engine, totals, run } = engineOn(subject);
      const { result, aborted } = await run(engine.migrate(plan({ target: 1 }), progress()));
      assert.equal(aborted, false);
      assert.deepEqual(
        [result.foliosMoved, result.foliosAbsent, result.foliosFailed, result.foliosOnTarget, result.batches],
        [TOUCHED, PAGES - TOUCHED, 0, 0, PAGES / EACH],
      );
      const again = await run(engine.migrate(plan({ target: 1 }), progress()));
      assert.equal(again.result.foliosOnTarget, TOUCHED);
      const pages = Int32Array.of(3, 0, TOUCHED, -1);
      const moves = {
        region: REGION,
        pages,
        nodes: new Int32Array(4),
        moveAll: false,
        batchPages: EACH,
      };
      assert.deepEqual([...(await run(engine.movePages(moves, progress())))], [0, 0, -2, -14]);
      const asks = { ...moves, nodes: null };
      assert.deepEqual([...(await run(engine.movePages(asks, progress())))], [0, 0, -2, -14]);
      await run(engine.migrate(plan({ target: 0 }), progress()));
      assert.equal(totals.get('folios_moved'), 2 * TOUCHED);
      assert.equal(totals.get('audit_violations'), 0);
      engine.close();
    });

    behaves('pages that are discarded are absent, also between two batches', async (subject) => {
      const { engine, run } = engineOn(subject);
      const { machine, address } = subject;
      const first = address / PAGE_SIZE;
      const bits = new Uint8Array(PAGES);
      const there = () => {
        machine.presence(first, PAGES, bits);
        return bits.filter((each) => (each & PRESENCE_OCCUPIED) !== 0).length;
      };
      const lastPages = TOUCHED - 8;
      const moving = engine.migrate(plan({ target: 1 }), progress());
      // One batch is done, the others follow.
      engine.step(0);
      engine.discard(REGION, lastPages, TOUCHED);
      assert.equal(there(), lastPages);
      const { result } = await run(moving);
      assert.deepEqual([result.foliosMoved, result.foliosAbsent], [lastPages, PAGES - lastPages]);
      assert.equal(there(), lastPages);
      subject.discarded(lastPages);
      assert.throws(() => engine.discard(2, 0, 1), { code: 'EINVAL' });
      engine.close();
    });

    behaves("pages that are paged out stay the program's, also between two batches", async (subject) => {
      const { engine, run } = engineOn(subject);
      const moving = engine.migrate(plan({ target: 1 }), progress());
      // One batch is done, the others follow.
      engine.step(0);
      const paged = engine.pageOut(REGION, 0, TOUCHED);
      const { result } = await run(moving);
      assert.deepEqual([result.foliosMoved, result.foliosFailed], [TOUCHED, 0]);
      assert.equal(await run(paged), undefined);
      assert.throws(() => engine.pageOut(2, 0, 1), { code: 'EINVAL' });
      const back = (await run(engine.migrate(plan({ target: 0 }), progress()))).result;
      assert.deepEqual([back.foliosMoved, back.foliosFailed], [TOUCHED, 0]);
      engine.close();
    });

    behaves(
      'a page that the kernel migrates is asked for again, one in swap is not present',
      async (subject) => {
        const { engine, run } = engineOn(subject);
        const { machine, address } = subject;
        const [migrated, swapped] = [3, 5];
        let asked = 0;
        const presence = machine.presence.bind(machine);
        mock.method(machine, 'presence', (page: number, pages: number, out: Uint8Array) => {
          presence(page, pages, out);
          const at = page - address / PAGE_SIZE;
          if (at === swapped || (at === migrated && ++asked < 3)) out[0]! &= ~PRESENCE_PRESENT;
        });
        const pages = Int32Array.of(swapped, migrated, 0, TOUCHED);
        const asks = { region: REGION, pages, nodes: null, moveAll: false, batchPages: EACH };
        assert.deepEqual([...(await run(engine.movePages(asks, progress())))], [-2, 0, 0, -2]);
        assert.equal(asked, 3);
        engine.close();
      },
    );

    behaves(
      'when the engine returns all that it has moved is counted, whenever it was interrupted',
      async (subject) => {
        let interruptedAt = 0;
        let asked = 0;
        const { engine, totals, run, nodeAt } = engineOn(subject, {
          audit: false,
          interrupted: () => ++asked === interruptedAt,
        });
        let moved = 0;
        for (let round = 1; round <= 12; round++) {
          const target = round % 2;
          interruptedAt = asked + round;
          const words = progress();
          const ended = engine.migrate(plan({ target }), words);
          engine.work(Number.POSITIVE_INFINITY);
          const there = Array.from({ length: TOUCHED }, (_, i) => nodeAt(i)).filter(
            (node) => node === target,
          );
          assert.deepEqual(
            [totals.get('folios_moved'), words.cells[0]],
            [moved + there.length, there.length],
          );
          assert.equal((await run(ended)).result.foliosMoved, TOUCHED);
          moved += TOUCHED;
        }
        assert.ok(asked > 12);
        engine.close();
      },
    );

    behaves('the same for pages with several targets, which move in several runs', async (subject) => {
      let interruptedAt = 0;
      let asked = 0;
      const { engine, totals, run, nodeAt } = engineOn(subject, {
        audit: false,
        interrupted: () => ++asked === interruptedAt,
      });
      const pages = Int32Array.from({ length: TOUCHED }, (_, i) => i);
      for (let round = 1; round <= 16; round++) {
        const nodes = pages.map((i) => (i < TOUCHED / 2 ? round % 2 : 1 - (round % 2)));
        const elsewhere = [...pages].filter((i) => nodeAt(i) !== nodes[i]);
        const before = totals.get('folios_moved');
        interruptedAt = asked + round;
        const moves = { region: REGION, pages, nodes, moveAll: false, batchPages: EACH };
        const ended = engine.movePages(moves, progress());
        engine.work(Number.POSITIVE_INFINITY);
        const there = elsewhere.filter((i) => nodeAt(i) === nodes[i]);
        assert.equal(totals.get('folios_moved') - before, there.length, `interruption ${round}`);
        assert.deepEqual(await run(ended), nodes);
      }
      engine.close();
    });

    behaves('readers may go on, where the machine can write-protect', async (subject) => {
      if (subject.machine.writeProtection === undefined) return;
      const { engine, run } = engineOn(subject);
      const { result } = await run(engine.migrate(plan({ copyMode: 'write-protected' }), progress()));
      assert.equal(result.foliosMoved, TOUCHED);
      engine.close();
    });

    behaves(
      'a migration that its caller stops is ordinary memory, wherever it is by then',
      async (subject) => {
        const { engine, run } = engineOn(subject);
        const words = progress();
        const ended = engine.migrate(plan({ target: 1 }), words);
        engine.step();
        engine.step();
        Atomics.store(words.abort, 0, 1);
        const { result, aborted } = await run(ended);
        assert.equal(aborted, true);
        assert.ok(result.foliosMoved >= EACH && result.foliosMoved < TOUCHED);
        assert.equal(words.cells[0], result.foliosMoved);
        const rest = await run(engine.migrate(plan({ target: 1 }), progress()));
        assert.equal(rest.result.foliosMoved, TOUCHED - result.foliosMoved);
        engine.close();
      },
    );

    behaves('a region that is released in mid-migration can be attached and moved again', async (subject) => {
      const { engine, attach, run } = engineOn(subject);
      const [first, second] = [plan({ target: 1 }), plan({ target: 0 })].map((each) =>
        engine.migrate(each, progress()).then(
          () => assert.fail('it was released'),
          (error: unknown) => error,
        ),
      );
      engine.step();
      engine.detach(REGION);
      for (const ended of [first, second]) {
        const error = await ended;
        assert.ok(error instanceof MigrationError && error.code === 'ECANCELED');
      }
      assert.equal(engine.busy, false);
      subject.checkContent();
      attach();
      const { result } = await run(engine.migrate(plan({ target: 0 }), progress()));
      assert.equal(result.foliosFailed, 0);
      engine.close();
    });
  });
}

const plan = (more: Partial<MigratePlan>): MigratePlan => ({
  region: REGION,
  target: 1,
  from: 0,
  to: PAGES,
  reason: 'syscall',
  mode: 'sync',
  moveGaps: false,
  copyMode: 'exclusive',
  hugePages: 'keep',
  batchPages: EACH,
  ...more,
});

const progress = (): ProgressWords => progressWords(new SharedArrayBuffer(PROGRESS_BYTES));

/** An engine with the subject's memory as its region; audited, unless the options say otherwise. */
function engineOn({ machine, address }: LiveSubject, options: Partial<EngineOptions> = {}) {
  const totals = new MigrateStats();
  const engine = new Engine({ machine, registry: new MigratorRegistry(), totals, audit: true, ...options });
  const attached = mock.method(machine, 'attach').mock;
  const attach = (): void =>
    engine.attach(REGION, { spans: [{ address, pages: PAGES, offset: 0 }], node: 0 }, 0);
  attach();
  const run = async <T>(ended: Promise<T>): Promise<T> => {
    while (engine.busy) engine.work(Number.POSITIVE_INFINITY);
    return ended;
  };
  const nodeAt = (index: number): number =>
    machine.space(attached.calls[0]!.result!).nodeAt(address / PAGE_SIZE + index);
  return { engine, totals, attach, run, nodeAt };
}
