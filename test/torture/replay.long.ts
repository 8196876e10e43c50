import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WATCH_SOURCES } from './protocol.js';
import { streamOf } from './streams.js';
import { supervise } from './supervise.js';

const LIMIT = { timeout: 240_000 } as const;

/** The decisions of each actor, in its order. */
function decisions(path: string): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const [actor] = line.split(' ', 1);
    all.set(actor!, [...(all.get(actor!) ?? []), line]);
  }
  return all;
}

async function torture(seed: number, log: string): Promise<Map<string, string[]>> {
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  const good = await supervise({
    seconds: 1,
    seed,
    log,
    sources: WATCH_SOURCES,
    autopilot: true,
    stall: 30,
    every: 60,
    replay: '',
    print,
  });
  assert.ok(good, printed.join('\n'));
  assert.match(printed.at(-1)!, new RegExp(`seed ${seed}`));
  return decisions(log);
}

test('a short torture loses nothing, and the same seed decides the same', LIMIT, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pf-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = await torture(7, join(folder, 'a'));
  const again = await torture(7, join(folder, 'b'));
  assert.deepEqual([...again.keys()].sort(), [...first.keys()].sort());
  for (const [actor, decided] of first) {
    const both = Math.min(decided.length, again.get(actor)!.length);
    assert.ok(both > 0);
    assert.deepEqual(again.get(actor)!.slice(0, both), decided.slice(0, both));
  }
});

test('actors, and seeds, have random numbers of their own', () => {
  const first = (seed: number, actor: string): string => {
    const random = streamOf(seed, actor);
    return Array.from({ length: 8 }, () => random(1000)).join();
  };
  assert.equal(first(7, 'mover'), first(7, 'mover'));
  const all = [first(7, 'mover'), first(8, 'mover'), first(7, 'writer-0'), first(7, 'writer-1')];
  assert.equal(new Set(all).size, all.length);
});
