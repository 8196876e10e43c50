import { ERRNO } from '../../common/errno.js';
import { staleMemory } from '../../common/migration-error.js';
import { MAX_ORDER } from '../../common/page.js';
import type { ListOutcome } from '../../mm/audit/counter-equations.js';
import type { MigrateMode } from '../../mm/mode.js';
import type { WriteProtectOptions } from '../../mm/pipeline/batch-slot.js';
import { FolioList } from '../../mm/pipeline/folio-list.js';
import { type MigrateRequest, migratePagesInSteps } from '../../mm/pipeline/migrate-pages.js';
import type { LiveMachine, RegionPages } from '../../mm/ports/live-machine.js';
import type { OffloadPort } from '../../mm/ports/offload-port.js';
import type { MigrateReason } from '../../mm/reason.js';
import { MigrateStats } from '../../mm/stats.js';
import { fallbackCauses } from '../../offload/fallback-cause.js';
import type { HugePages } from '../huge-pages.js';
import type { Auditor } from './auditor.js';
import { type ProgressWords, progressWords } from './control.js';
import { FailureLog } from './failure-log.js';
import { type CutOptions, type CutSkips, cutFolios } from './folio-cutter.js';
import type { MigrateReply } from './protocol.js';

/**
 * Folios listed at a time: what a migration holds beyond its batches does not grow with the region. 1 GiB of 4K folios, as the
 * migrator has nothing to copy from the last batch of a list to the first of the next.
 */
const SEGMENT_FOLIOS = 262144;

/**
 * How often, at most, counters are published and those who wait for a page that was never there are served: a
 * batch of 2 MiB takes about 0.15 ms, and this is work between batches.
 */
const TRIM_NS = 500_000;

/** How often the process's descriptors are looked at for what could pin pages: nanoseconds. It takes some 50 µs. */
const PINS_NS = 100_000_000;

export interface MigrateJobOptions {
  readonly machine: LiveMachine;
  readonly offload: OffloadPort;
  /** Counters of the whole ferry; the job's own are added to them after every batch. */
  readonly totals: MigrateStats;
  readonly space: number;
  readonly maxOrder: number;
  readonly reason: MigrateReason;
  readonly mode: MigrateMode;
  readonly batchPages: number;
  readonly progress: SharedArrayBuffer;
  /** Asked after every batch: true when somebody else wants a turn. */
  readonly pauseWanted: () => boolean;
  /** Whether to end the sharing of pages that another process still maps (MPOL_MF_MOVE_ALL). */
  readonly unshareMapped: boolean;
  /** Whether readers go on while their pages are copied, and how: see mm/pipeline/cutover-batch.ts. Default: they do not. */
  readonly writeProtected?: WriteProtectOptions | undefined;
  /** See huge-pages.ts. Default: folios are of the region's size, whatever maps them. */
  readonly hugePages?: HugePages | undefined;
  /** Whether to take short gaps between folios along: see folio-cutter.ts. Default false. */
  readonly moveGaps?: boolean;
  /** Checks what was done, if it is to be checked. */
  readonly auditor?: Auditor | undefined;
  /** Asked for each batch: who is to be told of its way. */
  readonly observe?: MigrateRequest['observe'];
  /** Told of each page that was not there. */
  readonly onAbsent?: (page: number) => void;
}

/**
 * Moves pages of one region, in steps of a batch; `migrate` for a range, movePages for single pages. Between
 * two steps nothing is unmapped.
 */
export class MigrateJob {
  readonly #options: MigrateJobOptions;
  readonly #region: RegionPages;
  readonly #list: FolioList;
  readonly #stats = new MigrateStats();
  readonly #batchStats = new MigrateStats();
  readonly #progress: ProgressWords;
  readonly failures = new FailureLog();
  readonly #started: number;
  #trimmedAt = 0;
  #errno = 0;
  #aborted = false;
  #onTarget = 0;
  #hugeBytes = 0;
  #mayPin = false;
  #pinsCheckedAt = 0;
  #registered = false;
  #merging: { resume(): void } | undefined;

  constructor(options: MigrateJobOptions) {
    this.#options = options;
    this.#region = options.machine.space(options.space);
    // It grows with the range that is asked for: room for the whole region costs a small call 30 µs.
    this.#list = new FolioList(8);
    this.#progress = progressWords(options.progress);
    this.#started = options.machine.now();
  }

  get stopped(): boolean {
    return this.#aborted || this.#errno !== 0;
  }

  /** Moves the pages [from, to), by index, to the node `target`. */
  *range(from: number, to: number, target: number): Generator<void> {
    const { machine, space, hugePages } = this.#options;
    const promote = hugePages === 'promote';
    if (promote) machine.prepareHuge(space, from, to);
    if (hugePages === 'split') machine.splitHuge(space, from, to);
    const skips = { onTarget: 0, mixedNode: 0, huge: 0 };
    yield* this.#segments(from, to, target, skips);
    this.#onTarget += skips.onTarget;
    yield* this.#unshareAndRetry(target);
    // What lay on two nodes went page by page, and can be one folio only now.
    if (promote && skips.mixedNode > 0 && !this.stopped) yield* this.#segments(from, to, target, skips);
    this.#unregister();
    // What has left with its page table is huge already, and is passed over.
    if (promote && !this.stopped) machine.collapse(space, from, to, target);
    // Folios below 2 MiB arrive as small pages; and each 2 MiB was looked at when the range was cut.
    const noneHuge = hugePages === 'keep' && this.#options.maxOrder < MAX_ORDER && skips.huge === 0;
    this.#hugeBytes = noneHuge ? 0 : machine.hugeBytes(space, from, to);
  }

  *#segments(from: number, to: number, target: number, skips: CutSkips): Generator<void> {
    const { machine, space, maxOrder } = this.#options;
    let next = from;
    while (next < to && !this.#aborted) {
      const segment = Math.min(to, next + SEGMENT_FOLIOS * 2 ** maxOrder);
      machine.locate(space, next, segment - next);
      this.#list.clear();
      this.#list.reserve(Math.min(SEGMENT_FOLIOS, (segment - next) >> maxOrder));
      const cut = this.#cut(target, SEGMENT_FOLIOS, segment);
      next = cutFolios(this.#region, next, to, cut, this.#list, skips);
      yield* this.#move(this.#list, target);
    }
  }

  /** One literal, as all that a small call needs: to spread an object into another takes several µs. */
  #cut(target: number, limit: number, until?: number): CutOptions {
    const { machine, maxOrder, moveGaps = false, hugePages: pages } = this.#options;
    const huge = pages && { pages, isHuge: (page: number) => machine.isHuge(page) };
    return { maxOrder, target, limit, until, moveGaps, huge };
  }

  /** Moves the folios of `list`, in its order, to the node `target`. */
  *folios(list: FolioList, target: number): Generator<void> {
    yield* this.#move(list, target);
    yield* this.#unshareAndRetry(target);
  }

  /** To be called when the job is over, however it ended: the region is ordinary memory again. */
  finish(): void {
    this.#publish();
    this.#unregister();
    this.#merging?.resume();
    this.#merging = undefined;
    this.#options.machine.trim();
  }

  reply(): MigrateReply {
    const { machine, space } = this.#options;
    const stats = this.#stats;
    const { failures } = this;
    return {
      foliosMoved: stats.get('folios_moved'),
      foliosFailed: failures.folios,
      foliosAbsent: stats.get('folios_absent'),
      foliosOnTarget: this.#onTarget,
      bytesMoved: stats.get('bytes_moved'),
      failures: failures.page.map((page, i) => ({
        index: indexOf(machine.space(space), page),
        pages: failures.pages[i]!,
        errno: failures.errno[i]!,
      })),
      errno: this.#errno,
      batches: stats.get('batches'),
      retries: stats.get('retries'),
      splits: stats.get('splits'),
      fallbacks: stats.get('fallbacks'),
      fallbackCauses: fallbackCauses(stats),
      gapFoliosMoved: stats.get('gap_folios_moved'),
      gapBytesMoved: stats.get('gap_bytes_moved'),
      foliosWriteProtected: stats.get('write_protected_folios'),
      staleCopies: stats.get('write_protected_stale'),
      hugeBytes: this.#hugeBytes,
      durationNs: machine.now() - this.#started,
      unmapNs: stats.get('unmap_ns'),
      copyNs: stats.get('copy_ns'),
      mapNs: stats.get('map_ns'),
      destinationNs: stats.get('destination_ns'),
      aborted: this.#aborted,
    };
  }

  *#move(list: FolioList, target: number): Generator<void> {
    if (list.length === 0) return;
    if (this.#errno !== 0) {
      for (let i = 0; i < list.length; i++)
        this.failures.add(list.page[i]!, 1 << list.order[i]!, this.#errno);
      return;
    }
    const { machine, space, writeProtected } = this.#options;
    if (!this.#registered) {
      // Where merging is stopped, the region has other flags than its shadows: their mappings would not become one.
      const tables = this.#options.unshareMapped && this.#merging === undefined;
      machine.begin(space, { writeProtected: writeProtected !== undefined, tables });
      this.#registered = true;
    }
    this.#checkForPins();
    const request: MigrateRequest = {
      machine,
      offload: this.#options.offload,
      space,
      target,
      reason: this.#options.reason,
      mode: this.#options.mode,
      batchPages: this.#options.batchPages,
      observe: this.#options.observe,
      writeProtected: writeProtected && {
        piecePages: writeProtected.piecePages,
        compare: () => this.#mayPin || writeProtected.compare(),
      },
      stats: this.#batchStats,
      afterBatch: () => this.#afterBatch(),
      onFailure: (page, pages, errno) => this.failures.add(page, pages, errno),
      onAbsent: this.#options.onAbsent,
    };
    const { auditor } = this.#options;
    const before = auditor === undefined ? undefined : this.#outcome();
    const steps = migratePagesInSteps(request, list);
    for (;;) {
      if (Atomics.load(this.#progress.abort, 0) !== 0) {
        this.#aborted = true;
        return;
      }
      if (machine.lost(space)) {
        steps.return(0);
        throw staleMemory();
      }
      const step = steps.next();
      if (step.done === true) {
        if (machine.lost(space)) throw staleMemory();
        if (step.value < 0) this.#errno = -step.value;
        this.#publish();
        machine.resolveHoles();
        if (before !== undefined) auditor?.list(list, this.#outcome(before));
        return;
      }
      // Counters that are audited have to be those of whole batches; and before a message is answered or another region
      // has its turn, what has happened is told: who unregisters a migrator finds all that it did counted.
      if (auditor !== undefined || this.#options.pauseWanted()) this.#publish();
      yield;
    }
  }

  /** Base pages by what has become of them, since `before`. To be asked when all is published. */
  #outcome(before: ListOutcome = { moved: 0, failed: 0, absent: 0 }): ListOutcome {
    return {
      moved: this.#stats.get('nr_succeeded') - before.moved,
      failed: this.#stats.get('nr_failed_pages') - before.failed,
      // What is absent is a base page: a large folio with a hole is split.
      absent: this.#stats.get('folios_absent') - before.absent,
    };
  }

  /** Other batches may still be out. True: none is to follow them for now. */
  #afterBatch(): boolean {
    const { machine } = this.#options;
    const now = machine.now();
    if (now > this.#trimmedAt + TRIM_NS) {
      this.#trimmedAt = now;
      this.#publish();
      machine.resolveHoles();
    }
    if (now > this.#pinsCheckedAt + PINS_NS) this.#checkForPins();
    machine.trimExcess();
    if (machine.lost(this.#options.space)) return true;
    return Atomics.load(this.#progress.abort, 0) !== 0 || this.#options.pauseWanted();
  }

  /**
   * Pages that a forked child left shared copy-on-write stay busy until they are written to, even when the
   * child is gone. So do pages that the kernel has merged (KSM), and it may merge them again at once. Both can only
   * be unshared while the region is not registered; then they are tried once more.
   */
  *#unshareAndRetry(target: number): Generator<void> {
    const { machine, unshareMapped } = this.#options;
    if (this.stopped || !this.failures.errno.includes(ERRNO.EBUSY)) return;
    this.#unregister();
    const busy = this.failures.take(ERRNO.EBUSY);
    if (unshareMapped) this.#merging = machine.stopMerging(this.#options.space, busy);
    let unshared = 0;
    for (const { page, pages } of busy) unshared += machine.unshare(page, pages, unshareMapped);
    const again = new FolioList();
    const skips = { onTarget: 0, mixedNode: 0, huge: 0 };
    const cut = { ...this.#cut(target, Number.POSITIVE_INFINITY), moveGaps: false };
    for (const { page, pages } of busy) {
      const from = indexOf(this.#region, page);
      cutFolios(this.#region, from, from + pages, cut, again, skips);
    }
    if (unshared > 0) {
      yield* this.#move(again, target);
    } else {
      for (let i = 0; i < again.length; i++) {
        this.failures.add(again.page[i]!, 1 << again.order[i]!, ERRNO.EBUSY);
      }
    }
  }

  /** Where somebody could write by a pin, copies of pages that are mapped have to be compared. */
  #checkForPins(): void {
    if (this.#options.writeProtected === undefined) return;
    const { machine } = this.#options;
    this.#pinsCheckedAt = machine.now();
    this.#mayPin = machine.mayPin();
  }

  #unregister(): void {
    if (!this.#registered) return;
    this.#registered = false;
    this.#options.machine.end(this.#options.space);
  }

  #publish(): void {
    this.#options.totals.merge(this.#batchStats);
    this.#stats.merge(this.#batchStats);
    this.#batchStats.reset();
    const { cells } = this.#progress;
    cells[0] = this.#stats.get('folios_moved');
    cells[1] = this.failures.folios;
    cells[2] = this.#stats.get('bytes_moved');
  }
}

/** Index among a region's pages of a page number. */
function indexOf(region: RegionPages, page: number): number {
  for (const span of region.spans) {
    if (page >= span.page && page < span.page + span.pages) return span.index + (page - span.page);
  }
  throw new RangeError('a page that is not in its region');
}

/** Page number of the page with an index among a region's pages. */
export function pageAt(region: RegionPages, index: number): number {
  for (const span of region.spans) {
    if (index >= span.index && index < span.index + span.pages) return span.page + (index - span.index);
  }
  throw new RangeError('an index beyond its region');
}
