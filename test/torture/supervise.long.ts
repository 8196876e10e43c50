import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counterArena, countUpdates } from './arena.js';
import { RECORD_WORDS, readRecord, writeRecord } from './records.js';
import { supervise } from './supervise.js';
import { takeSnapshot } from './tasks.js';
import { StallWatch } from './watchdog.js';

test('an actor that does nothing is noticed beside others that go on', () => {
  const watch = new StallWatch(1000, 0);
  watch.hear({ writer: 1, mover: 1 }, 0);
  watch.hear({ writer: 2, mover: 1 }, 900);
  assert.deepEqual(watch.stalled(900), []);
  watch.hear({ writer: 3, mover: 1 }, 1100);
  assert.deepEqual(watch.stalled(1100), ['mover']);
  // One that has ended is none that is stuck.
  watch.hear({ writer: 4 }, 1200);
  assert.deepEqual(watch.stalled(1200), []);
  assert.deepEqual(watch.stalled(2300), ['main thread', 'writer']);
});

test('a process that is stuck is ended, after it was recorded who sleeps where and whose CPU time grew', async () => {
  const printed: string[] = [];
  const good = await supervise({
    seconds: 60,
    seed: 1,
    log: undefined,
    sources: [],
    autopilot: false,
    stall: 4,
    every: 60,
    replay: '',
    hold: 0,
    program: new URL('./support/stuck-program.js', import.meta.url),
    print: (text) => void printed.push(text),
  });
  const text = printed.join('\n');
  assert.equal(good, false, text);
  // Others are among them on a host that gives them no CPU for so long.
  assert.match(text, /^STUCK: no sign of life for 4 s from (.*, )?sleeper(, |$)/m);
  const [, sleeper, spinner, caller] = /actors: sleeper (\d+), spinner (\d+), caller (\d+)$/m.exec(text)!;
  const grew = /^ {2}CPU time grew: (.*)$/m.exec(text)![1]!;
  assert.match(grew, new RegExp(`\\d+/${spinner} `));
  assert.match(grew, new RegExp(`\\d+/${caller} `));
  assert.doesNotMatch(grew, new RegExp(`\\d+/${sleeper} `));
  assert.match(text, /^ {2}cpu\d+: \d+ ticks, \d+ idle, \d+ stolen by the host$/m);
  for (const tid of [sleeper, spinner, caller])
    assert.match(text, new RegExp(`^ {2}\\d+/${tid} .*: [RSD] in`, 'm'));
  // Where a thread sleeps in the kernel is for root to see.
  if (takeSnapshot().tasks.get(process.pid)!.stack.length === 0) return;
  assert.match(
    text,
    new RegExp(`^ {2}waiting in a page fault of a userfaultfd: \\d+/${sleeper} [^,]*$`, 'm'),
  );
});

test('a counter that was lost, or made up for elsewhere, is found', () => {
  const arena = counterArena('a', 65536);
  const words = new Int32Array(arena.memory);
  const made = new Uint32Array(16);
  words[2]! += 5;
  made[0] = 5;
  assert.deepEqual(countUpdates(arena, [made]), { found: 5, made: 5, damaged: [] });
  words[2]! -= 1;
  words[2048]! += 1;
  const { found, damaged } = countUpdates(arena, [made]);
  assert.equal(found, 5);
  assert.equal(damaged.length, 2);
});

test('a record that is torn, stale or elsewhere is found', () => {
  const words = new Int32Array(RECORD_WORDS * 4);
  const scratch = new Int32Array(RECORD_WORDS);
  for (let i = 0; i < 4; i++) writeRecord(words, i, 0);
  const old = words.slice(RECORD_WORDS, 2 * RECORD_WORDS);
  assert.equal(writeRecord(words, 1, 2), 4);
  assert.equal(readRecord(words, 1, scratch), 4);
  // Half of it is of the page before.
  words.set(old.subarray(8), RECORD_WORDS + 8);
  assert.match(String(readRecord(words, 1, scratch)), /torn/);
  words.set(old, RECORD_WORDS);
  assert.equal(readRecord(words, 1, scratch), 2);
  words.copyWithin(2 * RECORD_WORDS, 0, RECORD_WORDS);
  assert.match(String(readRecord(words, 2, scratch)), /says that it is 0/);
  words.fill(0, 0, RECORD_WORDS);
  assert.equal(typeof readRecord(words, 1, scratch), 'number');
  assert.match(String(readRecord(words.fill(0), 3, scratch)), /says that it is 0/);
});
