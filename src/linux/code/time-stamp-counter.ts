import { readFileSync } from 'node:fs';
import { libc } from '../sys/libc.js';
import { Scratch } from '../sys/scratch.js';
import { machineCode } from './machine-code.js';

/** Writes the counter to the 64 bits at rdi. */
const READ_COUNTER = [
  '0f31', //      rdtsc
  '48c1e220', //  shl rdx, 32
  '4809d0', //    or rax, rdx
  '488907', //    mov [rdi], rax
  'c3', //        ret
];

const CALIBRATION_MS = 20;

let steady: boolean | undefined;

/** Whether this processor has a time stamp counter with a constant rate in all its states. */
export function hasSteadyCounter(): boolean {
  steady ??= process.arch === 'x64' && hasFlags(['constant_tsc', 'nonstop_tsc']);
  return steady;
}

let nanoseconds: number | undefined;

/**
 * Nanoseconds of a tick of the counter, by performance.now(). Each thread measures it once, which takes 20 ms. Undefined
 * without a steady counter, or if the system does not permit machine code.
 */
export function tickNs(): number | undefined {
  nanoseconds ??= hasSteadyCounter() ? measureTick() : undefined;
  return nanoseconds;
}

function measureTick(): number | undefined {
  const code = machineCode('counter', () => Buffer.from(READ_COUNTER.join(''), 'hex'));
  if (code === undefined) return undefined;
  const read = libc().callable(code);
  const found = new Scratch(8);
  const now = () => {
    read(found.address, 0, 0);
    return found.get64(0);
  };
  const [from, started] = [now(), performance.now()];
  while (performance.now() - started < CALIBRATION_MS);
  const [to, ended] = [now(), performance.now()];
  return ((ended - started) * 1e6) / (to - from);
}

function hasFlags(wanted: readonly string[]): boolean {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1]?.split(' ') ?? [];
    return wanted.every((flag) => flags.includes(flag));
  } catch {
    return false;
  }
}
