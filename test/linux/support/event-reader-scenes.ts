import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Pagemap } from '../../../src/linux/sys/pagemap.js';
import { EventReader } from '../../../src/linux/userfaultfd/event-reader.js';
import { Userfaultfd } from '../../../src/linux/userfaultfd/userfaultfd.js';
import { HUGE, memory, peek, poke } from './memory.js';
import type { TouchingTask } from './touching-worker.js';

export const LIMIT = { timeout: 120_000 } as const;

export const RANGE = 32 * 1024 * 1024;

/** A userfaultfd with events, and two ranges of 32 MiB: one has pages and is registered, the other is free. */
export function scene() {
  const pagemap = new Pagemap();
  const uffd = Userfaultfd.open(pagemap, { events: true });
  const [from, to] = [memory(RANGE, true), memory(RANGE, false)];
  for (let at = 0; at < RANGE; at += HUGE) poke(from.address + at, Uint8Array.of(1 + at / HUGE));
  assert.equal(uffd.register(from.address, RANGE), 0);
  const close = () => {
    for (const { address } of [from, to]) uffd.unregister(address, RANGE);
    uffd.close();
    pagemap.close();
    from.unmap();
    to.unmap();
  };
  return { uffd, pagemap, from: from.address, to: to.address, close };
}

export function start(uffd: Userfaultfd, capacity?: number): EventReader {
  const reader = EventReader.start(uffd.descriptor, capacity);
  assert.ok(reader !== undefined, 'this system permits it');
  assert.equal(reader.alive, true);
  return reader;
}

export function marksAt(address: number): number[] {
  return Array.from({ length: RANGE / HUGE }, (_, i) => peek(address + i * HUGE, 1)[0]!);
}

export const MARKS = Array.from({ length: RANGE / HUGE }, (_, i) => i + 1);

export function touch(address: number): { readonly task: TouchingTask; readonly exit: Promise<unknown> } {
  const task: TouchingTask = {
    address,
    state: new Int32Array(new SharedArrayBuffer(4)),
    found: new Uint8Array(new SharedArrayBuffer(1)).fill(9),
  };
  const worker = new Worker(new URL('./touching-worker.js', import.meta.url), { workerData: task });
  return { task, exit: once(worker, 'exit') };
}
