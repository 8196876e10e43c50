import { type CopyRoutine, copyRoutine } from '../linux/copy.js';
import type { CopyRanges } from './copy-ranges.js';
import { gigabytesPerSecond } from './summary.js';

/** A plain copy, by memcpy and one thread: what `medianOfCopy` compares with. */
export class PlainCopy {
  readonly #copy: CopyRoutine = copyRoutine('fast');
  readonly #ranges: CopyRanges;

  constructor(ranges: CopyRanges) {
    this.#ranges = ranges;
  }

  /** One pass over the whole range in chunks of so many bytes, in GB/s. */
  measure(chunk: number): number {
    const { from, to, bytes } = this.#ranges;
    const started = performance.now();
    for (let offset = 0; offset < bytes; offset += chunk) {
      this.#copy(to + offset, from + offset, Math.min(chunk, bytes - offset));
    }
    return gigabytesPerSecond(bytes, (performance.now() - started) * 1e6);
  }
}
