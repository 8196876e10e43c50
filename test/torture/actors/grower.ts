import { assertContent, fill } from '../../ferry/support/content.js';
import { WASM_PAGE, wasmMemory } from '../../ferry/support/wasm.js';
import type { Actor } from '../stage.js';
import { between, oneIn, pick } from '../streams.js';

const MAX_PAGES = 512;

/** The life of a WebAssembly memory. */
interface Growing {
  readonly shared: boolean;
  readonly folioSize: number;
  readonly pages: number;
  readonly content: number;
  /** What it grows by, and how long it is then left alone. */
  readonly steps: readonly { readonly pages: number; readonly rest: number }[];
  /** Part of it that is used all the time. The rest is left alone until the end of a step. */
  readonly used: number;
  readonly migrates: boolean;
}

const REST_MS = 20;

/** Lets WebAssembly memories grow. A part of each is used, the rest becomes cold. */
export async function grow(actor: Actor): Promise<void> {
  const { stage, random } = actor;
  while (!stage.stopped()) {
    const plan = planGrowing(random);
    actor.decided(plan);
    await live(actor, plan);
    stage.count('memories that have grown');
  }
}

function planGrowing(random: Actor['random']): Growing {
  return {
    shared: oneIn(random, 2),
    folioSize: pick(random, [4096, 4096, 65536, 2 ** 21]),
    pages: between(random, 1, 160),
    content: random(1000),
    steps: Array.from({ length: between(random, 0, 3) }, () => ({
      pages: random(100),
      rest: pick(random, [10, 300, 5000, 30_000]),
    })),
    used: pick(random, [0, 0.25, 0.5]),
    migrates: oneIn(random, 2),
  };
}

async function live(actor: Actor, plan: Growing): Promise<void> {
  const { stage } = actor;
  const { content, folioSize, pages, shared } = plan;
  const memory = wasmMemory({ initial: pages, maximum: MAX_PAGES, shared });
  fill(memory.buffer, content);
  const region = stage.ferry.adopt(memory, { folioSize });
  for (const [i, step] of plan.steps.entries()) {
    const bytes = memory.buffer.byteLength;
    const moving = plan.migrates ? region.migrate({ to: (i + 1) % 2 }) : undefined;
    memory.grow(step.pages);
    fill(memory.buffer, content, bytes);
    const used = Math.floor((plan.used * bytes) / WASM_PAGE) * WASM_PAGE;
    const until = performance.now() + step.rest;
    while (performance.now() < until && !stage.stopped()) {
      assertContent(memory.buffer, content, 0, used);
      fill(memory.buffer, content, 0, used);
      await actor.pause(REST_MS);
    }
    await moving;
    assertContent(memory.buffer, content);
    if (region.bytes !== memory.buffer.byteLength) throw new Error(`the region has ${region.bytes} bytes`);
  }
  await region.release();
  assertContent(memory.buffer, content);
}
