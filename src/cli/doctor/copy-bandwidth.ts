import { CopyRanges } from '../../bench/harness/copy-ranges.js';
import type { Host } from '../../bench/harness/host.js';
import { PlainCopy } from '../../bench/harness/plain-copy.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { availableBytes } from '../../linux/sys/topology.js';
import type { Check } from './check.js';

const BYTES = 128 * 2 ** 20;
const PASSES = 3;

/** The copy bandwidth of this host, which no migration exceeds. The measurement is short, and rough. */
export function checkCopyBandwidth({ nodes }: Host): Check | undefined {
  const from = nodes[0]!.numaNode;
  const to = nodes.at(-1)!.numaNode;
  if (Math.min(availableBytes(from), availableBytes(to)) < 4 * BYTES) return undefined;
  const ranges = new CopyRanges(BYTES, from, to);
  try {
    const copy = new PlainCopy(ranges);
    const best = (chunk: number) => Math.max(...Array.from({ length: PASSES }, () => copy.measure(chunk)));
    const small = best(PAGE_SIZE);
    const huge = best(PMD_SIZE);
    return {
      id: 'copy',
      status: 'ok',
      found: `${small.toFixed(1)} GB/s in chunks of 4K, ${huge.toFixed(1)} GB/s of 2M`,
      details: { GBps: { '4K': small, '2M': huge } },
    };
  } finally {
    ranges.close();
  }
}
