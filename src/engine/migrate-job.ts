import { errnoName } from '../common/errno.js';
import { MAX_ORDER, PAGE_SIZE } from '../common/page.js';
import { type CutSkips, cutFolios } from './folio-cutter.js';
import { Job, type JobRegion, type JobServices } from './job.js';
import type { MigrateFailure, MigrationEnd } from './migrate-result.js';
import type { MigratePlan } from './plan.js';
import type { ProgressWords } from './progress.js';

/**
 * Maximum number of folios in a list, so that a migration's memory does not grow with the region. It is 1 GiB of 4K folios,
 * because the migrator is idle from the last batch of a list to the first of the next.
 */
const SEGMENT_FOLIOS = 262144;

/** The stages: the range, its busy folios, and with `promote` the mixed-node folios. */
type Stage = 'begin' | 'range' | 'busy' | 'mixed' | 'end';

/** Moves a range of one region. */
export class MigrateJob extends Job<MigrationEnd> {
  protected override readonly moveAll = true;
  readonly #plan: MigratePlan;
  readonly #offsets: readonly number[];
  readonly #started: number;
  readonly #skips: CutSkips = { onTarget: 0, mixedNode: 0, huge: 0 };
  #stage: Stage = 'begin';
  /** Index of the first page that is not listed yet. */
  #next: number;
  #onTarget = 0;
  #hugeBytes = 0;

  constructor(services: JobServices, region: JobRegion, plan: MigratePlan, progress: ProgressWords) {
    super(services, region, progress);
    this.#plan = plan;
    this.#offsets = region.offsets;
    this.#next = plan.from;
    this.#started = this.machine.now();
  }

  protected override nextList(): MigratePlan | undefined {
    const plan = this.#plan;
    if (this.#stage === 'begin') {
      const { from, to, hugePages } = plan;
      if (hugePages === 'promote') this.machine.prepareHuge(this.space, from, to);
      if (hugePages === 'split') this.machine.splitHuge(this.space, from, to);
      this.#stage = 'range';
    }
    if (this.#stage === 'range') {
      if (this.#listSegment()) return plan;
      this.#onTarget = this.#skips.onTarget;
      this.#stage = 'busy';
      this.listBusy(plan);
      if (this.list.length > 0) return plan;
    }
    if (this.#stage === 'busy') {
      // Mixed-node folios moved page by page. Only now can they be one folio.
      this.#stage =
        plan.hugePages === 'promote' && this.#skips.mixedNode > 0 && !this.stopped ? 'mixed' : 'end';
      this.#next = plan.from;
    }
    if (this.#stage === 'mixed') {
      if (this.#listSegment()) return plan;
      this.#stage = 'end';
    }
    this.#settleHuge();
    return undefined;
  }

  /** Lists the next part of the range. False at its end, or after an abort. */
  #listSegment(): boolean {
    const { machine, space, maxOrder, list } = this;
    // The region may be shorter than it was at the call.
    const to = Math.min(this.#plan.to, this.pages.pages);
    const next = this.#next;
    if (next >= to || this.aborted) return false;
    const segment = Math.min(to, next + SEGMENT_FOLIOS * 2 ** maxOrder);
    machine.locate(space, next, segment - next);
    list.clear();
    list.reserve(Math.min(SEGMENT_FOLIOS, (segment - next) >> maxOrder));
    const cut = this.cutOptions(this.#plan, SEGMENT_FOLIOS, segment);
    this.#next = cutFolios(this.pages, next, to, cut, list, this.#skips);
    return true;
  }

  #settleHuge(): void {
    const { machine, space } = this;
    const { from, to, target, hugePages } = this.#plan;
    this.unregister();
    // Memory that moved with its page table is huge already. collapse skips it.
    if (hugePages === 'promote' && !this.stopped) machine.collapse(space, from, to, target);
    // Folios below 2 MiB arrive as small pages, and each 2 MiB was checked when the range was cut.
    const noneHuge = hugePages === 'keep' && this.maxOrder < MAX_ORDER && this.#skips.huge === 0;
    this.#hugeBytes = noneHuge ? 0 : machine.hugeBytes(space, from, to);
  }

  protected override result(): MigrationEnd {
    const { stats, failures, errno, aborted } = this;
    return {
      aborted,
      result: {
        foliosMoved: stats.get('folios_moved'),
        foliosFailed: failures.folios,
        foliosAbsent: stats.get('folios_absent'),
        foliosOnTarget: this.#onTarget,
        bytesMoved: stats.get('bytes_moved'),
        failures: failures.page.map((page, i) => this.#failureAt(page, i)),
        code: errno === 0 ? null : errnoName(errno),
        batches: stats.get('batches'),
        retries: stats.get('retries'),
        splits: stats.get('splits'),
        fallbacks: stats.get('fallbacks'),
        fallbackCauses: stats.fallbackCauses(),
        gapFoliosMoved: stats.get('gap_folios_moved'),
        gapBytesMoved: stats.get('gap_bytes_moved'),
        foliosWriteProtected: stats.get('write_protected_folios'),
        staleCopies: stats.get('write_protected_stale'),
        hugeBytes: this.#hugeBytes,
        durationNs: this.machine.now() - this.#started,
        phases: {
          unmapNs: stats.get('unmap_ns'),
          copyNs: stats.get('copy_ns'),
          mapNs: stats.get('map_ns'),
          destinationNs: stats.get('destination_ns'),
        },
      },
    };
  }

  #failureAt(page: number, index: number): MigrateFailure {
    const { pages, errno } = this.failures;
    const span = this.pages.spans.findIndex((each) => page >= each.page && page < each.page + each.pages);
    return {
      offset: this.#offsets[span]! + (page - this.pages.spans[span]!.page) * PAGE_SIZE,
      length: pages[index]! * PAGE_SIZE,
      code: errnoName(errno[index]!),
    };
  }
}
