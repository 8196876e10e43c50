import assert from 'node:assert/strict';
import { ERRNO } from '../../src/common/errno.js';
import { FOLIO_ISOLATED } from '../../src/mm/pipeline/folio-state.js';
import { WP_BROKEN, WP_INTACT, WP_NONE } from '../../src/mm/pipeline/write-protection.js';
import type { Behaves } from './conformance.js';
import type { Folio } from './hand-migration.js';
import { assertWritable, MIXED } from './write-protected-folios.js';

let tickets = 2_000_000;

/** What a machine owes when something is wrong with a write-protected folio. */
export function protectTroubleConformance(behaves: Behaves): void {
  for (const [order, hole] of [
    [4, 3],
    [9, 300],
  ] as const) {
    behaves(
      `a hole in a folio of order ${order}: it is not readable, the others are, and none stays protected`,
      async (bench) => {
        const folio: Folio = [bench.at(512), order];
        const other: Folio = [bench.at(0), 0];
        bench.forget(folio[0] + hole);
        await bench.migration([folio, other], async (migration) => {
          migration.isolate().take(bench.target).tryProtect();
          assert.deepEqual([...migration.batch.protection], [WP_BROKEN, WP_INTACT]);
          migration.copyMapped([1]).tryUnmap();
          assert.equal(migration.batch.state[0], FOLIO_ISOLATED);
          assert.equal(migration.batch.errno[0], ERRNO.ENOENT);
          migration.map().unprotect();
          await assertWritable(bench, [folio, other]);
          migration.drop().putback();
        });
        bench.checkNodes([folio], bench.source);
        bench.checkNodes([other], bench.target);
      },
    );

    behaves(
      `a page of a folio of order ${order} that is given back while it is write-protected is noticed`,
      async (bench) => {
        const folio: Folio = [bench.at(512), order];
        const other: Folio = [bench.at(32), 4];
        await bench.migration([folio, other], async (migration) => {
          migration.isolate().take(bench.target).protect().copyMapped();
          bench.forget(folio[0] + hole);
          migration.verifyProtection();
          assert.deepEqual([...migration.batch.protection], [WP_BROKEN, WP_INTACT]);
          migration.tryUnmap();
          assert.equal(migration.batch.state[0], FOLIO_ISOLATED);
          migration.batch.ready[0] = 0;
          migration.map().unprotect();
          await assertWritable(bench, [folio, other]);
          migration.drop().putback();
        });
        bench.checkNodes([folio], bench.source);
        bench.checkNodes([other], bench.target);
      },
    );
  }

  behaves('of a page that is not there nothing can be read, and nobody is left waiting', async (bench) => {
    const { machine } = bench.subject;
    bench.forget(bench.at(9));
    await bench.migration([[bench.at(9), 0]], (migration) => {
      // A machine may notice when it is asked to isolate, or only now.
      const isolated = machine.isolate(migration.batch, 0);
      if (isolated !== 0) {
        assert.equal(isolated, -ERRNO.ENOENT);
        return;
      }
      migration.batch.state[0] = FOLIO_ISOLATED;
      migration.take(bench.target).tryProtect();
      assert.notEqual(migration.batch.protection[0], WP_INTACT);
      migration.unprotect().drop().putback();
    });
  });

  behaves(
    'a page that is there and cannot be read: its folio is not readable, and no protection stays',
    async (bench) => {
      const folios: Folio[] = [
        [bench.at(16), 4],
        [bench.at(64), 0],
      ];
      bench.subject.hide!(bench.at(16 + 5));
      await bench.migration(folios, async (migration) => {
        migration.isolate().take(bench.target).tryProtect();
        assert.deepEqual([...migration.batch.protection], [WP_BROKEN, WP_INTACT]);
        migration.unprotect();
        await assertWritable(bench, folios.slice(1));
        migration.drop().putback();
      });
      bench.checkNodes(folios, bench.source);
    },
    ({ hide }) => (hide === undefined ? 'no page that is there and cannot be read can be made' : undefined),
  );

  behaves('a folio without a destination is not write-protected', async (bench) => {
    const folios: Folio[] = [
      [bench.at(0), 2],
      [bench.at(8), 0],
    ];
    await bench.migration(folios, async (migration) => {
      migration.isolate();
      assert.equal(bench.subject.machine.takeDestination(migration.batch, 1, bench.target), 0);
      migration.tryProtect();
      assert.deepEqual([...migration.batch.protection], [WP_NONE, WP_INTACT]);
      await assertWritable(bench, folios.slice(0, 1));
      migration.unprotect().drop().putback();
    });
  });

  behaves(
    'a write-protected folio whose copy was given up gets another destination, and nobody the first',
    async (bench) => {
      const folios = MIXED(bench);
      const ticket = ++tickets;
      const kept = new Set<number>();
      await bench.migration(folios, (migration) => {
        migration.isolate().take(bench.target).protect();
        const old = migration.frames('dst');
        migration.quarantine(ticket, [0, 2]);
        for (const frame of [...old.slice(0, 512), ...old.slice(513, 529)]) kept.add(frame);
        migration.takeAnother(bench.target);
        for (const frame of migration.frames('dst'))
          assert.ok(!kept.has(frame), 'a frame in quarantine is given away');
        migration.copyMapped().verifyProtection().unmap().map().putback();
      });
      bench.checkNodes(folios, bench.target);
      const others = Array.from({ length: 256 }, (_, i): Folio => [bench.at(1024 + i), 0]);
      await bench.migration(others, (migration) => {
        migration.isolate().take(bench.target).protect();
        for (const frame of migration.frames('dst'))
          assert.ok(!kept.has(frame), 'a frame in quarantine is given away');
        migration.copyMapped().unmap().map().putback();
      });
      bench.subject.machine.unquarantine(ticket);
      bench.checkContent();
      await bench.moves(folios, bench.source);
    },
  );

  behaves('a write-protected folio whose copy was given up may stay, with no destination', async (bench) => {
    const folios = MIXED(bench);
    const ticket = ++tickets;
    await bench.migration(folios, async (migration) => {
      migration.isolate().take(bench.target).protect().quarantine(ticket).unprotect();
      await assertWritable(bench, folios);
      migration.drop().putback();
    });
    bench.checkNodes(folios, bench.source);
    bench.subject.machine.unquarantine(ticket);
    await bench.moves(folios);
  });
}
