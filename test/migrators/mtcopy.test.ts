import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { ERRNO } from '../../src/common/errno.js';
import { type Random, seededRandom } from '../../src/common/random.js';
import { MtcopyMigrator } from '../../src/migrators/mtcopy/mtcopy.js';
import type { CopyList, StartedCopy } from '../../src/offload/migrator.js';
import { copyList } from '../ferry/support/copy-list.js';
import { FakeCopyTeam, type FakeCopyTeamOptions } from './fake-copy-team.js';
import { NumberedFrames, pages } from './numbered-frames.js';
import { randomList } from './random-list.js';

/** Numbered frames, enough for the random lists. */
function setUp(options: Partial<FakeCopyTeamOptions> = {}) {
  const content = Uint32Array.from({ length: 5000 }, (_, frame) => frame);
  const poisoned = new Set<number>();
  const team = new FakeCopyTeam({
    ...options,
    copier: () => (dst, src, count) => {
      for (let frame = src; frame < src + count; frame++) if (poisoned.has(frame)) return -ERRNO.EHWPOISON;
      content.copyWithin(dst, src, src + count);
      return 0;
    },
  });
  let given = 0;
  const migrator = new MtcopyMigrator({
    team,
    pageBytes: 4096,
    timeoutMs: () => 60_000,
    onAbandoned: () => given++,
  });
  const port = new NumberedFrames();
  return {
    content,
    poisoned,
    team,
    migrator,
    abandonments: () => given,
    copy: (list: CopyList) => migrator.offloadCopy(list, port),
    begin: (list: CopyList) => migrator.startCopy(list, port),
    start: (list: CopyList) => migrator.startCopy(list, port) as StartedCopy,
  };
}

/** The folios whose destinations hold their sources' numbers. */
function arrived(content: Uint32Array, { length, src, dst, order }: CopyList): number[] {
  return Array.from({ length }, (_, i) => {
    const there = content.subarray(dst[i]!, dst[i]! + (1 << order[i]!));
    return there.every((frame, k) => frame === src[i]! + k) ? 1 : 0;
  });
}

test('every page arrives and nothing else changes, whoever copies it and in whatever order', () => {
  fc.assert(
    fc.property(randomList, fc.option(fc.nat()), (list, seed) => {
      const random: Random | undefined = seed === null ? undefined : seededRandom(seed);
      const { content, copy, team } = setUp(random === undefined ? {} : { random });
      assert.equal(copy(list), 0);
      assert.ok(list.copied.every((mark) => mark === 1));
      assert.ok(arrived(content, list).every((is) => is === 1));
      const changed = content.reduce((sum, frame, i) => sum + (frame === i ? 0 : 1), 0);
      assert.equal(
        changed,
        list.order.reduce((sum, order) => sum + (1 << order), 0),
      );
      assert.equal(team.openJobs, 0);
    }),
    { numRuns: 200 },
  );
});

test('large folios are cut, so that every thread finds something to do', () => {
  const { copy, team } = setUp();
  assert.equal(copy(copyList([1024, 0, 9])), 0);
  assert.deepEqual(
    team.history[0],
    Array.from({ length: 8 }, (_, i) => ({ dst: 1024 + 64 * i, src: 64 * i, pages: 64 })),
  );
});

test('neighbours on both sides are put together, up to a piece', () => {
  const { copy, team } = setUp();
  assert.equal(copy(pages(70)), 0);
  assert.equal(copy(copyList([100, 10, 0], [101, 12, 0], [102, 13, 1], [200, 15, 0])), 0);
  assert.deepEqual(team.history, [
    [
      { dst: 100, src: 10, pages: 64 },
      { dst: 164, src: 74, pages: 6 },
    ],
    [
      { dst: 100, src: 10, pages: 1 },
      { dst: 101, src: 12, pages: 3 },
      { dst: 200, src: 15, pages: 1 },
    ],
  ]);
});

test('a piece that fails costs the folios that it has a part of', () => {
  fc.assert(
    fc.property(
      randomList,
      fc.nat(),
      fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 5 }),
      (list, seed, bad) => {
        const { copy, team, poisoned } = setUp({ random: seededRandom(seed) });
        for (const frame of bad) poisoned.add(frame);
        const result = copy(list);
        const lost = new Set<number>();
        for (const { src, pages: count } of team.history[0]!) {
          const own = Array.from({ length: count }, (_, k) => src + k);
          if (own.some((frame) => poisoned.has(frame))) for (const frame of own) lost.add(frame);
        }
        for (let i = 0; i < list.length; i++) {
          const own = Array.from({ length: 1 << list.order[i]! }, (_, k) => list.src[i]! + k);
          assert.equal(list.copied[i], own.some((frame) => lost.has(frame)) ? 0 : 1);
        }
        assert.equal(result, lost.size > 0 ? -ERRNO.EHWPOISON : 0);
        assert.ok(!list.quarantined.includes(1));
        assert.equal(team.openJobs, 0);
      },
    ),
    { numRuns: 200 },
  );
});

test('what finds no room in the job is left to others', () => {
  const { copy, content } = setUp({ pieces: 3 });
  const list = copyList([1000, 0, 0], [2000, 10, 7], [3000, 200, 0], [3100, 300, 0]);
  assert.equal(copy(list), -ERRNO.EBUSY);
  assert.deepEqual([...list.copied], [1, 1, 0, 0]);
  assert.deepEqual(arrived(content, list), [1, 1, 0, 0]);
  const half = copyList([1000, 0, 0], [1010, 20, 0], [2000, 1000, 7], [3000, 400, 0]);
  assert.equal(copy(half), -ERRNO.EBUSY);
  assert.deepEqual([...half.copied], [1, 1, 0, 0], 'half of the third one went in');
});

test('as many batches as the team has jobs may be in flight; one more is refused', () => {
  const { begin, start, content } = setUp({ jobs: 2, random: seededRandom(5) });
  const lists = [0, 1].map((i) => copyList([1000 + 200 * i, 100 * i, 6], [1100 + 200 * i, 64 + 100 * i, 2]));
  const started = lists.map((list) => start(list));
  const third = copyList([3000, 500, 0]);
  assert.equal(begin(third), -ERRNO.EBUSY);
  for (const [i, one] of started.entries()) {
    assert.equal(one.finish(), 0);
    assert.deepEqual(arrived(content, lists[i]!), [1, 1]);
  }
  assert.equal(start(third).finish(), 0);
  assert.deepEqual([...third.copied], [1]);
});

test('an empty list is copied without the team', () => {
  const { copy, team } = setUp();
  assert.equal(copy(copyList()), 0);
  assert.deepEqual(team.history, []);
});

test('after the limit what has not ended is held, until the team is gone', async () => {
  const { copy, begin, team, migrator, content, abandonments } = setUp({ random: seededRandom(2) });
  team.fate = ({ src }) => (src === 64 ? 'stuck' : 'copied');
  await migrator.whenQuiet();
  const list = copyList([1000, 0, 7], [2000, 200, 3], [2100, 300, 0]);
  assert.equal(copy(list), -ERRNO.ETIMEDOUT);
  assert.deepEqual([...list.copied], [0, 1, 1]);
  assert.deepEqual([...list.quarantined], [1, 0, 0]);
  assert.equal(team.abandoned, 1);
  assert.equal(abandonments(), 1);
  assert.equal(begin(copyList([3000, 400, 0])), -ERRNO.EIO);
  assert.equal(migrator.owner.acquire(), false);
  let quiet = false;
  const whenQuiet = migrator.whenQuiet().then(() => {
    quiet = true;
  });
  await turn();
  assert.equal(quiet, false);
  assert.deepEqual(arrived(content, list), [0, 1, 1]);
  team.letGo();
  await whenQuiet;
  assert.deepEqual(arrived(content, list), [1, 1, 1], 'it was written late');
});

test('batches in flight when the team is given up are finished, held where they have not ended', () => {
  const { start, team, abandonments } = setUp();
  team.fate = ({ src }) => (src === 0 || src === 700 ? 'stuck' : 'copied');
  const lists = [
    copyList([1000, 0, 0], [1010, 10, 0]),
    copyList([2000, 500, 0], [2010, 600, 1]),
    copyList([3000, 700, 0], [3010, 800, 1]),
  ];
  const results = lists.map((list) => start(list)).map((one) => one.finish());
  assert.deepEqual(results, [-ERRNO.ETIMEDOUT, 0, -ERRNO.ETIMEDOUT]);
  assert.deepEqual(
    lists.map(({ copied, quarantined }) => [...copied, ...quarantined]),
    [
      [0, 1, 1, 0],
      [1, 1, 0, 0],
      [0, 1, 1, 0],
    ],
  );
  assert.equal(team.abandoned, 1);
  assert.equal(abandonments(), 1);
});
