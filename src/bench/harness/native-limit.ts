import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { gigabytesPerSecond } from '../../common/summary.js';
import { LinuxCopyTeam } from '../../linux/team/linux-copy-team.js';
import type { CopyRanges } from './copy-ranges.js';

/** Pieces for each thread. Long pieces are copied fastest, but the threads should end at about the same time. */
const SHARES = 8;
/** Fewer threads saturate any memory. */
const MAX_THREADS = 64;
const PATIENCE_NS = 60e9;

export interface NativeCopy {
  readonly GBps: number;
  /** The number of threads that was best. */
  readonly threads: number;
}

interface Team {
  readonly threads: number;
  readonly team: LinuxCopyTeam;
}

/**
 * The limit of every migration on this host: its best copy (streaming, if supported) between present huge pages, with the
 * best number of threads. It unmaps and maps nothing.
 */
export class NativeLimit {
  readonly #ranges: CopyRanges;
  readonly #teams: Team[] = [];

  private constructor(ranges: CopyRanges) {
    this.#ranges = ranges;
  }

  /** With a team for each of these numbers of threads. @throws MigrationError ENODEV when threads cannot be started. */
  static async open(ranges: CopyRanges, threadCounts: readonly number[]): Promise<NativeLimit> {
    const limit = new NativeLimit(ranges);
    try {
      for (const threads of threadCounts) {
        const pieces = Math.ceil(ranges.bytes / pieceBytes(ranges.bytes, threads));
        const team = new LinuxCopyTeam({ frameBase: 0, pieces, copy: 'fast' });
        limit.#teams.push({ threads, team });
        await team.resize(threads - 1);
      }
      // The first pass of each thread compiles it.
      limit.measure();
    } catch (error) {
      await limit.close();
      throw error;
    }
    return limit;
  }

  /** One pass over the whole range with each number of threads; the best of them. */
  measure(): NativeCopy {
    let best: NativeCopy = { GBps: 0, threads: 1 };
    for (const { threads, team } of this.#teams) {
      const GBps = this.#pass(team, threads);
      if (GBps > best.GBps) best = { GBps, threads };
    }
    return best;
  }

  /** Resolves when the threads no longer access the ranges. */
  async close(): Promise<void> {
    await Promise.all(this.#teams.splice(0).map(({ team }) => team.abandon()));
  }

  #pass(team: LinuxCopyTeam, threads: number): number {
    const { from, to, bytes } = this.#ranges;
    const piece = pieceBytes(bytes, threads);
    const started = performance.now();
    const job = team.open();
    for (let offset = 0; offset < bytes; offset += piece) {
      const pages = Math.min(piece, bytes - offset) / PAGE_SIZE;
      team.add(job, (to + offset) / PAGE_SIZE, (from + offset) / PAGE_SIZE, pages);
    }
    team.start(job);
    if (!team.finish(job, PATIENCE_NS)) {
      throw new MigrationError('ETIMEDOUT', 'a plain copy timed out', { operation: 'copy limit' });
    }
    team.close(job);
    return gigabytesPerSecond(bytes, (performance.now() - started) * 1e6);
  }
}

/** A multiple of 2 MiB. */
function pieceBytes(bytes: number, threads: number): number {
  return Math.max(1, Math.floor(bytes / (threads * SHARES) / PMD_SIZE)) * PMD_SIZE;
}

/** The numbers of threads to try: 1, 2, 4, … and the number of CPUs. */
export function threadCounts(cpus: number): number[] {
  const max = Math.min(cpus, MAX_THREADS);
  const counts: number[] = [];
  for (let threads = 1; threads < max; threads *= 2) counts.push(threads);
  return [...counts, max];
}
