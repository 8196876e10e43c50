import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Ferry, Region } from '../../src/index.js';
import { libc } from '../../src/linux/sys/libc.js';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { assertContent } from './support/content.js';
import { LIMIT, withFerry } from './support/fixture.js';
import { BYTES, buffersOf } from './support/many-regions-scenes.js';

/** More than can be registered at once, and than the journal can name. */
const REGIONS = 1200;

/** Bytes that a process may read for each region: what it looks up in /proc when it has adopted one, and more. */
const READ_FOR_EACH = 32 * 1024;

/** Mappings that migrations may need for a while: 64 regions at once, each apart from its neighbours. */
const MAPPINGS = 200;

/** Bytes that this process has read by system calls (proc(5)). */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))![1]);
}

/** Mappings of the process in the range of the buffers. All together would count V8's heap, too. */
function mappingsOf(buffers: readonly SharedArrayBuffer[]): () => number {
  const addresses = buffers.map((buffer) => libc().addressOf(new Uint8Array(buffer, 0, 1)));
  const [from, to] = [Math.min(...addresses), Math.max(...addresses) + BYTES];
  return () => mappedRanges(from, to).length;
}

/** Adopts buffers and waits until the migration thread has them all. Returns bytes read by the process for each. */
async function adoptAll(
  ferry: Ferry,
  buffers: readonly SharedArrayBuffer[],
  into: Region[],
): Promise<number> {
  const before = bytesRead();
  for (const buffer of buffers) into.push(ferry.adopt(buffer));
  await into.at(-1)!.migrate({ to: 0 });
  return (bytesRead() - before) / buffers.length;
}

test(
  'the last regions are adopted with no more reading than the first, and all migrate at once',
  LIMIT,
  async () => {
    const buffers = buffersOf(REGIONS);
    await withFerry({}, async (ferry) => {
      const regions: Region[] = [];
      const third = REGIONS / 3;
      const read: number[] = [];
      for (const from of [0, third, 2 * third])
        read.push(await adoptAll(ferry, buffers.slice(from, from + third), regions));
      // All mappings, as text, are more than 100 KB for each of the last.
      for (const bytes of read) assert.ok(bytes < READ_FOR_EACH, `${read.join(', ')} bytes`);
      const mappings = mappingsOf(buffers);
      const before = mappings();
      let max = 0;
      const results = await Promise.all(
        regions.map(async (region) => {
          const result = await region.migrate({ to: 1 });
          if (region.id % 50 === 0) max = Math.max(max, mappings());
          return result;
        }),
      );
      for (const [i, result] of results.entries()) {
        assert.deepEqual([result.foliosFailed, result.bytesMoved], [0, regions[i]!.migratableBytes]);
      }
      assert.ok(max < before + MAPPINGS, `${max} mappings, ${before} before`);
    });
    for (const buffer of buffers) assertContent(buffer);
  },
);
