import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { CpuMigrator } from '../../src/migrators/cpu.js';
import type { CopyPort } from '../../src/mm/ports/machine.js';
import type { CopyList } from '../../src/offload/migrator.js';
import { copyList } from '../ferry/support/copy-list.js';

type Run = readonly [dst: number, src: number, pages: number];

/** Notes the runs it is asked to copy, and fails those that contain a bad source frame. */
class NotingPort implements CopyPort {
  readonly runs: Run[] = [];
  readonly #bad: readonly number[];

  constructor(...bad: number[]) {
    this.#bad = bad;
  }

  copyFrames(dst: number, src: number, pages: number): number {
    this.runs.push([dst, src, pages]);
    return this.#bad.some((frame) => frame >= src && frame < src + pages) ? -ERRNO.EHWPOISON : 0;
  }
}

function copy(list: CopyList, port: NotingPort): number {
  return new CpuMigrator().offloadCopy(list, port);
}

test('neighbours on both sides are copied as one run, whatever their orders', () => {
  const port = new NotingPort();
  const list = copyList([100, 10, 0], [101, 11, 0], [102, 12, 2], [106, 16, 0]);
  assert.equal(copy(list, port), 0);
  assert.deepEqual(port.runs, [[100, 10, 7]]);
  assert.deepEqual([...list.copied], [1, 1, 1, 1]);
});

test('neighbours on one side only are copied apart', () => {
  const port = new NotingPort();
  copy(copyList([100, 10, 0], [101, 12, 0], [103, 13, 0], [102, 14, 0]), port);
  assert.deepEqual(port.runs, [
    [100, 10, 1],
    [101, 12, 1],
    [103, 13, 1],
    [102, 14, 1],
  ]);
});

test('a run that goes down is not a run', () => {
  const port = new NotingPort();
  copy(copyList([101, 11, 0], [100, 10, 0]), port);
  assert.equal(port.runs.length, 2);
});

test('runs follow one another', () => {
  const port = new NotingPort();
  copy(copyList([100, 10, 1], [102, 12, 1], [200, 50, 9], [712, 562, 0]), port);
  assert.deepEqual(port.runs, [
    [100, 10, 4],
    [200, 50, 513],
  ]);
});

test('an unreadable source costs only its own folio', () => {
  const port = new NotingPort(13);
  const list = copyList([100, 10, 1], [102, 12, 1], [104, 14, 0], [300, 30, 0]);
  assert.equal(copy(list, port), -ERRNO.EHWPOISON);
  assert.deepEqual([...list.copied], [1, 0, 1, 1]);
  assert.deepEqual(port.runs, [
    [100, 10, 5],
    [100, 10, 2],
    [102, 12, 2],
    [104, 14, 1],
    [300, 30, 1],
  ]);
});

test('a failure is reported even if the folios after it are fine', () => {
  assert.equal(copy(copyList([100, 10, 0], [200, 20, 0]), new NotingPort(10)), -ERRNO.EHWPOISON);
});

test('only the folios of the list are looked at, not what is left in the arrays behind it', () => {
  const port = new NotingPort();
  const list = { ...copyList([100, 10, 0], [101, 11, 0]), length: 1 };
  copy(list, port);
  assert.deepEqual(port.runs, [[100, 10, 1]]);
  assert.deepEqual([...list.copied], [1, 0]);
});

test('an empty list is copied', () => {
  assert.equal(copy(copyList(), new NotingPort()), 0);
});

test('a folio that fails alone is not tried twice', () => {
  const port = new NotingPort(10);
  copy(copyList([100, 10, 0]), port);
  assert.equal(port.runs.length, 1);
});
