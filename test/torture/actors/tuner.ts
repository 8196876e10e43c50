import type { Random } from '../../../src/common/random.js';
import { MIGRATE_REASONS, MigrationError } from '../../../src/index.js';
import type { Actor } from '../stage.js';
import { between, oneIn, pick } from '../streams.js';

const DCBM = 'module/dcbm/parameters';
const MTCOPY = 'module/mtcopy/parameters';
const PAGEFERRY = 'module/pageferry/parameters';

interface Write {
  readonly path: string;
  readonly value: string | number;
  /** The errno with which it must be refused. */
  readonly refused?: string;
}

/** Writes parameters while batches are under way, wrong values too. verify_copies is the swapper's. */
export async function tune(actor: Actor): Promise<void> {
  const { stage, random } = actor;
  const { parameters } = stage.ferry;
  while (!stage.stopped()) {
    const write = planWrite(random);
    const rest = between(random, 20, 400);
    actor.decided({ ...write, rest });
    let refused: string | undefined;
    try {
      await parameters.set(write.path, write.value);
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      refused = error.code;
    }
    if (refused !== write.refused) {
      throw new Error(
        `${write.path} = ${write.value}: ${refused ?? 'taken'}, not ${write.refused ?? 'taken'}`,
      );
    }
    stage.count(refused === undefined ? 'parameter writes' : 'parameter writes refused');
    await actor.pause(rest);
  }
}

function planWrite(random: Random): Write {
  if (oneIn(random, 6)) return pick(random, WRONG);
  switch (random(10)) {
    case 0:
      return { path: `${DCBM}/nr_dma_chan`, value: between(random, 1, oneIn(random, 8) ? 16 : 4) };
    case 1:
      return { path: `${MTCOPY}/threads`, value: between(random, 1, 5) };
    case 2:
    case 3:
      return { path: `${PAGEFERRY}/pipeline_depth`, value: between(random, 1, 4) };
    case 4: {
      // All of them most of the time: what is not offloaded cannot go wrong.
      const some = MIGRATE_REASONS.filter(() => oneIn(random, 2)).join(',') || 'none';
      return { path: `${PAGEFERRY}/reason_mask`, value: pick(random, ['all', 'all', 'all', 'none', some]) };
    }
    case 5:
      // A thread that is late by this much is a channel that hangs.
      return { path: `${PAGEFERRY}/copy_timeout_ms`, value: pick(random, [2, 10, 30, 60]) };
    case 6:
    case 7:
      // Pages are pinned here, but nothing writes to them through a pin: `always` loses nothing either.
      return { path: `${PAGEFERRY}/page_tables`, value: pick(random, ['never', 'auto', 'auto', 'always']) };
    case 8:
      return { path: `${PAGEFERRY}/max_failures`, value: pick(random, [3, 30, 1_000_000, 1_000_000]) };
    default:
      return { path: `${pick(random, [DCBM, MTCOPY])}/folios_migrated`, value: 0 };
  }
}

const WRONG: readonly Write[] = [
  { path: `${DCBM}/nr_dma_chan`, value: 0, refused: 'EINVAL' },
  { path: `${DCBM}/nr_dma_chan`, value: 17, refused: 'EINVAL' },
  { path: `${PAGEFERRY}/pipeline_depth`, value: 'deep', refused: 'EINVAL' },
  { path: `${PAGEFERRY}/copy_timeout_ms`, value: -1, refused: 'EINVAL' },
  { path: `${PAGEFERRY}/reason_mask`, value: 'boredom', refused: 'EINVAL' },
  { path: `${PAGEFERRY}/batch_bytes`, value: 1, refused: 'EACCES' },
  { path: `${PAGEFERRY}/nothing`, value: 1, refused: 'ENOENT' },
];
