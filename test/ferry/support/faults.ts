import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CpuOption, DcbmOption, ErrorOption, MtcopyOption } from '../../../src/index.js';
import { DEEP } from '../../deep.js';
import { HUGE, LIMIT, MIB, PAGE, withFerry } from './fixture.js';
import { migrateUnderLoad } from './live.js';
import { fallbacksOf, tune } from './parameters.js';

type Faults = Omit<ErrorOption, 'name' | 'inner'>;
export type Inner = CpuOption | MtcopyOption | DcbmOption;

/** What goes wrong, and the causes for which folios are then copied by the engine. */
const FAULTS: readonly (readonly [what: string, faults: Faults, causes: readonly string[], verify?: true])[] =
  [
    ['batches are declined', { decline: 3 }, ['declined']],
    ['batches are refused', { refuse: 3 }, ['refused']],
    ['batches throw', { throw: 3 }, ['threw']],
    ['batches fail', { failBatch: 3 }, ['failed']],
    ['batches hang', { hang: 3 }, ['timed_out']],
    ['batches end with nonsense', { nonsense: 3 }, []],
    ['folios fail', { failFolio: 5 }, ['failed']],
    ['batches take longer', { delay: 3, delayMs: 2 }, []],
    ['folios are copied wrongly', { corrupt: 5 }, ['unverified'], true],
    ['folios are not copied', { lie: 5 }, ['unverified'], true],
    [
      'everything goes wrong',
      {
        hang: 3,
        throw: 4,
        decline: 5,
        refuse: 7,
        failBatch: 11,
        nonsense: 8,
        failFolio: 9,
        corrupt: 10,
        lie: 11,
      },
      ['declined', 'failed', 'refused', 'threw', 'timed_out', 'unverified'],
      true,
    ],
  ];

/** In `npm test` each kind by one of the migrators, and everything at once by each. */
function faultsFor(inner: Inner): typeof FAULTS {
  const turn = ['cpu', 'mtcopy', 'dcbm'].indexOf(inner.name);
  const last = FAULTS.length - 1;
  return DEEP ? FAULTS : FAULTS.filter((_, i) => i === last || i % 3 === turn);
}

/** Live migration through a migrator that goes wrong in one way after the other, on top of a good one. */
export function faultyMigration(inner: Inner): void {
  for (const [what, faults, causes, verify = false] of faultsFor(inner)) {
    test(`no update is lost when ${what}, of those by ${inner.name}`, LIMIT, async () => {
      await withFerry({}, async (ferry) => {
        await tune(ferry, {
          // Hanging costs that much; where nothing is to hang, no thread may be late however busy the host is.
          copy_timeout_ms: faults.hang === undefined ? 10_000 : 40,
          max_failures: 1_000_000,
          verify_copies: verify ? 1 : 0,
          pipeline_depth: 3,
        });
        for (const folioSize of DEEP || causes.length > 1 ? [PAGE, HUGE] : [PAGE]) {
          await ferry.registerMigrator({ name: 'error', inner, ...faults });
          const buffer = new SharedArrayBuffer(24 * MIB);
          await migrateUnderLoad(ferry, buffer, buffer, folioSize, 2);
          await ferry.unregisterMigrator('error');
        }
        const found = fallbacksOf(ferry);
        for (const cause of causes) assert.ok(found[cause]! > 0, `no folio ${cause}`);
        for (const cause of Object.keys(found)) assert.ok(mayBe(cause, causes, faults, inner), cause);
        const sum = Object.values(found).reduce((all, folios) => all + folios, 0);
        assert.equal(ferry.stats().fallbacks, sum);
        if (faults.hang !== undefined) assert.ok(ferry.stats().folios_quarantined > 0);
        assert.ok(ferry.stats().offload_folios > 0);
      });
    });
  }
}

/** With a short limit the threads of the inner one may be late, too; they are then not there for a while. */
function mayBe(cause: string, causes: readonly string[], faults: Faults, inner: Inner): boolean {
  if (causes.includes(cause)) return true;
  // dcbm leaves the little that is over at the end to others.
  if (inner.name === 'dcbm' && (cause === 'declined' || (cause === 'nonsense' && faults.nonsense)))
    return true;
  return inner.name !== 'cpu' && faults.hang !== undefined && (cause === 'timed_out' || cause === 'refused');
}
