import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchedHeat } from '../../src/ferry/heat.js';
import { assertContent } from './support/content.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { ENDS_WATCH_CASES, endsWatch, filled, returnEnds, SOURCES } from './support/heat-end-scenes.js';

/** The path of a parameter. */
const ELSEWHERE = '/module/pageferry/parameters/batch_bytes';

returnEnds(SOURCES.slice(1));

endsWatch(ENDS_WATCH_CASES.slice(1));

test('break ends a watch, and another one begins', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const { region, buffer } = filled(ferry);
    for (let round = 0; round < 3; round++) {
      let results = 0;
      for await (const { snapshot } of region.heat({ intervalMs: 10 })) {
        assert.equal(snapshot.bytes, region.migratableBytes);
        results++;
        break;
      }
      assert.equal(results, 1);
    }
    assertContent(buffer);
  });
});

test('results that are requested at once come one after the other', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const { region } = filled(ferry);
    const results = region.heat({ intervalMs: 10 });
    const found = await Promise.all([results.next(), results.next(), results.next()]);
    const moments = found.map(({ value }) => (value as WatchedHeat).snapshot.atMs);
    assert.deepEqual(
      moments,
      [...new Set(moments)].sort((a, b) => a - b),
    );
    await results.return!();
  });
});

test('one signal serves many regions without a warning, also for migrations', LIMIT, async (t) => {
  const warnings: string[] = [];
  const warn = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', warn);
  t.after(() => process.off('warning', warn));
  await withFerry({}, async (ferry) => {
    const end = new AbortController();
    const { signal } = end;
    const regions = Array.from({ length: 20 }, () => ferry.allocate(MIB));
    let seen = 0;
    const watches = regions.map(async (region) => {
      let results = 0;
      for await (const { snapshot } of region.heat({ intervalMs: 10, signal })) {
        assert.equal(snapshot.bytes, region.migratableBytes);
        // The last region to have a result ends all watches.
        if (++results === 1 && ++seen === regions.length) end.abort();
      }
    });
    for (let i = 0; i < 20; i++) ferry.parameters.watch(ELSEWHERE, () => undefined, { signal });
    await Promise.all(watches);
    const unused = new AbortController();
    await Promise.all(regions.map((region) => region.migrate({ to: 0, signal: unused.signal })));
  });
  // Node reports them a little later.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});
