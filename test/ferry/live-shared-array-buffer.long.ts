import { test } from 'node:test';
import { amount } from '../deep.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { FOLIO_SIZES, migrateUnderLoad } from './support/live.js';
import { NO_UPDATE_IS_LOST_CASES, noUpdateIsLost } from './support/live-scenes.js';

noUpdateIsLost(NO_UPDATE_IS_LOST_CASES.slice(1));

test('no update is lost with one folio at a time, nor with batches of 32 MiB', LIMIT, async () => {
  await withFerry({ batchBytes: 32 * 2 ** 20 }, async (ferry) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    await migrateUnderLoad(ferry, buffer, buffer, 4096, 2);
  });
  await withFerry({ batchBytes: 4096 }, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    await migrateUnderLoad(ferry, buffer, buffer, 65536, 2);
  });
});

test('no update is lost with the checked copy', LIMIT, async () => {
  await withFerry({ copy: 'checked' }, async (ferry) => {
    const buffer = new SharedArrayBuffer(amount(8, 32) * MIB);
    await migrateUnderLoad(ferry, buffer, buffer, 4096, 2);
  });
});

test('no update is lost with pools that keep nothing', LIMIT, async () => {
  await withFerry({ poolBytes: 0 }, async (ferry) => {
    for (const folioSize of FOLIO_SIZES) {
      const buffer = new SharedArrayBuffer(16 * MIB);
      await migrateUnderLoad(ferry, buffer, buffer, folioSize, 2);
    }
  });
});
