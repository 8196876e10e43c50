import './support/memory.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Futex } from '../../src/linux/sys/futex.js';
import { libc } from '../../src/linux/sys/libc.js';
import { storeAndWake, waitWhile } from '../../src/linux/sys/wait-word.js';

const DAY = 86_400e9;
const [PING, PONG, SLEEPERS] = [0, 1, 2];

/** Sees what it is told about futexes, and does not sleep. */
class NotingFutex extends Futex {
  readonly waits: number[] = [];
  readonly wakes: number[] = [];
  /** Called instead of sleeping. */
  sleeping: (expected: number) => void = () => {};

  override wait(address: number, expected: number, nanoseconds: number): void {
    assert.ok(nanoseconds > 0);
    this.waits.push(address);
    this.sleeping(expected);
  }

  override wake(address: number): void {
    this.wakes.push(address);
  }
}

function setUp() {
  const words = new Int32Array(new SharedArrayBuffer(16));
  return { words, address: libc().addressOf(words), futex: new NotingFutex() };
}

test('a word that differs is returned at once, without a sleep', () => {
  const { words, address, futex } = setUp();
  words[PONG] = -3;
  assert.equal(waitWhile(words, PONG, 7, SLEEPERS, DAY, futex, address), -3);
  assert.equal(waitWhile(words, PONG, 7, SLEEPERS, 0, futex, address), -3);
  assert.deepEqual(futex.waits, []);
});

test('a sleeper is counted as long as it sleeps, on the word that it waits for', () => {
  const { words, address, futex } = setUp();
  words[PONG] = 7;
  const seen: number[] = [];
  futex.sleeping = (expected) => {
    seen.push(expected, words[SLEEPERS]!);
    words[PONG] = 8;
  };
  assert.equal(waitWhile(words, PONG, 7, SLEEPERS, DAY, futex, address), 8);
  assert.deepEqual(futex.waits, [address + 4]);
  assert.deepEqual(seen, [7, 1]);
  assert.equal(words[SLEEPERS], 0);
});

test('who is woken for nothing gets the old word, and may wait again', () => {
  const { words, address, futex } = setUp();
  assert.equal(waitWhile(words, PING, 0, SLEEPERS, DAY, futex, address), 0);
  assert.equal(futex.waits.length, 1);
  assert.equal(words[SLEEPERS], 0);
});

test('when the time is over it returns, without a sleep if there is none left', () => {
  const { words, address, futex } = setUp();
  for (const nanoseconds of [0, 1, -1]) {
    assert.equal(waitWhile(words, PING, 0, SLEEPERS, nanoseconds, futex, address), 0);
  }
  assert.deepEqual(futex.waits, []);
  assert.equal(waitWhile(words, PING, 0, SLEEPERS, 2e6, new Futex(), address), 0);
  assert.equal(words[SLEEPERS], 0);
});

test('a store wakes only if somebody sleeps', () => {
  const { words, address, futex } = setUp();
  storeAndWake(words, PONG, 5, SLEEPERS, futex, address);
  assert.equal(words[PONG], 5);
  assert.deepEqual(futex.wakes, []);
  words[SLEEPERS] = 2;
  storeAndWake(words, PONG, 6, SLEEPERS, futex, address);
  assert.equal(words[PONG], 6);
  assert.deepEqual(futex.wakes, [address + 4]);
});

test('two threads take turns, awake or asleep, and neither misses its turn', async () => {
  const { words, address } = setUp();
  const url = (file: string): string => new URL(`../../src/linux/sys/${file}.js`, import.meta.url).href;
  const source = `
    const { workerData } = require('node:worker_threads');
    Promise.all([import(${JSON.stringify(url('futex'))}), import(${JSON.stringify(url('wait-word'))})]).then(
      ([{ Futex }, { waitWhile, storeAndWake }]) => {
        const { buffer, address, turns, day } = workerData;
        const words = new Int32Array(buffer);
        const futex = new Futex();
        for (let turn = 1; turn <= turns; turn++) {
          while (waitWhile(words, 0, turn - 1, 2, day, futex, address) === turn - 1) {}
          storeAndWake(words, 1, turn, 3, futex, address);
        }
      },
    );
  `;
  const turns = 300;
  const worker = new Worker(source, {
    eval: true,
    execArgv: [],
    workerData: { buffer: words.buffer, address, turns, day: DAY },
  });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  const futex = new Futex();
  for (let turn = 1; turn <= turns; turn++) {
    storeAndWake(words, PING, turn, 2, futex, address);
    while (waitWhile(words, PONG, turn - 1, 3, DAY, futex, address) === turn - 1) {}
    assert.equal(words[PONG], turn);
    // Long enough for the other one to go to sleep.
    if (turn % 30 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.equal(await exited, 0);
  assert.deepEqual([words[2], words[3]], [0, 0]);
});
