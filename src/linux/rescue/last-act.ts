import { machineCode } from '../code/machine-code.js';
import { type Address, libc } from '../sys/libc.js';
import { Scratch } from '../sys/scratch.js';
import type { Journal } from './journal.js';
import { LAST_ACT_X64 } from './last-act-code.js';
import { LAST_ACT_ARM64 } from './last-act-code-arm64.js';

/**
 * Makes this thread bring back the pages that its machine left unmapped, when the thread ends in any way: by an error, by
 * worker.terminate() of it or of the thread that started it, or out of heap. JavaScript no longer runs then, so this is a
 * destructor of thread-specific data (pthread_key_create(3)), in machine code.
 *
 * No other thread need be awake. The thread that owns the ferry may itself be asleep in an unmapped page, or have ended.
 * Returns a function that cancels it. Undefined if memory cannot be made executable: the owner then does what it can.
 *
 * A thread that outlives this one, such as the one that started it, must hold the journal. When the routine runs, this
 * thread's own references no longer exist.
 */
export function armLastAct(journal: Journal): (() => void) | undefined {
  const routine = lastActRoutine();
  if (routine === undefined) return undefined;
  const c = libc();
  const key = new Scratch(8);
  if (c.pthread_key_create(key.address, routine) !== 0) return undefined;
  const words = new Int32Array(journal.buffer);
  if (c.pthread_setspecific(key.u32[0]!, c.addressOf(words)) !== 0) {
    c.pthread_key_delete(key.u32[0]!);
    return undefined;
  }
  return () => void c.pthread_key_delete(key.u32[0]!);
}

/** Address of `void act(int64_t *journal)`. Undefined if memory cannot be made executable. */
export function lastActRoutine(): Address | undefined {
  const code = process.arch === 'x64' ? LAST_ACT_X64 : LAST_ACT_ARM64;
  return machineCode('last-act', () => Buffer.from(code.join(''), 'hex'));
}
