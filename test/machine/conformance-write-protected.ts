import assert from 'node:assert/strict';
import { FOLIO_ISOLATED } from '../../src/mm/pipeline/folio-state.js';
import { WP_INTACT, WP_NONE } from '../../src/mm/pipeline/write-protection.js';
import type { Behaves } from './conformance.js';
import type { Bench, MachineUnderTest } from './conformance-bench.js';
import { protectTroubleConformance } from './conformance-protect-trouble.js';
import type { Folio } from './hand-migration.js';
import { assertWritable, MIXED, newContent } from './write-protected-folios.js';

/** Whether a subject can do what these cases are about. */
export function writeProtects({ machine, threads }: MachineUnderTest): boolean {
  return machine.writeProtection !== undefined && threads !== undefined;
}

/** What a machine owes when the readers of a folio go on while it is copied. */
export function writeProtectConformance(allBehave: Behaves): void {
  const behaves: Behaves = (behaviour, check, lacks = () => undefined) =>
    allBehave(
      behaviour,
      (bench) => {
        bench.writeProtected = true;
        return check(bench);
      },
      (subject) => (writeProtects(subject) ? lacks(subject) : 'no threads of the program, or no protection'),
    );

  for (const order of [0, 4, 9]) {
    const folioOf = (bench: Bench): Folio => [bench.at(512), order];
    const last = (1 << order) - 1;

    behaves(
      `of a write-protected folio of order ${order} a reader reads, and a writer waits until it is mapped again`,
      async (bench) => {
        const folio = folioOf(bench);
        const page = folio[0] + last;
        const [writer, reader] = bench.subject.threads!;
        await bench.migration([folio], async (migration) => {
          migration.isolate().take(bench.target).protect();
          assert.equal(await reader.access(page), true, 'a reader waits');
          assert.equal(await writer.access(page, newContent(page)), false, 'a writer does not wait');
          assert.equal(await reader.access(page), true);
          migration.copyMapped().verifyProtection();
          assert.equal(migration.batch.protection[0], WP_INTACT);
          assert.deepEqual(bench.subject.read(page), bench.patternOf(page), 'a writer has written');
          migration.unmap();
          assert.equal(await reader.access(page), false, 'a reader reads what is out');
          migration.map();
          await writer.done();
          await reader.done();
          migration.putback();
        });
        bench.checkNodes([folio], bench.target);
        assert.deepEqual(bench.subject.read(page), newContent(page), 'what was written is lost');
        bench.subject.write(page, bench.patternOf(page));
      },
    );

    behaves(`unprotect wakes who waits to write to a folio of order ${order}, which stays`, async (bench) => {
      const folio = folioOf(bench);
      const [writer] = bench.subject.threads!;
      await bench.migration([folio], async (migration) => {
        migration.isolate().take(bench.target).protect();
        assert.equal(await writer.access(folio[0], newContent(folio[0])), false);
        migration.copyMapped().unprotect();
        await writer.done();
        assert.equal(migration.batch.protection[0], WP_NONE);
        assert.equal(migration.batch.state[0], FOLIO_ISOLATED);
        assert.deepEqual(bench.subject.read(folio[0]), newContent(folio[0]));
        await assertWritable(bench, [folio]);
        migration.drop().putback();
      });
      bench.checkNodes([folio], bench.source);
    });
  }

  behaves('protection reaches no further than its folios', async (bench) => {
    const folios: Folio[] = [
      [bench.at(32), 4],
      [bench.at(512), 9],
    ];
    const beside: Folio[] = [31, 48, 511, 1024].map((offset) => [bench.at(offset), 0]);
    await bench.migration(folios, async (migration) => {
      migration.isolate().take(bench.target).protect();
      await assertWritable(bench, beside);
      migration.copyMapped().unmap().map().putback();
    });
    bench.checkNodes(beside, bench.source);
    bench.checkNodes(folios, bench.target);
  });

  behaves(
    'a folio that was write-protected and has moved carries no protection, and moves on in either way',
    async (bench) => {
      const folios = MIXED(bench);
      await bench.migration(folios, async (migration) => {
        migration.isolate().take(bench.target).protect().copyMapped().verifyProtection().unmap().map();
        await assertWritable(bench, folios);
        migration.putback();
      });
      bench.checkNodes(folios, bench.target);
      await bench.moves(folios, bench.source);
      await bench.migration(folios, async (migration) => {
        migration.isolate().take(bench.target).protect().copyMapped().unmap().map().putback();
      });
      bench.checkNodes(folios, bench.target);
    },
  );

  behaves('a folio that was write-protected, unmapped and restored carries no protection', async (bench) => {
    const folios = MIXED(bench);
    await bench.migration(folios, async (migration) => {
      migration.isolate().take(bench.target).protect().copyMapped([0, 2]).unmap().undo();
      await assertWritable(bench, folios);
      // It is tried again, with what is in it by now.
      migration.unmap().copy().map().putback();
    });
    bench.checkNodes(folios, bench.target);
  });

  behaves(
    'of a write-protected batch some folios may move, and unprotect frees the others',
    async (bench) => {
      const folios = MIXED(bench);
      await bench.migration(folios, async (migration) => {
        migration.isolate().take(bench.target).protect();
        const piece = migration.batch.piece(1, 3);
        const { machine } = bench.subject;
        migration.copyMapped([1, 2]).verifyProtection();
        machine.writeProtection?.beginCutover?.(migration.batch);
        machine.unmap(piece);
        machine.flush();
        piece.protection.fill(WP_NONE);
        machine.map(piece);
        piece.ready.fill(0);
        await assertWritable(bench, folios.slice(1, 3));
        const [writer] = bench.subject.threads!;
        assert.equal(await writer.access(folios[0]![0], newContent(folios[0]![0])), false);
        migration.unprotect();
        await writer.done();
        await assertWritable(bench, folios);
        migration.drop().putback();
      });
      bench.checkNodes(folios.slice(1, 3), bench.target);
      bench.checkNodes([folios[0]!, folios[3]!], bench.source);
    },
  );

  const unprotected: readonly (readonly [string, (bench: Bench) => Folio[]])[] = [
    ['folios of all sizes', MIXED],
    ['a whole table of base pages', (bench) => Array.from({ length: 512 }, (_, i) => [bench.at(512 + i), 0])],
  ];
  for (const [name, foliosOf] of unprotected) {
    // The parts of a folio that was split move so.
    behaves(
      `in a migration that write-protects, ${name} may leave unprotected: who touches them waits`,
      async (bench) => {
        const folios = foliosOf(bench);
        const [writer, reader] = bench.subject.threads!;
        const [first] = folios[0]!;
        const [last, order] = folios.at(-1)!;
        const end = last + (1 << order) - 1;
        await bench.migration(folios, async (migration) => {
          migration.isolate().take(bench.target).unmap();
          assert.equal(await writer.access(first, newContent(first)), false, 'a writer does not wait');
          assert.equal(await reader.access(end), false, 'a reader reads what is out');
          migration.copy().map();
          await writer.done();
          assert.deepEqual(await reader.done(), bench.patternOf(end));
          migration.putback();
        });
        bench.checkNodes(folios, bench.target);
        assert.deepEqual(bench.subject.read(first), newContent(first), 'what was written is lost');
        bench.subject.write(first, bench.patternOf(first));
      },
    );
  }

  behaves('many rounds of write-protected folios to and fro leak nothing', async (bench) => {
    for (let round = 0; round < 8; round++) {
      const order =
        bench.subject.assembles === false ? [9, 3, 0][Math.min(round, 2)]! : [0, 9, 3][round % 3]!;
      const target = round % 2 === 0 ? bench.target : bench.source;
      await bench.migration(bench.everyFolio(order), (migration) => {
        migration.isolate().take(target).protect().copyMapped().verifyProtection().unmap().map().putback();
      });
      bench.checkNodes(bench.everyFolio(order), target);
    }
  });

  protectTroubleConformance(behaves);
}
