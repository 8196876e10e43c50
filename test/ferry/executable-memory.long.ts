import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { streamingRoutines } from '../../src/linux/code/streaming-copy.js';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';

/** How each of our routines begins, at the beginning of its page. */
const ROUTINES: Readonly<Record<string, Buffer>> =
  process.arch === 'arm64'
    ? {
        // prfm pldl1strm, [x1, 1024]; prfm pldl1strm, [x1, 1088]
        'streaming copy': Buffer.from('210082f9212082f9', 'hex'),
        // stp x29, x30, [sp, -144]!; mov x29, sp
        'last act': Buffer.from('fd7bb7a9fd030091', 'hex'),
      }
    : {
        // prefetchnta [rsi + 1024]
        'streaming copy': Buffer.from('0f188600040000', 'hex'),
        // push rbx; push rbp; push r12; push r13
        'last act': Buffer.from('53554154415541', 'hex'),
      };

/** Permissions of every page of the process that begins as a routine of ours does, in whichever thread it was made. */
function pagesOf(routine: Buffer): string[] {
  const memory = openSync('/proc/self/mem', 'r');
  const start = Buffer.alloc(routine.length);
  const found: string[] = [];
  for (const { start: first, end, permissions, path } of mappedRanges(0, Number.POSITIVE_INFINITY)) {
    if (path !== '' || !permissions.startsWith('r')) continue;
    // Also where nothing can be executed: a copy that is writable under another address would be as bad.
    if (!permissions.includes('x') && end - first > 64 * PAGE) continue;
    for (let page = first; page < end; page += PAGE) {
      try {
        readSync(memory, start, 0, start.length, page);
      } catch {
        // Given back to the system meanwhile, by V8 or malloc.
        break;
      }
      if (start.equals(routine)) found.push(permissions);
    }
  }
  closeSync(memory);
  return found;
}

test('the code of dcbm and mtcopy, of every thread, can be read and executed and not be written', {
  ...LIMIT,
  skip: streamingRoutines().length === 0 && 'there is no machine code for this processor',
}, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(16 * MIB);
    fill(buffer);
    const region = ferry.adopt(buffer);
    for (const migrator of [
      { name: 'dcbm', channels: 3 },
      { name: 'mtcopy', threads: 3 },
    ] as const) {
      await ferry.registerMigrator(migrator);
      assertAllMoved(region, await region.migrate({ to: 1 }));
      assertAllMoved(region, await region.migrate({ to: 0 }));
      // One page for all threads.
      for (const [name, code] of Object.entries(ROUTINES)) assert.deepEqual(pagesOf(code), ['r-xp'], name);
      await ferry.unregisterMigrator(migrator.name);
    }
  });
});

test('nothing in the sources makes memory executable but one file, nor goes around its protection', () => {
  const root = fileURLToPath(new URL('../../../src', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  assert.ok(files.length > 100);
  const having = (text: RegExp): string[] =>
    files.filter((name) => text.test(readFileSync(join(root, name), 'utf8'))).map((name) => name.toString());
  assert.deepEqual(having(/PROT_(?:READ_)?(?:WRITE_)?EXEC/), ['linux/code/machine-code.ts']);
  // The declaration, and the one call.
  assert.deepEqual(having(/\bmprotect\(/).sort(), ['linux/code/machine-code.ts', 'linux/sys/libc.ts']);
  assert.deepEqual(having(/\/proc\/[^/\n]+\/mem\b|memfd/), []);
});
