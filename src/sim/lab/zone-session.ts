import { PMD_PAGES } from '../../common/page.js';
import {
  type CompactionCell,
  type CompactionFigures,
  CompactionRun,
  type CompactionSettings,
} from '../experiments/compaction.js';
import { FRAME_FREE, FRAME_MAPPED } from '../hardware/physical-memory.js';

/** States of a frame in the picture of a zone. */
export const ZONE_FREE = 0;
/** A page of the program at its first place. */
export const ZONE_PAGE = 1;
/** A page that has been migrated. */
export const ZONE_MOVED = 2;
/** Part of an allocated huge page. */
export const ZONE_HUGE = 3;
/** Free, and held by the free scanner. */
export const ZONE_ISOLATED = 4;

export const ZONE_PHASES = ['filling', 'freeing', 'compacting', 'done'] as const;
export type ZonePhase = (typeof ZONE_PHASES)[number];

/** A moment of a zone. */
export interface ZoneFrame {
  readonly phase: ZonePhase;
  /** Steps so far. */
  readonly steps: number;
  /** The state of each frame: one of ZONE_…. */
  readonly picture: Uint8Array;
  /** The next frames of the scanners; null before compaction. */
  readonly scanners: { readonly migrate: number; readonly free: number } | null;
  /** Virtual nanoseconds since compaction began. */
  readonly now: number;
  readonly hugePages: number;
  readonly migrated: number;
  readonly offloaded: number;
  readonly scanned: number;
  /** Null until the session is done. */
  readonly figures: CompactionFigures | null;
}

/** A compaction run, step by step. */
export class ZoneSession {
  readonly #run: CompactionRun;
  readonly #left: Generator<void, void>;
  /** The page that each frame held before compaction. -1 for none. */
  readonly #origin: Int32Array;
  readonly #blocks: number;
  #steps = 0;
  #figures: CompactionFigures | null = null;
  #picture = new Uint8Array(0);

  /** @throws MigrationError EINVAL for a zone that is larger than a node of the profile. */
  constructor(cell: CompactionCell, settings: CompactionSettings) {
    this.#run = new CompactionRun(cell, settings);
    this.#left = this.#run.steps();
    const { frames } = this.#run.sim.memory;
    this.#origin = new Int32Array(frames).fill(-1);
    this.#blocks = frames / PMD_PAGES;
  }

  /** Runs `steps` steps, or fewer if the session ends before. */
  advance(steps: number): ZoneFrame {
    for (let step = 0; step < steps && this.#figures === null; step++) {
      if (this.#left.next().done === true) {
        // `finish` frees the huge pages. The picture has them.
        this.#picture = this.#draw();
        this.#figures = this.#run.finish();
        break;
      }
      this.#steps++;
      if (this.#steps === 2 * this.#blocks) this.#rememberOrigin();
    }
    if (this.#figures === null) this.#picture = this.#draw();
    return this.#frame();
  }

  get #phase(): ZonePhase {
    if (this.#figures !== null) return 'done';
    if (this.#steps < this.#blocks) return 'filling';
    return this.#steps < 2 * this.#blocks ? 'freeing' : 'compacting';
  }

  #frame(): ZoneFrame {
    const { sim, compactor, had } = this.#run;
    const { migrate = 0, free = 0 } = compactor?.scanned ?? {};
    return {
      phase: this.#phase,
      steps: this.#steps,
      picture: this.#picture.slice(),
      scanners: compactor?.at ?? null,
      now: sim.clock.now,
      hugePages: had.length,
      migrated: compactor?.stats.get('pgmigrate_success') ?? 0,
      offloaded: compactor?.stats.get('offload_folios') ?? 0,
      scanned: migrate + free,
      figures: this.#figures,
    };
  }

  #rememberOrigin(): void {
    const { state, page } = this.#run.sim.memory;
    for (let frame = 0; frame < state.length; frame++) {
      if (state[frame] === FRAME_MAPPED) this.#origin[frame] = page[frame]!;
    }
  }

  #draw(): Uint8Array<ArrayBuffer> {
    const { memory } = this.#run.sim;
    const { state, page } = memory;
    const compacting = this.#steps >= 2 * this.#blocks;
    const picture = new Uint8Array(state.length);
    for (let frame = 0; frame < state.length; frame++) {
      if (state[frame] === FRAME_FREE) continue;
      if (state[frame] !== FRAME_MAPPED) picture[frame] = ZONE_ISOLATED;
      else picture[frame] = compacting && page[frame] !== this.#origin[frame] ? ZONE_MOVED : ZONE_PAGE;
    }
    for (const first of this.#run.had) picture.fill(ZONE_HUGE, first, first + PMD_PAGES);
    return picture;
  }
}
