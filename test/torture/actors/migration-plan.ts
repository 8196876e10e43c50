import type { Random } from '../../../src/common/random.js';
import {
  type CopyMode,
  type HugePages,
  MIGRATE_MODES,
  MIGRATE_REASONS,
  type MigrateMode,
  type MigrateReason,
} from '../../../src/index.js';
import { between, oneIn, pick } from '../streams.js';

const PAGE = 4096;

/** One thing to do with a region. */
export type Step =
  | {
      readonly do: 'migrate';
      readonly to: number;
      readonly reason: MigrateReason;
      readonly mode: MigrateMode;
      readonly offset: number;
      readonly length: number;
      readonly batchBytes: number;
      readonly gaps: 'skip' | 'move';
      readonly copyMode: CopyMode;
      readonly hugePages: HugePages;
      /** Milliseconds after which its signal aborts it. */
      readonly abortAfter: number | undefined;
      /** Whether the next step does not wait for this one. */
      readonly overlap: boolean;
    }
  | {
      readonly do: 'movePages';
      /** Pages, from the start of the memory, and where each is to go; null: they are only asked for. */
      readonly pages: readonly number[];
      readonly to: readonly number[] | null;
      readonly moveAll: boolean;
    };

/** From adoption to release. */
export interface Tenancy {
  readonly folioSize: number;
  readonly node: number;
  readonly steps: readonly Step[];
  /** Whether the last migration is under way when the region is released. */
  readonly releaseInMidst: boolean;
}

/** Small folios most of the time: every one of them is a chance to go wrong. */
const FOLIO_SIZES = [4096, 4096, 4096, 4096, 8192, 65536, 65536, 262144, 2097152, 2097152];

export function planTenancy(random: Random, bytes: number): Tenancy {
  const folioSize = pick(random, FOLIO_SIZES);
  const node = random(2);
  let to = random(2);
  const steps = Array.from({ length: between(random, 2, 16) }, () => {
    to = 1 - to;
    return oneIn(random, 8) ? planPages(random, bytes) : planMigration(random, bytes, to);
  });
  return { folioSize, node, steps, releaseInMidst: oneIn(random, 4) };
}

function planMigration(random: Random, bytes: number, to: number): Step {
  const whole = !oneIn(random, 3);
  const offset = whole ? 0 : random(bytes);
  const length = whole ? bytes : random(bytes - offset + 1);
  // One folio at a time takes long: a few pages of it are enough.
  const serial = oneIn(random, 12);
  return {
    do: 'migrate',
    to,
    reason: pick(random, MIGRATE_REASONS),
    mode: pick(random, MIGRATE_MODES),
    offset,
    length: serial ? Math.min(length, 128 * PAGE) : length,
    batchBytes: 4096 * (serial ? 1 : pick(random, [32, 100, 128, 512, 512, 2048, 8192, 8192])),
    gaps: oneIn(random, 4) ? 'move' : 'skip',
    copyMode: oneIn(random, 2) ? 'write-protected' : 'exclusive',
    hugePages: pick(random, ['keep', 'keep', 'keep', 'promote', 'split']),
    abortAfter: oneIn(random, 6) ? random(12) : undefined,
    overlap: oneIn(random, 6),
  };
}

function planPages(random: Random, bytes: number): Step {
  const max = Math.floor(bytes / PAGE) - 1;
  const start = random(max);
  const spread = oneIn(random, 2) ? max : Math.min(max, 600);
  const pages = Array.from({ length: between(random, 1, 300) }, () => (start + random(spread)) % max);
  const to = oneIn(random, 5) ? null : pages.map(() => random(2));
  return { do: 'movePages', pages, to, moveAll: oneIn(random, 2) };
}
