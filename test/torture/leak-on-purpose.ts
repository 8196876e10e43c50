import { PAGE_SIZE } from '../../src/common/page.js';
import { type Address, libc } from '../../src/linux/sys/libc.js';
import { advise, MADV_POPULATE_WRITE } from '../../src/linux/sys/mman.js';

const PROT_READ_WRITE = 0x3;
const MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
const RANGE_BYTES = 2 ** 30;

const kept: unknown[] = [];
let range: Address | undefined;
let pages = 0;

/** What a migration can leak: a page in memory of the engine's own, and as much of the JavaScript heap. */
export function leakOfMigration(): void {
  range ??= map(RANGE_BYTES);
  touch(range + pages++ * PAGE_SIZE);
  kept.push(new Array(PAGE_SIZE / 8).fill(0.5));
}

/** What a ferry can leak: a mapping with a page in memory, and a descriptor. */
export function leakOfFerry(): void {
  touch(map(PAGE_SIZE));
  libc().open('/dev/null', 0);
}

function map(bytes: number): Address {
  return libc().mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0);
}

function touch(address: Address): void {
  if (advise(address, PAGE_SIZE, MADV_POPULATE_WRITE) < 0) throw new Error('no page to leak');
}
