import { readFileSync, writeFileSync } from 'node:fs';
import { openFerry } from '../../../../src/index.js';
import { assertContent, fill } from '../content.js';

/**
 * Migrates while vm.overcommit_memory is 2, and puts back what was there. The limit is raised so far that no other process
 * notices. Prints how page tables were moved: `singly`, or what went wrong.
 */
const MIB = 1024 * 1024;
const SETTINGS = '/proc/sys/vm/overcommit_';
const TERABYTE_KB = 2 ** 30;

function read(name: string): string {
  return readFileSync(SETTINGS + name, 'latin1').trim();
}

const mode = read('memory');
const ratio = read('ratio');
const kbytes = read('kbytes');
const buffer = new SharedArrayBuffer(16 * MIB);
fill(buffer);
const ferry = await openFerry();
const region = ferry.adopt(buffer);
const before = await region.migrate({ to: 1 });
const moved = ferry.stats().tables_moved;
const wrong: string[] = [];
if (before.foliosFailed > 0 || moved === 0) wrong.push(`before: ${moved} tables`);
try {
  writeFileSync(`${SETTINGS}kbytes`, String(TERABYTE_KB));
  writeFileSync(`${SETTINGS}memory`, '2');
  for (const copyMode of ['exclusive', 'write-protected'] as const) {
    for (const to of [0, 1]) {
      const { foliosFailed } = await region.migrate({ to, copyMode });
      if (foliosFailed > 0) wrong.push(`${foliosFailed} failed`);
    }
  }
  // Opened while it is strict: its pools are accounted, too.
  const other = await openFerry();
  const made = other.allocate(8 * MIB);
  fill(made.buffer);
  if ((await made.migrate({ to: 1 })).foliosFailed > 0) wrong.push('another ferry failed');
  if (other.stats().tables_moved > 0) wrong.push('another ferry moved page tables');
  assertContent(made.buffer);
  await other.close();
} finally {
  writeFileSync(`${SETTINGS}memory`, mode);
  // Of the two the one that is written last counts, and a ratio can only be written back where one was in use.
  if (kbytes === '0') writeFileSync(`${SETTINGS}ratio`, ratio);
  else writeFileSync(`${SETTINGS}kbytes`, kbytes);
}
const strict = ferry.stats().tables_moved - moved;
if (strict > 0) wrong.push(`${strict} page tables moved`);
await region.migrate({ to: 0 });
if (ferry.stats().tables_moved === moved) wrong.push('none moved afterwards');
assertContent(buffer);
await ferry.close();
process.stdout.write(`${wrong.length === 0 ? 'singly' : wrong.join(', ')}\n`);
