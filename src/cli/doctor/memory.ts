import { formatSize } from '../../common/size.js';
import type { Check } from './check.js';
import { readText } from './read-text.js';

/** Below this the demo's default size does not fit any more. */
const COMFORTABLE = 1.5 * 2 ** 30;

export function checkMemory(): Check {
  const bytes = process.availableMemory();
  const found = `${formatSize(bytes)} available`;
  const details = { availableBytes: bytes };
  if (bytes >= COMFORTABLE) return { id: 'memory', status: 'ok', found, details };
  return {
    id: 'memory',
    status: 'limited',
    found,
    why: 'the demo and the benches need about twice the memory that they move, which does not fit.',
    advice: 'Free some memory, raise the limit of the container, or use a smaller --bytes.',
    details,
  };
}

/** A limit of the address space, where somebody set one. */
export function checkAddressSpace(): Check | undefined {
  const limit = readText('/proc/self/limits')?.match(/^Max address space\s+(\d+)/m)?.[1];
  if (limit === undefined) return undefined;
  return {
    id: 'address space',
    status: 'limited',
    found: `limited to ${formatSize(Number(limit))} (RLIMIT_AS)`,
    why: 'a ferry reserves four times its poolBytes of address space (not of memory).',
    advice: 'Run `ulimit -v unlimited`, or use small poolBytes and batchBytes.',
    details: { limitBytes: Number(limit) },
  };
}
