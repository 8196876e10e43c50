import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError, type Region } from '../../src/index.js';
import { HostMarks } from '../../src/linux/accessed/host-marks.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import {
  FAST,
  first,
  isHere,
  SOURCES,
  THE_USED_IS_THE_HOTTEST_CASES,
  theUsedIsTheHottest,
  untouchedStaysAbsent,
} from './support/heat-scenes.js';

theUsedIsTheHottest(THE_USED_IS_THE_HOTTEST_CASES.slice(0, 1));

untouchedStaysAbsent(SOURCES.slice(0, 1));

for (const source of (['referenced', 'written', 'idle'] as const).filter((name) => !isHere(name))) {
  test(`${source}: the host does not have it, and the error says what it needs`, LIMIT, async () => {
    const { problem, needs } = HostMarks.probe(source);
    await withFerry({}, async (ferry) => {
      const region = ferry.adopt(new SharedArrayBuffer(4 * MIB));
      await assert.rejects(first(region.heat({ ...FAST, source })), (error) => {
        assert.ok(error instanceof MigrationError);
        assert.deepEqual([error.code, error.operation], ['EOPNOTSUPP', 'heat']);
        assert.equal(error.problem, `this host does not have the access source ${source}: ${problem}`);
        assert.equal(error.advice, `It needs ${needs}`);
        return true;
      });
    });
  });
}

test('without a source, the best that the host has is used', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(4 * MIB));
    assert.equal((await first(region.heat(FAST))).snapshot.source, 'referenced');
  });
});

test('bad options are named, before anything is watched', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(MIB));
    const refused = (options: unknown, argument: string): void => {
      assert.throws(
        () => region.heat(options as Parameters<Region['heat']>[0]),
        (error) =>
          error instanceof MigrationError &&
          error.code === 'EINVAL' &&
          error.operation === 'heat' &&
          error.argument === argument,
        argument,
      );
    };
    refused({ source: 'perf' }, 'options.source');
    for (const value of [0, 9, 3_600_001, 1.5, '20', Number.NaN])
      refused({ intervalMs: value }, 'options.intervalMs');
    for (const value of [0, -1, 1.01, Number.NaN, '1']) {
      refused({ cpuShare: value }, 'options.cpuShare');
      refused({ stallShare: value }, 'options.stallShare');
    }
    for (const value of [0, 4095, 12288, 2 ** 31]) refused({ unitBytes: value }, 'options.unitBytes');
    for (const value of [0, 8192, 2 ** 30]) refused({ minUnitBytes: value }, 'options.minUnitBytes');
    refused({ halfLifeMs: 1 }, 'options.halfLifeMs');
    refused({ signal: {} }, 'options.signal');
    refused({ interval: 1 }, 'options.interval');
    refused(null, 'options');
    await region.release();
    refused({}, 'region');
    await ferry.close();
    assert.throws(() => region.heat(), { code: 'EBADF' });
  });
});
