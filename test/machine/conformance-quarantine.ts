import assert from 'node:assert/strict';
import { ERRNO } from '../../src/common/errno.js';
import { NO_FRAME } from '../../src/mm/pipeline/batch.js';
import type { Bench } from './conformance-bench.js';
import type { Folio, HandMigration } from './hand-migration.js';

let tickets = 1_000_000;

/** What is lost in each round is soon more than a node has. */
const ROUNDS = 30;

const mixed = (bench: Bench): Folio[] => [
  [bench.at(512), 9],
  [bench.at(3), 0],
  [bench.at(32), 4],
  [bench.at(48), 4],
];

/** Takes destinations on `node` for the isolated folios, again and again, until there are no more; and drops them. */
function everyDestination(bench: Bench, migration: HandMigration, node: number): number[] {
  const { machine } = bench.subject;
  const { batch } = migration;
  const taken: [index: number, frame: number][] = [];
  let result = 0;
  while (result === 0) {
    for (const i of migration.indices) {
      result = machine.takeDestination(batch, i, node);
      if (result !== 0) break;
      taken.push([i, batch.dst[i]!]);
    }
  }
  assert.equal(result, -ERRNO.ENOMEM);
  const frames = taken.flatMap(([i, frame]) =>
    Array.from({ length: 1 << batch.order[i]! }, (_, k) => frame + k),
  );
  for (const [i, frame] of taken) {
    batch.dst[i] = frame;
    machine.freeDestination(batch, i);
  }
  batch.dst.fill(NO_FRAME);
  return frames;
}

function assertApart(frames: readonly number[], kept: ReadonlySet<number>): void {
  assert.equal(new Set(frames).size, frames.length, 'a frame is given to two');
  for (const frame of frames) assert.ok(!kept.has(frame), `frame ${frame} is given away in quarantine`);
}

/** What a machine owes when a copy is given up while a device may still be at it. */
export function quarantineConformance(
  behaves: (behaviour: string, check: (bench: Bench) => Promise<void>) => void,
): void {
  behaves('a folio whose copy was given up gets another destination and moves there', async (bench) => {
    const folios = mixed(bench);
    const ticket = ++tickets;
    await bench.migration(folios, (migration) => {
      migration.isolate().take(bench.target).unmap();
      const old = new Set(migration.frames('dst'));
      migration.quarantine(ticket, [0, 2]).takeAnother(bench.target);
      const given = migration.frames('dst').filter((frame) => old.has(frame));
      assert.equal(given.length, 1 + 16, 'those that were not given up keep theirs');
      migration.copy().map().putback();
    });
    bench.checkNodes(folios, bench.target);
    bench.subject.machine.unquarantine(ticket);
    bench.checkContent();
    await bench.moves(folios, bench.source);
  });

  for (const undone of [false, true]) {
    const how = undone ? 'went back' : 'moved';
    behaves(
      `nobody gets frames in quarantine until they are free, when their folio ${how}`,
      async (bench) => {
        const folios = mixed(bench);
        const ticket = ++tickets;
        const kept = new Set<number>();
        await bench.migration(folios, (migration) => {
          migration.isolate().take(bench.target).unmap();
          for (const frame of [...migration.frames('dst'), ...migration.frames('src')]) kept.add(frame);
          migration.quarantine(ticket);
          if (undone) migration.undo();
          else migration.takeAnother(bench.target).copy().map();
          migration.putback();
        });
        const others = Array.from({ length: 1024 }, (_, i): Folio => [bench.at(1024 + i), 0]);
        await bench.migration(others, (migration) => {
          migration.isolate();
          for (const node of [bench.target, bench.source]) {
            assertApart(everyDestination(bench, migration, node), kept);
          }
          // What is unmapped has to land somewhere, too.
          migration.take(bench.target).unmap();
          assertApart(migration.frames('src'), kept);
          assertApart(migration.frames('dst'), kept);
          migration.copy().map().putback();
        });
        bench.checkNodes(folios, undone ? bench.source : bench.target);
        bench.checkNodes(others, bench.target);
        bench.checkContent();
        bench.subject.machine.unquarantine(ticket);
        await bench.moves(folios, undone ? bench.target : bench.source);
      },
    );

    behaves(`frames may be free before their folio ${how}`, async (bench) => {
      const folios = mixed(bench);
      const ticket = ++tickets;
      await bench.migration(folios, (migration) => {
        migration.isolate().take(bench.target).unmap().quarantine(ticket);
        bench.subject.machine.unquarantine(ticket);
        if (undone) migration.undo();
        else migration.takeAnother(bench.target).copy().map();
        migration.putback();
      });
      bench.checkNodes(folios, undone ? bench.source : bench.target);
      bench.checkContent();
      await bench.moves(folios, undone ? bench.target : bench.source);
    });
  }

  behaves('what is free again after a quarantine is not lost, however often', async (bench) => {
    for (let round = 0; round < ROUNDS; round++) {
      const ticket = ++tickets;
      const [from, to] = round % 2 === 0 ? [bench.source, bench.target] : [bench.target, bench.source];
      const large = round % 3 === 0 && bench.subject.assembles !== false;
      const folios = bench.everyFolio(large ? 9 : 0).slice(0, large ? 1 : 512);
      const early = round % 4 >= 2;
      await bench.migration(folios, (migration) => {
        migration.isolate().take(to).unmap().quarantine(ticket);
        if (early) bench.subject.machine.unquarantine(ticket);
        if (round % 5 === 4) migration.undo();
        else migration.takeAnother(to).copy().map();
        migration.putback();
      });
      bench.checkNodes(folios, round % 5 === 4 ? from : to);
      if (!early) bench.subject.machine.unquarantine(ticket);
      if (round % 5 === 4) await bench.moves(folios, to);
    }
  });

  behaves('each ticket is a quarantine of its own', async (bench) => {
    const folios = mixed(bench);
    const [first, second] = [++tickets, ++tickets];
    const kept = new Set<number>();
    await bench.migration(folios, (migration) => {
      migration.isolate().take(bench.target).unmap();
      const dst = migration.frames('dst');
      migration.quarantine(first, [0]).quarantine(second, [1, 2, 3]);
      for (const frame of dst.slice(512)) kept.add(frame);
      migration.takeAnother(bench.target).copy().map().putback();
    });
    bench.subject.machine.unquarantine(first);
    const other: Folio[] = [[bench.at(1536), 0]];
    await bench.migration(other, (migration) => {
      migration.isolate();
      assertApart(everyDestination(bench, migration, bench.target), kept);
      migration.putback();
    });
    bench.subject.machine.unquarantine(second);
    // Of a ticket that nobody knows there is nothing to free.
    bench.subject.machine.unquarantine(++tickets);
  });
}
