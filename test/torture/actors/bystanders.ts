import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Actor } from '../stage.js';
import { between, pick } from '../streams.js';

/** Starts processes: each shares the memory that is not adopted at the moment, copy-on-write, until it runs its program. */
export async function spawnChildren(actor: Actor): Promise<void> {
  const { stage, random } = actor;
  while (!stage.stopped()) {
    const sleeps = pick(random, ['0', '0', '0.05', '0.3']);
    const rest = between(random, 30, 500);
    actor.decided({ sleeps, rest });
    const child = spawn('/bin/sleep', [sleeps], { stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`a child ended with ${code}`);
    stage.count('children');
    await actor.pause(rest);
  }
}

/** Makes garbage and has it collected. */
export async function collect(actor: Actor): Promise<void> {
  const { stage, random } = actor;
  let kept: unknown[] = [];
  while (!stage.stopped()) {
    const megabytes = between(random, 1, 12);
    const keep = between(random, 1, 5);
    const rest = between(random, 20, 400);
    actor.decided({ megabytes, keep, rest });
    kept.push(Array.from({ length: megabytes * 1000 }, (_, i) => ({ i, text: `${i}`.repeat(8) })));
    kept.push(new ArrayBuffer(megabytes * 2 ** 20));
    if (kept.length > keep * 2) kept = [];
    globalThis.gc?.();
    stage.count('collections');
    await actor.pause(rest);
  }
}
