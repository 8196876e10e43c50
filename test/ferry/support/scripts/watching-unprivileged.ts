/**
 * /proc of this process cannot be read any more, in the middle of a watch: a process that gives up root belongs to root in
 * /proc (proc(5), PR_SET_DUMPABLE). argv: the source.
 */
import '../watchdog.js';
import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { openFerry } from '../../../../src/index.js';
import { assertContent, fill } from '../content.js';
import { MIB } from '../fixture.js';
import { Watching, type WatchSource } from '../watching.js';

const source = process.argv[2] as WatchSource;
const memory = new SharedArrayBuffer(16 * MIB);
fill(memory);
const ferry = await openFerry();
const region = ferry.adopt(memory);
const watching = new Watching(region, source);
await watching.seesMore();
process.setuid!(65534);
assert.throws(() => openSync('/proc/self/clear_refs', 'w'), { code: 'EACCES' });
for (let i = 0; i < 3; i++) await watching.nextResult();
for (const to of [1, 0]) assert.equal((await region.migrate({ to })).foliosFailed, 0);
assertContent(memory);
await watching.end();
await region.release();
await ferry.close();
assertContent(memory);
console.log('done');
