import assert from 'node:assert/strict';
import koffi from 'koffi';
import { loadMachineCode } from '../../../src/linux/code/machine-code.js';
import { advise } from '../../../src/linux/sys/mman.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';
import { PAGE } from '../../ferry/support/fixture.js';

// include/uapi/asm-generic/mman-common.h
const MADV_HWPOISON = 100;
const SIGBUS = 7;
/** glibc's struct sigaction: handler, mask, flags, restorer. */
const SIGACTION_BYTES = 152;
/** A routine that returns. */
const RET = Uint8Array.from(process.arch === 'x64' ? [0xc3] : [0xc0, 0x03, 0x5f, 0xd6]);

let handled = false;

/**
 * The kernel treats whoever asks for it as the thread that has met the memory error, and sends it a SIGBUS at once. It
 * gets a handler that returns: the thread has read nothing.
 */
function handleSigbus(): void {
  if (handled) return;
  const action = new Scratch(SIGACTION_BYTES);
  const handler = loadMachineCode(RET);
  assert.ok(handler !== undefined);
  action.set64(0, handler);
  const sigaction = koffi.load(null).func('sigaction', 'int', ['int', 'uintptr_t', 'uintptr_t']);
  assert.equal(sigaction(SIGBUS, action.address, 0), 0);
  handled = true;
}

/** Has the kernel do to the page at an address what it does after an uncorrectable memory error. */
export function poisonPage(address: number): void {
  handleSigbus();
  assert.equal(advise(address, PAGE, MADV_HWPOISON), 0);
}
