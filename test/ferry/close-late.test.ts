import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openFerry } from '../../src/index.js';
import { LIMIT, MIB, refusal } from './support/fixture.js';

/**
 * Has workers tell their last messages and their end in one go, as Node does now and then when its thread is busy.
 * Returns what undoes it.
 */
function tellLate(): () => void {
  const { emit } = Worker.prototype;
  const late = new Map<Worker, unknown[]>();
  Worker.prototype.emit = function (this: Worker, event: string | symbol, ...values: unknown[]): boolean {
    if (event === 'message') {
      late.set(this, [...(late.get(this) ?? []), values[0]]);
      return true;
    }
    const [name, listener] = values;
    // What Node does just before it tells of the end.
    if (event === 'removeListener' && name === 'message') {
      for (const message of late.get(this) ?? []) (listener as (message: unknown) => void)(message);
    }
    return Reflect.apply(emit, this, [event, ...values]);
  };
  return () => {
    Worker.prototype.emit = emit;
  };
}

test(
  'a ferry that was closed says so, even if its end is heard of together with its last answer',
  LIMIT,
  async () => {
    const ferry = await openFerry();
    const region = ferry.allocate(MIB);
    await region.migrate({ to: 1 });
    const undo = tellLate();
    try {
      await ferry.close();
    } finally {
      undo();
    }
    await assert.rejects(region.migrate({ to: 0 }), refusal('EBADF'));
    assert.throws(() => ferry.allocate(MIB), refusal('EBADF'));
  },
);
