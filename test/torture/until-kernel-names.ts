import { readFileSync } from 'node:fs';
import type { KernelLog } from './kernel-log.js';
import { takeSnapshot } from './tasks.js';

const POLL_MS = 1000;
/** kernel/hung_task.c; since Linux 6.17 the next line names the likely owner of the lock. */
const HUNG = /blocked for more than \d+ seconds/;

/**
 * Keeps a stuck process while one of its tasks sleeps uninterruptibly, until the kernel's log says which lock that task waits
 * for. The kernel looks every `hung_task_timeout_secs` (120 s by default), so it speaks within twice that time.
 *
 * @param hold seconds to wait at most; by default what the kernel needs, and 0 where its log cannot be read.
 * @returns whether it has waited.
 */
export async function untilKernelNames(
  pid: number,
  log: KernelLog,
  print: (text: string) => void,
  hold: number = log.readable ? hungTaskSeconds() : 0,
): Promise<boolean> {
  const until = performance.now() + hold * 1000;
  let waited = false;
  for (;;) {
    const lines = log.read();
    for (const line of lines) print(`  kernel: ${line}`);
    if (lines.some((line) => HUNG.test(line)) || performance.now() >= until || !sleepsDeeply(pid))
      return waited;
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function sleepsDeeply(pid: number): boolean {
  return [...takeSnapshot().tasks.values()].some((task) => task.pid === pid && task.state === 'D');
}

function hungTaskSeconds(): number {
  try {
    const timeout = Number(readFileSync('/proc/sys/kernel/hung_task_timeout_secs', 'utf8'));
    return timeout > 0 ? 2 * timeout + 5 : 0;
  } catch {
    return 0;
  }
}
