import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { FOLIO_ISOLATED, FOLIO_UNMAPPED } from '../../src/mm/pipeline/folio-state.js';
import { Bench, type MachineUnderTest } from './conformance-bench.js';
import { quarantineConformance } from './conformance-quarantine.js';
import { tableConformance } from './conformance-tables.js';
import { writeProtectConformance } from './conformance-write-protected.js';
import { type Folio, HandMigration } from './hand-migration.js';

/** Adds a case. `lacks` says what a subject has not that it is about; it is skipped then. */
export type Behaves = (
  behaviour: string,
  check: (bench: Bench) => Promise<void>,
  lacks?: (subject: MachineUnderTest) => string | undefined,
) => void;

/** What any machine owes the pipeline (src/mm/ports/machine.ts), in code. `open` is called once for each case. */
export function machineConformance(name: string, open: () => Promise<MachineUnderTest>): void {
  const behaves: Behaves = (behaviour, check, lacks = () => undefined) => {
    test(behaviour, async (context) => {
      const subject = await open();
      try {
        const missing = lacks(subject);
        if (missing !== undefined) {
          context.skip(missing);
          return;
        }
        const bench = new Bench(subject);
        bench.fill();
        await check(bench);
        bench.checkContent();
      } finally {
        await subject.close();
      }
    });
  };

  describe(`${name} keeps the contract of a machine`, () => {
    for (const order of [0, 4, 9]) {
      behaves(`unmap, copy, map moves a folio of order ${order}, and nothing beside it`, async (bench) => {
        const page = bench.at(512);
        await bench.moves([[page, order]]);
        assert.equal(bench.subject.nodeOf(page - 1), bench.source);
        assert.equal(bench.subject.nodeOf(page + (1 << order)), bench.source);
      });
    }

    behaves('a batch may mix orders', async (bench) => {
      await bench.moves([
        [bench.at(0), 0],
        [bench.at(16), 4],
        [bench.at(512), 9],
        [bench.at(1), 0],
        [bench.at(1024), 2],
        [bench.at(1536), 9],
      ]);
    });

    behaves('the pages of a batch need not be contiguous, nor in order', async (bench) => {
      const folios = Array.from({ length: 256 }, (_, i): Folio => [bench.at((i * 1021) % 2048), 0]);
      await bench.moves(folios);
    });

    behaves(
      'pages that were moved one by one move on as a large folio, or are refused as one',
      async (bench) => {
        const large: Folio = [bench.at(16), 4];
        await bench.moves(Array.from({ length: 16 }, (_, i): Folio => [bench.at(31 - i), 0]));
        if (bench.subject.assembles !== false) {
          await bench.moves([large], bench.source);
          return;
        }
        await bench.migration([large], (migration) => {
          migration.isolate().take(bench.source).tryUnmap();
          assert.equal(migration.batch.state[0], FOLIO_ISOLATED);
          assert.equal(migration.batch.errno[0], ERRNO.EINVAL);
          migration.drop().putback();
        });
      },
    );

    behaves('undo leaves everything as it was, copied or not', async (bench) => {
      const folios: Folio[] = [
        [bench.at(3), 0],
        [bench.at(64), 4],
        [bench.at(512), 9],
        [bench.at(5), 0],
      ];
      await bench.migration(folios, (migration) => {
        migration.isolate().take(bench.target).unmap().copy([0, 2]).undo().drop().putback();
      });
      bench.checkNodes(folios, bench.source);
    });

    behaves('a folio that was restored can be moved', async (bench) => {
      const folios: Folio[] = [
        [bench.at(7), 0],
        [bench.at(512), 9],
      ];
      await bench.migration(folios, (migration) => {
        migration.isolate().take(bench.target).unmap().undo().unmap().copy().map().putback();
      });
      bench.checkNodes(folios, bench.target);
    });

    behaves('a program sees what it writes after the move', async (bench) => {
      await bench.moves([[bench.at(0), 4]]);
      bench.fill(1);
    });

    behaves('map moves the ready folios only; the others keep their content', async (bench) => {
      const folios = Array.from({ length: 8 }, (_, i): Folio => [bench.at(i * 4), 2]);
      const even = folios.filter((_, i) => i % 2 === 0);
      const odd = folios.filter((_, i) => i % 2 === 1);
      await bench.migration(folios, (migration) => {
        migration.isolate().take(bench.target).unmap().copy([0, 2, 4, 6]).map();
        for (const i of [1, 3, 5, 7]) assert.equal(migration.batch.state[i], FOLIO_UNMAPPED);
        migration.undo().drop().putback();
      });
      bench.checkNodes(even, bench.target);
      bench.checkNodes(odd, bench.source);
    });

    behaves('folios of one batch may be mapped in several goes', async (bench) => {
      const folios: Folio[] = [
        [bench.at(0), 0],
        [bench.at(512), 9],
        [bench.at(1), 0],
      ];
      await bench.migration(folios, (migration) => {
        migration
          .isolate()
          .take(bench.target)
          .unmap()
          .copy([1])
          .map()
          .copy([0])
          .map()
          .copy([2])
          .map()
          .putback();
      });
      bench.checkNodes(folios, bench.target);
    });

    behaves('a destination that was dropped can be taken again, as often as one likes', async (bench) => {
      for (const order of [0, 9]) {
        const folios = bench.everyFolio(order);
        await bench.migration(folios, (migration) => {
          migration.isolate();
          for (let round = 0; round < 5; round++) migration.take(bench.target).drop();
          migration.putback();
        });
        bench.checkNodes(folios, bench.source);
      }
    });

    behaves('many rounds to and fro leak nothing', async (bench) => {
      for (let round = 0; round < 6; round++) {
        // Where large folios do not come back, from large to small.
        const order =
          bench.subject.assembles === false ? [9, 3, 0][Math.min(round, 2)]! : [0, 9, 3][round % 3]!;
        await bench.moves(bench.everyFolio(order), round % 2 === 0 ? bench.target : bench.source);
      }
    });

    behaves('a folio that is isolated is busy for others, until it is put back', async (bench) => {
      const { machine, space } = bench.subject;
      const folio: Folio = [bench.at(16), 4];
      await bench.migration([folio], (first) => {
        const second = new HandMigration(machine, space, [folio]);
        first.isolate();
        assert.equal(machine.isolate(second.batch, 0), -ERRNO.EBUSY);
        first.putback();
        second.isolate().putback();
      });
      bench.checkNodes([folio], bench.source);
    });

    behaves('an absent page gives ENOENT', async (bench) => {
      const { machine } = bench.subject;
      bench.forget(bench.at(9));
      await bench.migration([[bench.at(9), 0]], (migration) => {
        // A machine may notice when it is asked to isolate, or only when it unmaps.
        const isolated = machine.isolate(migration.batch, 0);
        if (isolated !== 0) {
          assert.equal(isolated, -ERRNO.ENOENT);
          return;
        }
        migration.batch.state[0] = FOLIO_ISOLATED;
        migration.take(bench.target).tryUnmap();
        assert.equal(migration.batch.state[0], FOLIO_ISOLATED);
        assert.equal(migration.batch.errno[0], ERRNO.ENOENT);
        migration.drop().putback();
      });
    });

    for (const [order, hole] of [
      [4, 3],
      [9, 300],
    ] as const) {
      behaves(
        `a hole in a folio of order ${order} gives ENOENT and leaves the rest mapped`,
        async (bench) => {
          const first = bench.at(512);
          bench.forget(first + hole);
          const neighbour: Folio = [bench.at(0), 0];
          await bench.migration([[first, order], neighbour], (migration) => {
            migration.isolate().take(bench.target).tryUnmap();
            assert.equal(migration.batch.state[0], FOLIO_ISOLATED);
            assert.equal(migration.batch.errno[0], ERRNO.ENOENT);
            migration.copy([1]).map().drop().putback();
          });
          bench.checkNodes([[first, order]], bench.source);
          bench.checkNodes([neighbour], bench.target);
        },
      );
    }

    quarantineConformance(behaves);
    writeProtectConformance(behaves);
    tableConformance(behaves);

    behaves('the clock never goes back', async (bench) => {
      const { machine } = bench.subject;
      const times = [machine.now()];
      await bench.migration([[bench.at(0), 9]], (migration) => {
        migration.isolate().take(bench.target);
        times.push(machine.now());
        migration.unmap().copy();
        times.push(machine.now());
        migration.map().putback();
      });
      times.push(machine.now());
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
    });
  });
}
