import { PMD_SIZE } from '../../common/page.js';
import { gigabytesPerSecond } from '../../common/summary.js';
import { type CopyRoutine, channelCopyRoutine, copyRoutine } from '../../linux/code/copy.js';
import type { CopyRanges } from './copy-ranges.js';

/** A plain copy by one thread: memcpy, or the best routine for long pieces. `medianOfCopy` is relative to it. */
export class PlainCopy {
  readonly #copy: CopyRoutine = copyRoutine('fast');
  readonly #copyLong: CopyRoutine = channelCopyRoutine('fast');
  readonly #ranges: CopyRanges;

  constructor(ranges: CopyRanges) {
    this.#ranges = ranges;
  }

  /** One pass over the whole range in chunks of `chunk` bytes, in GB/s. */
  measure(chunk: number): number {
    const { from, to, bytes } = this.#ranges;
    const copy = chunk >= PMD_SIZE ? this.#copyLong : this.#copy;
    const started = performance.now();
    for (let offset = 0; offset < bytes; offset += chunk) {
      copy(to + offset, from + offset, Math.min(chunk, bytes - offset));
    }
    return gigabytesPerSecond(bytes, (performance.now() - started) * 1e6);
  }
}
