import assert from 'node:assert/strict';
import type { AddressSpace } from '../../src/sim/machine/address-space.js';
import { MUST_WAIT, ProgramThread } from '../../src/sim/machine/program-thread.js';
import type { SimMachine } from '../../src/sim/machine/sim-machine.js';
import type { ThreadUnderTest } from '../machine/conformance-bench.js';

/** A thread with translations of its own. Whoever wakes it lets it go on at once. */
export function threadOf(
  machine: SimMachine,
  space: AddressSpace,
  bytesOf: (page: number) => Uint8Array,
): ThreadUnderTest {
  const thread = new ProgramThread(machine, space);
  let read: Uint8Array | undefined;
  let pending = false;
  const access = (page: number, bytes?: Uint8Array): boolean => {
    pending = (bytes === undefined ? thread.reach(page) : thread.reachToWrite(page)) === MUST_WAIT;
    if (pending) {
      thread.wait(page, () => void access(page, bytes));
      return false;
    }
    if (bytes === undefined) read = bytesOf(page).slice();
    else bytesOf(page).set(bytes);
    return true;
  };
  return {
    access: async (page, bytes) => access(page, bytes),
    done: async () => {
      assert.equal(pending, false, 'nobody has woken it');
      return read;
    },
  };
}
