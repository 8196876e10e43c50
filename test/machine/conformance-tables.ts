import assert from 'node:assert/strict';
import { ERRNO } from '../../src/common/errno.js';
import { FOLIO_ISOLATED } from '../../src/mm/pipeline/folio-state.js';
import type { Behaves } from './conformance.js';
import type { Bench } from './conformance-bench.js';
import { writeProtects } from './conformance-write-protected.js';
import type { Folio } from './hand-migration.js';
import { assertWritable } from './write-protected-folios.js';

let tickets = 2_000_000;

/** Neighbouring folios of one order that cover so many page tables, from the second table of the range on. */
function tables(bench: Bench, order: number, count = 1): Folio[] {
  const folios = (count * 512) >> order;
  return Array.from({ length: folios }, (_, i): Folio => [bench.at(512 + (i << order)), order]);
}

/** Runs `steps` and asserts how many tables have moved as one, on a subject that moves tables. */
async function movesTables(bench: Bench, count: number, steps: () => Promise<void>): Promise<void> {
  const { tablesMoved } = bench.subject;
  const before = tablesMoved?.() ?? 0;
  await steps();
  if (tablesMoved !== undefined) assert.equal(tablesMoved() - before, count, 'page tables moved as one');
}

/** What a machine owes for folios that cover whole page tables, whether it moves the tables as one or not. */
export function tableConformance(behaves: Behaves): void {
  for (const [order, count] of [
    [0, 1],
    [4, 1],
    [0, 2],
  ] as const) {
    behaves(
      `${count} whole tables of folios of order ${order} move, and nothing beside them`,
      async (bench) => {
        const folios = tables(bench, order, count);
        await movesTables(bench, count, () => bench.moves(folios));
        assert.equal(bench.subject.nodeOf(bench.at(511)), bench.source);
        assert.equal(bench.subject.nodeOf(bench.at(512 + 512 * count)), bench.source);
        await movesTables(bench, count, () => bench.moves(folios, bench.source));
      },
    );
  }

  behaves('most of a table, or as many pages across two, moves as any folios do', async (bench) => {
    const part = tables(bench, 0).slice(0, 511);
    const across = tables(bench, 0, 2).slice(256, 768);
    await movesTables(bench, 0, () => bench.moves(part));
    await movesTables(bench, 0, () => bench.moves(across));
  });

  behaves('of a table with a hole the folio with the hole stays, and the others move', async (bench) => {
    const folios = tables(bench, 4);
    const hole = 7;
    bench.forget(folios[hole]![0] + 3);
    const others = folios.filter((_, i) => i !== hole);
    await movesTables(bench, 0, () =>
      bench.migration(folios, (migration) => {
        migration.isolate().take(bench.target).tryUnmap();
        assert.equal(migration.batch.state[hole], FOLIO_ISOLATED);
        assert.equal(migration.batch.errno[hole], ERRNO.ENOENT);
        const rest = migration.indices.filter((i) => i !== hole);
        migration.copy(rest).map().drop().putback();
      }),
    );
    bench.checkNodes([folios[hole]!], bench.source);
    bench.checkNodes(others, bench.target);
  });

  behaves('a table that was undone, copied in part, is as it was, and can be retried', async (bench) => {
    const folios = tables(bench, 0);
    await bench.migration(folios, (migration) => {
      migration.isolate().take(bench.target).unmap().copy([0, 300]).undo().drop().putback();
    });
    bench.checkNodes(folios, bench.source);
    bench.checkContent();
    await bench.migration(folios, (migration) => {
      migration.isolate().take(bench.target).unmap().undo().unmap().copy().map().putback();
    });
    bench.checkNodes(folios, bench.target);
  });

  behaves(
    'of a table that has left, folios may arrive in several goes, and the rest goes back',
    async (bench) => {
      const folios = tables(bench, 4);
      await movesTables(bench, 0, () =>
        bench.migration(folios, (migration) => {
          migration.isolate().take(bench.target).unmap().copy([0, 5]).map().copy([31]).map();
          migration.undo().drop().putback();
        }),
      );
      const moved = [0, 5, 31];
      bench.checkNodes(
        moved.map((i) => folios[i]!),
        bench.target,
      );
      bench.checkNodes(
        folios.filter((_, i) => !moved.includes(i)),
        bench.source,
      );
    },
  );

  behaves('a table of which a copy was given up moves, and its frames are in quarantine', async (bench) => {
    const folios = tables(bench, 4);
    const ticket = ++tickets;
    await bench.migration(folios, (migration) => {
      migration.isolate().take(bench.target).unmap();
      const old = new Set([...migration.frames('dst'), ...migration.frames('src')]);
      migration.quarantine(ticket, [2, 9]).takeAnother(bench.target);
      const { dst } = migration.batch;
      for (const i of [2, 9]) assert.ok(!old.has(dst[i]!), 'a frame in quarantine is given away');
      migration.copy().map().putback();
    });
    bench.checkNodes(folios, bench.target);
    bench.checkContent();
    bench.subject.machine.unquarantine(ticket);
    await bench.moves(folios, bench.source);
  });

  behaves(
    'a write-protected table is cut over as one, and carries no protection',
    async (bench) => {
      bench.writeProtected = true;
      const folios = tables(bench, 0);
      // A machine may need to have moved it once, before it can cut it over as one.
      await bench.moves(folios);
      await bench.moves(folios, bench.source);
      await movesTables(bench, 1, () =>
        bench.migration(folios, async (migration) => {
          const [writer, reader] = bench.subject.threads!;
          const page = folios[100]![0];
          migration.isolate().take(bench.target).protect();
          assert.equal(await reader.access(page), true, 'a reader waits');
          assert.equal(await writer.access(page, bench.patternOf(page)), false, 'a writer does not wait');
          migration.copyMapped().verifyProtection().unmap();
          assert.equal(await reader.access(folios[511]![0]), false, 'a reader reads what is out');
          migration.map();
          await writer.done();
          await reader.done();
          await assertWritable(bench, folios.slice(96, 104));
          migration.putback();
        }),
      );
      bench.checkNodes(folios, bench.target);
      await bench.moves(folios, bench.source);
    },
    (subject) => (writeProtects(subject) ? undefined : 'no threads of the program, or no protection'),
  );

  behaves(
    'a thread that waits for a page of a table goes on when the table has gone back',
    async (bench) => {
      bench.writeProtected = true;
      const folios = tables(bench, 0);
      const page = folios[17]![0];
      const [, reader] = bench.subject.threads!;
      await bench.migration(folios, async (migration) => {
        migration.isolate().take(bench.target).protect().copyMapped().unmap();
        assert.equal(await reader.access(page), false, 'a reader reads what is out');
        migration.undo();
        assert.deepEqual(await reader.done(), bench.patternOf(page));
        await assertWritable(bench, folios.slice(16, 24));
        migration.drop().putback();
      });
      bench.checkNodes(folios, bench.source);
    },
    (subject) => (writeProtects(subject) ? undefined : 'no threads of the program, or no protection'),
  );

  behaves('many rounds of whole tables to and fro leak nothing', async (bench) => {
    for (let round = 0; round < 6; round++) {
      const target = round % 2 === 0 ? bench.target : bench.source;
      await movesTables(bench, 2, () => bench.moves(tables(bench, round < 3 ? 4 : 0, 2), target));
    }
  });
}
