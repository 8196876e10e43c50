import { libc } from '../../../src/linux/sys/libc.js';
import { PinnedPage } from '../../ferry/support/pin.js';
import { between, oneIn, pick } from '../streams.js';
import type { Bench } from './thread.js';

// include/uapi/asm-generic/mman-common.h
const ADVICES = { cold: 20, pageout: 21 } as const;
const PAGE = 4096;

/** Ages and reclaims pages now and then, as the kernel does by itself, and pins one for a moment. */
export function race({ task, random, stopped, did, say }: Bench): Uint32Array[] {
  const c = libc();
  const memories = [...task.counters, task.records, task.given];
  const starts = memories.map((memory) => c.addressOf(new Uint8Array(memory, 0, 1)));
  const nap = new Int32Array(new SharedArrayBuffer(4));
  while (!stopped()) {
    const which = random(memories.length);
    const all = Math.floor(memories[which]!.byteLength / PAGE) - 1;
    const first = random(all);
    const pages = between(random, 1, Math.min(1024, all - first));
    const advice = pick(random, ['cold', 'pageout'] as const);
    const times = between(random, 1, 50);
    const pin = oneIn(random, 8);
    const rest = between(random, 1, 60);
    if (task.log)
      say({ kind: 'decided', what: JSON.stringify({ which, first, pages, advice, times, pin, rest }) });
    const address = Math.ceil(starts[which]! / PAGE) * PAGE + first * PAGE;
    if (pin) {
      const pinned = PinnedPage.pin(address);
      say({ kind: 'counted', what: typeof pinned === 'string' ? 'pins refused' : 'pages pinned', amount: 1 });
      if (typeof pinned !== 'string') {
        Atomics.wait(nap, 0, 0, rest);
        pinned.unpin();
      }
    } else {
      for (let i = 0; i < times; i++) c.madvise(address, pages * PAGE, ADVICES[advice]);
      say({ kind: 'counted', what: 'madvise calls', amount: times });
      Atomics.wait(nap, 0, 0, rest);
    }
    did(1);
  }
  return [];
}
