import { type Address, libc } from '../sys/libc.js';
import { machineCode } from './machine-code.js';
import { hasSteadyCounter } from './time-stamp-counter.js';

/**
 * Single accesses to memory, each between two reads of the time stamp counter. Such a read costs some 10 ns. One of
 * performance.now() costs as much as the access that it would measure.
 *
 * Both routines take rdi = the words, rsi = the table, rdx = the number of entries, more than 0. An entry has 16 bytes: the
 * index of a word, the value found there, and the ticks. lfence keeps the access between the reads. The bytes are an
 * assembler's output for the instructions beside them.
 */
const BEFORE = [
  '4989d0', //       mov r8, rdx
  '8b0e', //      1: mov ecx, [rsi]
  '0faee8', //       lfence
  '0f31', //         rdtsc
  '0faee8', //       lfence
  '48c1e220', //     shl rdx, 32
  '4809d0', //       or rax, rdx
  '4989c1', //       mov r9, rax
];

const READ = ['448b148f']; // mov r10d, [rdi + rcx*4]

const ADD = [
  '41ba01000000', //  mov r10d, 1
  'f0440fc1148f', //  lock xadd [rdi + rcx*4], r10d
];

const AFTER = [
  '0faee8', //       lfence
  '0f31', //         rdtsc
  '48c1e220', //     shl rdx, 32
  '4809d0', //       or rax, rdx
  '4c29c8', //       sub rax, r9
  '44895604', //     mov [rsi + 4], r10d
  '48894608', //     mov [rsi + 8], rax
  '4883c610', //     add rsi, 16
  '49ffc8', //       dec r8
];

/** 32-bit words of an entry of the table, and the place of each field. */
export const ENTRY_WORDS = 4;
export const ENTRY_PLACE = 0;
export const ENTRY_VALUE = 1;
export const ENTRY_TICKS = 2;

export type AccessKind = 'read' | 'add';

/** Performs the accesses of the first `count` entries, one after the other. */
export type TimedAccesses = (count: number) => void;

/**
 * Timed reads (or additions of 1) of the `words` whose places are in `table`, in ticks of `tickNs()`. Both arrays are in
 * shared memory, and the caller keeps references to them while it uses the result. The caller checks the places. Undefined
 * if this processor has no steady counter, or if the system does not permit machine code.
 */
export function timedAccesses(
  kind: AccessKind,
  words: Int32Array,
  table: Int32Array,
): TimedAccesses | undefined {
  if (!hasSteadyCounter()) return undefined;
  const code = machineCode(`timed-${kind}`, () => Buffer.from(codeOf(kind), 'hex'));
  if (code === undefined) return undefined;
  const { callable, addressOf } = libc();
  const run = callable(code);
  const [at, entries]: readonly [Address, Address] = [addressOf(words), addressOf(table)];
  return (count) => run(at, entries, count);
}

function codeOf(kind: AccessKind): string {
  const body = [...BEFORE.slice(1), ...(kind === 'read' ? READ : ADD), ...AFTER].join('');
  // jnz 1b, a short jump relative to the end of its two bytes; then ret
  const back = 0x100 - (body.length / 2 + 2);
  return `${BEFORE[0]}${body}75${back.toString(16)}c3`;
}
