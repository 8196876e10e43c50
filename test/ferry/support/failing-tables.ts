import { workerData } from 'node:worker_threads';
import type { ThreadOptions } from '../../../src/ferry/thread/protocol.js';
import { Journal } from '../../../src/linux/rescue/journal.js';
import { type Remap, remap as realRemap } from '../../../src/linux/sys/remap.js';
import { EventReader } from '../../../src/linux/userfaultfd/event-reader.js';
import { Userfaultfd } from '../../../src/linux/userfaultfd/userfaultfd.js';
import type { LiveMachine } from '../../../src/mm/ports/live-machine.js';

/** What is to go wrong in the migration thread, at the `nth` mremap or at the first call of another kind after it. */
export interface TableFailure {
  readonly call: 'remap' | 'register' | 'unregister' | 'wake';
  readonly nth: number;
  readonly when: 'before' | 'after';
  /** `reader`: the event reader ends, and the thread goes on. */
  readonly how: 'throw' | 'exit' | 'reader';
}

/** URL for the `wrapMachine` of a ferry's internals. */
export function failingTables(failure: TableFailure): string {
  const url = new URL(import.meta.url);
  url.search = new URLSearchParams({ ...failure, nth: String(failure.nth) }).toString();
  return url.href;
}

// What follows runs in the migration thread, where this module was imported by that URL.
const wanted = Object.fromEntries(new URL(import.meta.url).searchParams) as Record<
  keyof TableFailure,
  string
>;
let calls = 0;
let failed = false;

function fail(): void {
  failed = true;
  if (wanted.how === 'exit') process.exit(3);
  if (wanted.how === 'throw') throw new Error(`made to fail ${wanted.when} ${wanted.call}`);
  const { reader } = new Journal((workerData as ThreadOptions).journal);
  if (!EventReader.adopt(reader).endUnnoticed()) throw new Error('the reader does not end');
}

export const remap: Remap = (from, to, bytes) => {
  const now = ++calls === Number(wanted.nth) && wanted.call === 'remap';
  if (now && wanted.when === 'before') fail();
  const error = realRemap(from, to, bytes);
  if (now && wanted.when === 'after') fail();
  return error;
};

export function wrapMachine(machine: LiveMachine): LiveMachine {
  const { call } = wanted as { call: TableFailure['call'] };
  if (call === 'remap') return machine;
  const methods = Userfaultfd.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const healthy = methods[call]!;
  methods[call] = function (this: Userfaultfd, ...args: unknown[]): unknown {
    const now = !failed && calls === Number(wanted.nth);
    if (now && wanted.when === 'before') fail();
    const result = healthy.apply(this, args);
    if (now && wanted.when === 'after') fail();
    return result;
  };
  return machine;
}
