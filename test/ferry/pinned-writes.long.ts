import assert from 'node:assert/strict';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MigrateResult, Region } from '../../src/index.js';
import { amount, sampled } from '../deep.js';
import { fill } from './support/content.js';
import { HUGE, LIMIT, MIB, nextBatch, PAGE, pageOffsets, withFerry } from './support/fixture.js';
import { PinWriter } from './support/pin-writer.js';
import { Ring } from './support/ring.js';

type Way = 'io_uring' | 'O_DIRECT';
type Opened = 'before' | 'during' | 'again and again';

/** Why this host cannot write by a pin in that way; undefined when it can. */
function refusal(way: Way): string | undefined {
  if (way === 'io_uring') {
    const ring = Ring.open(8);
    if (typeof ring === 'string') return ring;
    ring.close();
    return undefined;
  }
  const folder = mkdtempSync(join(process.cwd(), '.cache-pf-'));
  try {
    const file = join(folder, 'file');
    writeFileSync(file, 'x');
    closeSync(openSync(file, constants.O_RDONLY | constants.O_DIRECT));
    return undefined;
  } catch {
    return 'this file system has no O_DIRECT';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A pinned page may stay, with its folio, and is where it is to go the next time; everything else must move. */
function assertOnlyBusy(region: Region, result: MigrateResult): void {
  assert.equal(result.code, null);
  assert.deepEqual(
    result.failures.filter(({ code }) => code !== 'EBUSY'),
    [],
  );
  assert.ok(result.bytesMoved >= region.migratableBytes / 2, `only ${result.bytesMoved} bytes moved`);
}

async function migrateUnderPins(
  way: Way,
  opened: Opened,
  copyMode: 'exclusive' | 'write-protected',
  folioSize: number,
): Promise<void> {
  await withFerry({}, async (ferry) => {
    const memory = new SharedArrayBuffer(16 * MIB);
    fill(memory);
    const region = ferry.adopt(memory, { folioSize });
    // In a quarter of the region, so that there are huge folios without a pin.
    const slots = pageOffsets(region).filter((offset, i) => i % 64 === 5 && offset < 4 * MIB);
    const reopenAfter = opened === 'again and again' ? 25 : 0;
    const writer = new PinWriter({ way, reopenAfter, memory, slots });
    try {
      if (opened !== 'during') {
        await writer.open();
        writer.write();
        await writer.hasWritten(10);
      }
      for (let round = 0; round < amount(3, 8); round++) {
        for (const to of [1, 0]) {
          const before = ferry.stats().batches;
          const migration = region.migrate({ to, copyMode });
          if (opened === 'during' && round === 0 && to === 1) {
            await nextBatch(ferry, before);
            await writer.open();
            // A write-protected migration looks for descriptors when it begins, and every 100 ms: a pin in between is not
            // seen (docs/reliability.md).
            if (copyMode === 'write-protected') await migration;
            writer.write();
          }
          assertOnlyBusy(region, await migration);
          await writer.hasWritten(10);
        }
      }
    } finally {
      await writer.stop();
    }
  });
}

const CASES = (['io_uring', 'O_DIRECT'] as const).flatMap((way) =>
  (['exclusive', 'write-protected'] as const).flatMap((copyMode) =>
    (['before', 'during', 'again and again'] as const)
      // See above: what is opened for a moment, a write-protected migration may not see.
      .filter((opened) => copyMode === 'exclusive' || opened !== 'again and again')
      .flatMap((opened) => [PAGE, HUGE].map((folioSize) => [way, opened, copyMode, folioSize] as const)),
  ),
);

for (const [way, opened, copyMode, folioSize] of sampled(CASES, 8)) {
  const name = `no write by ${way} is lost, opened ${opened}, ${copyMode}, folios of ${folioSize}`;
  test(name, LIMIT, async (t) => {
    const why = refusal(way);
    if (why !== undefined) {
      t.skip(why);
      return;
    }
    await migrateUnderPins(way, opened, copyMode, folioSize);
  });
}
