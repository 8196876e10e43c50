import { setImmediate } from 'node:timers/promises';
import type { Random } from '../../../src/common/random.js';
import {
  type CopyMode,
  type Ferry,
  type HugePages,
  MigrationError,
  openFerry,
  type Region,
} from '../../../src/index.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import type { Actor } from '../stage.js';
import { between, oneIn, pick } from '../streams.js';

const MIB = 2 ** 20;
const PAGE = 4096;
/** In which a page is written to, one after the other. */
const PARTS = 4;
const PAGES_AT_ONCE = 64 * PAGE;

interface Life {
  readonly bytes: number;
  readonly folioSize: number;
  /** `allocate`, or a buffer of the program's own. */
  readonly adopt: boolean;
  /** Bytes that are written to before anything moves; the rest stays untouched. */
  readonly used: number;
  readonly migrations: number;
  readonly copyMode: CopyMode;
  readonly hugePages: HugePages;
  /** Whether it is written to for the first time while it moves, instead of before. */
  readonly fillInMidst: boolean;
  readonly releaseInMidst: boolean;
  readonly content: number;
  /** A ferry of its own, that is closed instead of the region being released. */
  readonly ferry: undefined | { readonly batchBytes: number; readonly copy: 'fast' | 'checked' };
  readonly rest: number;
}

/** Allocates or adopts memory, migrates it, gives it back, and uses it after that. */
export async function allocate(actor: Actor): Promise<void> {
  const { stage, random } = actor;
  while (!stage.stopped()) {
    const life = planLife(random);
    actor.decided(life);
    if (life.ferry === undefined) await live(actor, stage.ferry, life);
    else {
      const ferry = await openFerry({ ...life.ferry, poolBytes: 8 * MIB });
      await live(actor, ferry, life);
      await ferry.close();
      stage.count('ferries opened and closed');
    }
    await actor.pause(life.rest);
  }
}

function planLife(random: Random): Life {
  const bytes = between(random, 2 * PAGE, oneIn(random, 3) ? 8 * MIB : MIB / 2);
  return {
    bytes,
    folioSize: pick(random, [PAGE, PAGE, 65536, 2 * MIB]),
    adopt: oneIn(random, 3),
    used: Math.floor((oneIn(random, 2) ? bytes : random(bytes)) / 4) * 4,
    migrations: random(4),
    copyMode: oneIn(random, 2) ? 'write-protected' : 'exclusive',
    hugePages: pick(random, ['keep', 'keep', 'promote', 'split']),
    fillInMidst: oneIn(random, 2),
    releaseInMidst: oneIn(random, 3),
    content: random(1000),
    ferry: oneIn(random, 20)
      ? { batchBytes: pick(random, [1, 64, 512, 2048]) * 4096, copy: pick(random, ['fast', 'checked']) }
      : undefined,
    rest: random(30),
  };
}

async function live({ stage }: Actor, ferry: Ferry, life: Life): Promise<void> {
  const { folioSize, used, content } = life;
  const options = { folioSize };
  const region = life.adopt
    ? ferry.adopt(new SharedArrayBuffer(life.bytes), options)
    : ferry.allocate(life.bytes, options);
  const memory = region.buffer;
  if (life.fillInMidst) await fillInMidst(region, memory, life);
  else fill(memory, content, 0, used);
  check(memory, content, used);
  for (let i = 0; i < life.migrations; i++) {
    await region.migrate({ to: 1 - (i % 2), mode: 'sync_light' });
    check(memory, content, used);
  }
  const migrating = life.releaseInMidst ? untilReleased(region) : undefined;
  const releasing = life.ferry === undefined ? region.release() : ferry.close();
  check(memory, content, used);
  fill(memory, content + 1, 0, used);
  await Promise.all([releasing, migrating]);
  check(memory, content + 1, used);
  stage.count('allocated and released');
}

/** Writes to a part of each page, then to the next part of each, while the region moves to and fro. */
async function fillInMidst(region: Region, memory: SharedArrayBuffer, life: Life): Promise<void> {
  const { used, content, copyMode, hugePages } = life;
  let filled = false;
  const moving = (async () => {
    for (let to = 1; !filled; to = 1 - to) await region.migrate({ to, copyMode, hugePages });
  })();
  for (let part = 0; part < PARTS; part++) {
    for (let page = 0; page < used; page += PAGE) {
      const from = page + (part * PAGE) / PARTS;
      if (from < used) fill(memory, content, from, Math.min(from + PAGE / PARTS, used));
      if (page % PAGES_AT_ONCE === 0) await setImmediate();
    }
  }
  filled = true;
  await moving;
}

async function untilReleased(region: Region): Promise<void> {
  try {
    for (let to = 0; ; to = 1 - to) await region.migrate({ to });
  } catch (error) {
    // EBADF: its ferry is being closed.
    const expected = ['ECANCELED', 'EINVAL', 'EBADF'];
    if (!(error instanceof MigrationError) || !expected.includes(error.code)) throw error;
  }
}

/** The part that was written holds what was written, and the rest zeros. */
function check(memory: SharedArrayBuffer, content: number, used: number): void {
  assertContent(memory, content, 0, used);
  const rest = new Uint8Array(memory, used);
  for (let i = 0; i < rest.length; i += PAGE / 2) {
    if (rest[i] !== 0) throw new Error(`byte ${used + i} was never written and holds ${rest[i]}`);
  }
}
