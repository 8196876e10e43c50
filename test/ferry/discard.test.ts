import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError, type Region } from '../../src/index.js';
import { libc } from '../../src/linux/sys/libc.js';
import { assertContent, fill } from './support/content.js';
import {
  assertDead,
  DEAD_PART_IS_GIVEN_BACK_CASES,
  deadPartIsGivenBack,
  PARTS_DIE_CASES,
  partsDie,
} from './support/discard-scenes.js';
import { LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { call } from './support/system-calls.js';

deadPartIsGivenBack(DEAD_PART_IS_GIVEN_BACK_CASES.slice(0, 1));

partsDie(PARTS_DIE_CASES.slice(0, 1));

test('bad arguments are named, and nothing dies', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const memory = new SharedArrayBuffer(MIB);
    fill(memory);
    const region = ferry.adopt(memory);
    const refused = async (args: readonly unknown[], code: string, argument: string): Promise<void> => {
      await assert.rejects(
        region.advise(...(args as Parameters<Region['advise']>)),
        (error) =>
          error instanceof MigrationError &&
          error.operation === 'advise' &&
          error.code === code &&
          error.argument === argument,
        `${args}`,
      );
    };
    for (const offset of [-1, 0.5, MIB + 1, Number.NaN, '0', undefined])
      await refused([offset, 0, 'dead'], 'EINVAL', 'offset');
    for (const length of [-1, 1.5, MIB + 1, Number.NaN, '1', undefined])
      await refused([0, length, 'dead'], 'EINVAL', 'length');
    for (const advice of ['cool', 'DEAD', 'toString', 4, undefined, null, ['hot']])
      await refused([0, 1, advice], 'EINVAL', 'advice');
    assertContent(memory);
    await region.release();
    await refused([0, 1, 'dead'], 'EINVAL', 'region');
    await ferry.close();
    await assert.rejects(region.advise(0, 1, 'dead'), { code: 'EBADF' });
  });
});

test('locked memory is not given back, and the error says so', LIMIT, async (t) => {
  await withFerry({}, async (ferry) => {
    const memory = new SharedArrayBuffer(MIB);
    fill(memory);
    const region = ferry.adopt(memory);
    const { offset } = region.migratable[0]!;
    const address = libc().addressOf(new Uint8Array(memory, offset, 1));
    try {
      call('mlock', address, 16 * PAGE);
    } catch (error) {
      t.skip(String(error));
      return;
    }
    await assert.rejects(region.advise(offset, 16 * PAGE, 'dead'), { code: 'EINVAL', message: /mlock/ });
    call('munlock', address, 16 * PAGE);
    await region.advise(offset, 16 * PAGE, 'dead');
    assertDead(memory, offset, 16 * PAGE);
  });
});
