import { readFileSync } from 'node:fs';
import { openFerry } from '../../../../src/index.js';
import { reserve } from '../../../../src/linux/sys/mman.js';
import { Scratch } from '../../../../src/linux/sys/scratch.js';
import { assertContent, fill } from '../content.js';
import { call, PROT_READ, protect } from '../system-calls.js';

/**
 * Migrates while the process can have no shadow: it has too many mappings, or too few addresses. Prints how page tables were
 * moved: `singly`, or what went wrong.
 */
const MIB = 1024 * 1024;
const PAGE = 4096;
// include/uapi/asm-generic/resource.h
const RLIMIT_DATA = 2;
const RLIMIT_AS = 9;
/** Of vm.max_map_count: fewer than 4,096 are left to the program. */
const LEFT = 3000;

function field(name: string): number {
  return (
    Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
  );
}

function limit(resource: number, bytes: number): void {
  const limits = new Scratch(16);
  limits.u32.fill(0xffffffff);
  limits.set64(0, bytes);
  call('prlimit64', 0, resource, limits.address);
}

/** Every other page becomes a mapping of its own. */
function fillMappings(): void {
  const max = Number(readFileSync('/proc/sys/vm/max_map_count', 'latin1'));
  const has = readFileSync('/proc/self/maps', 'latin1').split('\n').length;
  const pairs = Math.floor((max - has - LEFT) / 2);
  const stripes = reserve(Math.ceil((pairs * 2 * PAGE) / (2 * MIB)) * 2 * MIB);
  for (let i = 0; i < pairs; i++) protect(stripes.address + i * 2 * PAGE, PAGE, PROT_READ);
}

const buffer = new SharedArrayBuffer(256 * MIB);
fill(buffer);
// What is free in the pool is enough: nothing has to be mapped for it.
const ferry = await openFerry();
const region = ferry.adopt(buffer);
if (process.argv[2] === 'mappings') fillMappings();
// Less than the shadow of the region, and enough for what V8 and malloc want meanwhile.
if (process.argv[2] === 'address-space') limit(RLIMIT_AS, field('VmSize') + 200 * MIB);
if (process.argv[2] === 'data') limit(RLIMIT_DATA, field('VmData') + 200 * MIB);
const wrong: string[] = [];
for (const to of [1, 0]) {
  for (const copyMode of ['exclusive', 'write-protected'] as const) {
    const length = 32 * MIB;
    const offset = copyMode === 'exclusive' ? 0 : 64 * MIB;
    const { foliosFailed, code } = await region.migrate({ to, copyMode, offset, length });
    if (foliosFailed > 0) wrong.push(`${foliosFailed} failed, ${code}`);
  }
}
const { tables_moved, pages_moved_singly } = ferry.stats();
if (tables_moved > 0) wrong.push(`${tables_moved} page tables moved`);
if (pages_moved_singly < (128 * MIB) / PAGE) wrong.push(`${pages_moved_singly} pages moved singly`);
assertContent(buffer);
await ferry.close();
assertContent(buffer);
process.stdout.write(`${wrong.length === 0 ? 'singly' : wrong.join(', ')}\n`);
