import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount } from '../deep.js';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import type { CrewRole } from './support/crew-task.js';
import {
  assertAllMoved,
  LIMIT,
  MIB,
  nextBatch,
  PAGE,
  tally,
  whereAll,
  withFerry,
} from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';
import { PageTables } from './support/pages.js';
import { call, PROT_READ, PROT_READ_WRITE, protect } from './support/system-calls.js';

/** What is done to a part of the memory so that UFFDIO_MOVE answers EINVAL, and taken back again. */
interface Restriction {
  readonly name: string;
  set(address: number, bytes: number): void;
  clear(address: number, bytes: number): void;
  /** What threads may do with the memory meanwhile. */
  readonly crew: readonly CrewRole[];
  /** In mid-migration: how often in a batch, and how far apart. */
  readonly times: number;
  readonly step: number;
}

const RESTRICTIONS: readonly Restriction[] = [
  {
    name: 'locked in memory',
    set: (address, bytes) => call('mlock', address, bytes),
    clear: (address, bytes) => call('munlock', address, bytes),
    crew: [{ kind: 'write' }, { kind: 'read' }],
    times: 5,
    step: MIB,
  },
  {
    name: 'read-only',
    set: (address, bytes) => protect(address, bytes, PROT_READ),
    clear: (address, bytes) => protect(address, bytes, PROT_READ_WRITE),
    crew: [{ kind: 'read' }, { kind: 'read' }],
    times: 20,
    step: 10 * PAGE,
  },
];

const PART = 100 * PAGE;

for (const { name, set, clear, crew: roles, times, step } of RESTRICTIONS) {
  /** What the writers among the crew have added. */
  const added = (counts: readonly number[]): number =>
    roles.reduce((sum, { kind }, i) => sum + (kind === 'write' ? counts[i]! : 0), 0);

  for (const folioSize of FOLIO_SIZES) {
    test(`a part that is ${name} stays with EINVAL, folios of ${folioSize}`, LIMIT, async () => {
      const tables = new PageTables();
      await withFerry({}, async (ferry) => {
        const buffer = new SharedArrayBuffer(12 * MIB);
        fillCounters(buffer);
        const region = ferry.adopt(buffer, { folioSize });
        const address = tables.addressOf(buffer) + region.migratable[0]!.offset + 777 * PAGE;
        const crew = await Crew.start(buffer, roles);
        try {
          set(address, PART);
          const result = await region.migrate({ to: 1 });
          assert.ok(result.failures.every(({ code }) => code === 'EINVAL'));
          const failed = result.failures.reduce((sum, { length }) => sum + length, 0);
          assert.equal(failed, PART, 'no page but those stays');
          assert.equal(result.bytesMoved, region.migratableBytes - PART);
          const places = { 0: PART / PAGE, 1: result.bytesMoved / PAGE };
          assert.deepEqual(tally(await whereAll(region)), places);
          await crew.allGoOn();
          clear(address, PART);
          assert.equal((await region.migrate({ to: 1 })).bytesMoved, PART);
          assertAllMoved(region, await region.migrate({ to: 0 }));
          await crew.allGoOn();
        } finally {
          const counts = await crew.stop();
          assert.equal(countersAdded(buffer), added(counts));
        }
      });
      tables.close();
    });

    test(
      `memory is ${name} and no more, again and again, in mid-migration, folios of ${folioSize}`,
      LIMIT,
      async () => {
        const tables = new PageTables();
        await withFerry({ batchBytes: 2 * 2 ** 20 }, async (ferry) => {
          const buffer = new SharedArrayBuffer(16 * MIB);
          fillCounters(buffer);
          const region = ferry.adopt(buffer, { folioSize });
          const { offset, length } = region.migratable[0]!;
          const address = tables.addressOf(buffer) + offset;
          const crew = await Crew.start(buffer, roles);
          try {
            for (let round = 1; round <= amount(3, 8); round++) {
              const { batches } = ferry.stats();
              const moving = region.migrate({ to: round % 2 });
              await nextBatch(ferry, batches);
              for (let i = 0; i < times; i++) {
                set(address + i * step, length / 2);
                clear(address + i * step, length / 2);
              }
              const result = await moving;
              assert.equal(result.foliosAbsent, 0);
              assert.ok(result.failures.every(({ code }) => code === 'EINVAL' || code === 'EBUSY'));
            }
            await crew.allGoOn();
            await region.migrate({ to: 1 });
            assert.deepEqual(tally(await whereAll(region)), { 1: region.migratableBytes / PAGE });
          } finally {
            const counts = await crew.stop();
            assert.equal(countersAdded(buffer), added(counts));
          }
        });
        tables.close();
      },
    );
  }
}
