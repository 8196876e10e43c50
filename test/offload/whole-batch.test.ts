import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Batch } from '../../src/mm/pipeline/batch.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { FOLIO_FAILED, FOLIO_ISOLATED, FOLIO_UNMAPPED } from '../../src/mm/pipeline/folio-state.js';
import { WP_INTACT } from '../../src/mm/pipeline/write-protection.js';
import type { Machine } from '../../src/mm/ports/machine.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { BatchCopy } from '../../src/offload/batch-copy.js';
import type { CopyList } from '../../src/offload/migrator.js';
import { MigratorRegistry } from '../../src/offload/registry.js';

const CAPACITY = 64;

/** What the batch copy asks of a machine. */
interface Answers {
  /** Undefined: it cannot answer for a run. */
  readonly run?: boolean;
  readonly folio?: (index: number) => boolean;
  readonly same?: (dst: number) => boolean;
}

/** A batch copy of one batch, and what became of it. */
class Bench {
  readonly batch = new Batch(0, CAPACITY);
  readonly stats = new MigrateStats();
  readonly registry = new MigratorRegistry();
  readonly quarantined: number[] = [];
  asked = 0;
  list: CopyList | undefined;

  constructor(folios: number, order: number) {
    const { batch } = this;
    const list = new FolioList(folios);
    for (let i = 0; i < folios; i++) list.push(i << order, order);
    batch.refill(list, 0, folios << order);
    batch.state.fill(FOLIO_UNMAPPED);
    for (let i = 0; i < folios; i++) {
      batch.src[i] = 100 + (i << order);
      batch.dst[i] = 9000 + (i << order);
    }
    batch.unmappedWhole();
  }

  copy({ run, folio, same }: Answers, marks: (list: CopyList) => number): void {
    const machine = {
      supportsBatchCopy: (_batch: Batch, index: number) => {
        this.asked++;
        return folio?.(index) ?? true;
      },
      sameFrames: (dst: number) => same?.(dst) ?? true,
      quarantine: (_batch: Batch, index: number) => this.quarantined.push(index),
      ...(run === undefined ? {} : { supportsBatchCopyRun: () => run }),
    } as unknown as Machine;
    this.registry.register({
      name: 'marks',
      offloadCopy: (list) => {
        this.list = {
          ...list,
          src: list.src.slice(0, list.length),
          dst: list.dst.slice(0, list.length),
          order: list.order.slice(0, list.length),
        };
        assert.ok(!list.copied.subarray(0, list.length).some((mark) => mark !== 0));
        return marks(list);
      },
    });
    const session = new BatchCopy(this.registry, machine);
    session.begin('syscall');
    assert.equal(session.start(this.batch, this.stats), false);
    session.end();
  }
}

const markAll = (list: CopyList): number => {
  list.copied.fill(1, 0, list.length);
  return 0;
};

test('a batch that is whole is listed without asking for each folio, where the machine answers for all', () => {
  const bench = new Bench(33, 2);
  bench.copy({ run: true }, markAll);
  assert.equal(bench.asked, 0);
  assert.equal(bench.list!.runPages, 33 * 4);
  assert.deepEqual(
    [...bench.list!.src],
    Array.from({ length: 33 }, (_, i) => 100 + 4 * i),
  );
  assert.deepEqual(
    [...bench.list!.dst],
    Array.from({ length: 33 }, (_, i) => 9000 + 4 * i),
  );
  assert.deepEqual([...bench.list!.order], new Array<number>(33).fill(2));
  assert.ok(bench.batch.copied.subarray(0, 33).every((mark) => mark === 1));
  assert.ok(!bench.batch.copied.subarray(33).includes(1));
  const counters = bench.stats.toObject();
  assert.deepEqual([counters.offload_folios, counters.fallbacks], [33, 0]);
});

test('a machine that cannot answer for a run, or says no, is asked for each folio', () => {
  for (const answers of [{}, { run: false }]) {
    const bench = new Bench(9, 0);
    bench.copy({ ...answers, folio: (i) => i !== 4 }, markAll);
    assert.equal(bench.asked, 9);
    assert.equal(bench.list!.length, 8);
    assert.equal(bench.list!.runPages, 0, 'there is a gap');
    assert.deepEqual([...bench.batch.copied.subarray(0, 9)], [1, 1, 1, 1, 0, 1, 1, 1, 1]);
  }
});

test('whatever a migrator marks, a whole batch comes out as it does folio by folio', () => {
  const mark = fc.constantFrom(0, 1, 1, 1, 2, 255);
  fc.assert(
    fc.property(
      fc.oneof(fc.array(mark, { minLength: 1, maxLength: CAPACITY }), fc.constant([1, 1, 1, 1])),
      fc.uint8Array({ minLength: CAPACITY, maxLength: CAPACITY, max: 1 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(0, -5, -110),
      (marks, someQuarantined, holds, verify, result) => {
        const outcomes = [true, undefined].map((run) => {
          const bench = new Bench(marks.length, 0);
          if (verify) bench.registry.settings.set('verify_copies', 1);
          bench.copy({ ...(run === undefined ? {} : { run }), same: (dst) => dst % 5 !== 0 }, (list) => {
            list.copied.set(marks);
            if (holds) list.quarantined.set(someQuarantined.subarray(0, list.length));
            return result;
          });
          return {
            asked: bench.asked > 0,
            rest: [[...bench.batch.copied], bench.quarantined, bench.stats.toObject()],
          };
        });
        assert.deepEqual(
          outcomes.map(({ asked }) => asked),
          [false, true],
        );
        assert.deepEqual(outcomes[0]!.rest, outcomes[1]!.rest);
      },
    ),
  );
});

test('runPages is said of exactly those lists that are one run on both sides', () => {
  const gap = fc.constantFrom(0, 0, 0, 0, 0, 1);
  const folio = fc.record({
    order: fc.integer({ min: 0, max: 3 }),
    srcGap: gap,
    dstGap: gap,
    failed: fc.constantFrom(false, false, false, false, false, false, true),
    writeProtected: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(folio, { minLength: 1, maxLength: CAPACITY }),
      fc.boolean(),
      (folios, protection) => {
        const bench = new Bench(folios.length, 0);
        const { batch } = bench;
        batch.degrade();
        let [src, dst] = [50, 9000];
        for (const [i, { order, srcGap, dstGap, failed, writeProtected }] of folios.entries()) {
          src += srcGap;
          dst += dstGap;
          batch.order[i] = order;
          batch.dst[i] = dst;
          if (protection && writeProtected) {
            batch.state[i] = FOLIO_ISOLATED;
            batch.protection[i] = WP_INTACT;
            batch.mappedFrame[i] = src - 100_000;
          } else {
            batch.src[i] = src;
          }
          if (failed) batch.state[i] = FOLIO_FAILED;
          src += 1 << order;
          dst += 1 << order;
        }
        bench.copy({}, markAll);
        const { list } = bench;
        if (list === undefined) {
          assert.ok(folios.every(({ failed }) => failed));
          return;
        }
        let pages = 0;
        let run = true;
        for (let i = 0; i < list.length; i++) {
          if (list.src[i] !== list.src[0]! + pages || list.dst[i] !== list.dst[0]! + pages) run = false;
          pages += 1 << list.order[i]!;
        }
        assert.equal(list.runPages, run ? pages : 0);
      },
    ),
    { numRuns: 500 },
  );
});
