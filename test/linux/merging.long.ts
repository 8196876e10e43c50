import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoppedMerging } from '../../src/linux/memory/merging.js';
import { advise, MADV_MERGEABLE } from '../../src/linux/sys/mman.js';
import { markedRanges } from '../../src/linux/sys/smaps.js';
import { Ksm } from '../ferry/support/ksm.js';
import { memory, PAGE, peek, poke } from './support/memory.js';

const PAGES = 1024;
const FROM = 256;
const TO = 768;

test('merging stops from the first run to the last, unmerges what lies there, and starts again', async (t) => {
  const ksm = await Ksm.start();
  if (typeof ksm === 'string') {
    t.skip(ksm);
    return;
  }
  const range = memory(PAGES * PAGE, false);
  const own = memory(PAGE, true);
  try {
    const at = range.address;
    const first = at / PAGE;
    const content = new Uint8Array(PAGES * PAGE).fill(0x5a);
    poke(at, content);
    const spans = [{ address: at, pages: PAGES }];
    const runs = [
      { page: first + TO - 8, pages: 8 },
      { page: first + FROM, pages: 1 },
    ];
    // Nobody has asked for merging.
    assert.equal(StoppedMerging.within(spans, runs, own), undefined);
    assert.equal(advise(at, PAGES * PAGE, MADV_MERGEABLE), 0);
    if ((await Ksm.merged(PAGES)) < PAGES) {
      t.skip('the kernel has not merged all of it in 10 s');
      return;
    }
    const stopped = StoppedMerging.within(spans, runs, own);
    assert.ok(stopped !== undefined);
    // The kernel counts them anew when it has come round.
    assert.equal(await Ksm.atMost(PAGES - (TO - FROM)), PAGES - (TO - FROM));
    const outside = [
      [at, FROM * PAGE],
      [at + TO * PAGE, (PAGES - TO) * PAGE],
    ];
    assert.deepEqual(markedRanges('mg', at, at + PAGES * PAGE), outside);
    assert.deepEqual(Buffer.from(peek(at, PAGES * PAGE)), Buffer.from(content));
    stopped.resume();
    assert.deepEqual(markedRanges('mg', at, at + PAGES * PAGE), [[at, PAGES * PAGE]]);
    // A run that lies in none of the spans.
    assert.equal(StoppedMerging.within(spans, [{ page: first + PAGES, pages: 1 }], own), undefined);
  } finally {
    await ksm.end();
    range.unmap();
    own.unmap();
  }
});
