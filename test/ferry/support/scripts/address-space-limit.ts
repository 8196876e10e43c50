import { readFileSync } from 'node:fs';
import { MigrationError, openFerry } from '../../../../src/index.js';
import { Scratch } from '../../../../src/linux/sys/scratch.js';
import { assertContent, fill } from '../content.js';
import { call } from '../system-calls.js';

/** Uses a ferry while the process may have hardly more address space than it has. Prints what each step gave. */
const MIB = 1024 * 1024;
const RLIMIT_AS = 9;
const limits = new Scratch(16);

/** Permits so many bytes beyond what there is; Infinity: no limit. */
function limitAddressSpace(more: number): void {
  const used = Number(/^VmSize:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
  limits.u32.fill(0xffffffff);
  if (Number.isFinite(more)) limits.set64(0, used + more);
  call('prlimit64', 0, RLIMIT_AS, limits.address);
}

async function outcome(what: string, attempt: () => unknown): Promise<void> {
  let text = 'done';
  try {
    await attempt();
  } catch (error) {
    text = error instanceof MigrationError ? error.code : String(error);
  }
  process.stdout.write(`${what}: ${text}\n`);
}

const ferry = await openFerry({ poolBytes: 0 });
const buffer = new SharedArrayBuffer(16 * MIB);
fill(buffer);
const region = ferry.adopt(buffer);

// Enough for a thread and its heap, not for the pools.
limitAddressSpace(8192 * MIB);
await outcome('open', () => openFerry({ poolBytes: 16_384 * MIB }));
// Enough for what V8 and malloc may want of it meanwhile.
limitAddressSpace(1024 * MIB);
await outcome('allocate', () => ferry.allocate(4096 * MIB));
await outcome('prefill', () => ferry.prefill({ node: 1, bytes: 2 * MIB }));
for (const to of [1, 0]) {
  const { bytesMoved, foliosFailed, code } = await region.migrate({ to });
  assertContent(buffer);
  process.stdout.write(`migrate: ${bytesMoved === region.migratableBytes} ${foliosFailed} ${code}\n`);
}
limitAddressSpace(Number.POSITIVE_INFINITY);
await outcome('allocate', () => ferry.allocate(64 * MIB));
await outcome('open', async () => (await openFerry()).close());
await ferry.close();
assertContent(buffer);
