import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE } from '../../common/page.js';
import type { OwnCopyPort } from '../contract.js';

/** A folio of a check: 2^order frames, to copy from `src` to `dst`. */
export interface CheckFolio {
  readonly dst: number;
  readonly src: number;
  readonly order: number;
}

/** Frames in memory. Each page and each word has different content. */
export class CheckMemory {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  /** Expected content, except for frames whose content is unspecified. */
  readonly #expected: Uint8Array;
  readonly #unknown: Uint8Array;

  /** @param seed content differs between seeds. */
  constructor(frames: number, seed: number) {
    this.#words = new Uint32Array((frames * PAGE_SIZE) / 4);
    for (let i = 0; i < this.#words.length; i++) this.#words[i] = Math.imul(i + seed * 7919 + 1, 0x9e3779b1);
    this.#bytes = new Uint8Array(this.#words.buffer);
    this.#expected = this.#bytes.slice();
    this.#unknown = new Uint8Array(frames);
  }

  get frames(): number {
    return this.#unknown.length;
  }

  copy(dst: number, src: number, pages: number): void {
    this.#bytes.copyWithin(dst * PAGE_SIZE, src * PAGE_SIZE, (src + pages) * PAGE_SIZE);
  }

  /** Overwrites frames, as a copy that fails midway would. */
  spoil(first: number, pages: number): void {
    this.#bytes.fill(0xa5, first * PAGE_SIZE, (first + pages) * PAGE_SIZE);
  }

  /** Expects a folio's destination to have the original content of its source. */
  expectCopy({ dst, src, order }: CheckFolio): void {
    this.#expected.copyWithin(dst * PAGE_SIZE, src * PAGE_SIZE, (src + 2 ** order) * PAGE_SIZE);
  }

  /** Expects nothing of a folio's destination. */
  expectAnything({ dst, order }: CheckFolio): void {
    this.#unknown.fill(1, dst, dst + 2 ** order);
  }

  /** Frames with unexpected content. */
  wrongFrames(): number[] {
    const wrong: number[] = [];
    for (let frame = 0; frame < this.frames; frame++) {
      const [from, to] = [frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE];
      if (this.#unknown[frame] === 1) continue;
      const differs = Buffer.compare(this.#bytes.subarray(from, to), this.#expected.subarray(from, to)) !== 0;
      if (differs) wrong.push(frame);
    }
    return wrong;
  }
}

/** The port of a check: performs valid calls, refuses others, and records those. */
export class CheckPort implements OwnCopyPort {
  /** Forbidden calls of the migrator. */
  readonly violations: string[] = [];
  readonly #memory: CheckMemory;
  readonly #src: Uint8Array;
  readonly #dst: Uint8Array;
  /** Errnos of source frames that cannot be read. */
  readonly #unreadable: ReadonlyMap<number, number>;
  #over = false;

  constructor(memory: CheckMemory, folios: readonly CheckFolio[], unreadable: ReadonlyMap<number, number>) {
    this.#memory = memory;
    this.#unreadable = unreadable;
    this.#src = new Uint8Array(memory.frames);
    this.#dst = new Uint8Array(memory.frames);
    for (const { src, dst, order } of folios) {
      this.#src.fill(1, src, src + 2 ** order);
      this.#dst.fill(1, dst, dst + 2 ** order);
    }
  }

  /** Ends the batch: later calls are refused. */
  end(): void {
    this.#over = true;
  }

  copyFrames(dst: number, src: number, pages: number): number {
    const call = `copyFrames(${String(dst)}, ${String(src)}, ${String(pages)})`;
    if (this.#over) return this.#refuse(`${call} after the batch was over`, ERRNO.ESTALE);
    if (!isRun(dst, pages) || !isRun(src, pages))
      return this.#refuse(`${call} is not a run of frames`, ERRNO.EFAULT);
    if (!isWithin(this.#src, src, pages)) {
      return this.#refuse(`${call} reads frames that are not sources of the list`, ERRNO.EFAULT);
    }
    if (!isWithin(this.#dst, dst, pages)) {
      return this.#refuse(`${call} writes frames that are not destinations of the list`, ERRNO.EFAULT);
    }
    for (let frame = src; frame < src + pages; frame++) {
      const errno = this.#unreadable.get(frame);
      if (errno === undefined) continue;
      this.#memory.spoil(dst, pages);
      return -errno;
    }
    this.#memory.copy(dst, src, pages);
    return 0;
  }

  /** These frames do not have DMA addresses. */
  dmaAddress(): number {
    return -ERRNO.EOPNOTSUPP;
  }

  #refuse(violation: string, errno: number): number {
    this.violations.push(violation);
    return -errno;
  }
}

function isRun(first: number, pages: number): boolean {
  return Number.isInteger(first) && Number.isInteger(pages) && first >= 0 && pages >= 1;
}

function isWithin(members: Uint8Array, first: number, pages: number): boolean {
  if (first + pages > members.length) return false;
  return members.subarray(first, first + pages).every((member) => member === 1);
}
