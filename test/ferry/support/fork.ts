import { libc } from '../../../src/linux/libc.js';
import { loadMachineCode } from '../../../src/linux/machine-code.js';
import { Scratch } from '../../../src/linux/scratch.js';
import { call } from './system-calls.js';

/**
 * fork(2), whose child asks to be killed with its parent (prctl(PR_SET_PDEATHSIG, SIGKILL)) and then sleeps for ever
 * (pause(2)); the parent stores its pid at the first argument. In machine code, as a forked Node is no place to run
 * JavaScript in.
 */
const FORK_X64 = Uint8Array.of(
  ...[0xb8, 57, 0, 0, 0, 0x0f, 0x05], // mov eax, SYS_fork; syscall
  ...[0x85, 0xc0, 0x74, 0x03], // test eax, eax; jz child
  ...[0x89, 0x07, 0xc3], // mov [rdi], eax; ret
  ...[0xbf, 1, 0, 0, 0, 0xbe, 9, 0, 0, 0], // child: mov edi, PR_SET_PDEATHSIG; mov esi, SIGKILL
  ...[0xb8, 157, 0, 0, 0, 0x0f, 0x05], // mov eax, SYS_prctl; syscall
  ...[0xb8, 34, 0, 0, 0, 0x0f, 0x05], // again: mov eax, SYS_pause; syscall
  ...[0xeb, 0xf7], // jmp again
);

let routine: ((a: number, b: number, c: number) => void) | undefined;

/** A child that shares this process's memory copy-on-write, and stays until `end`. */
export class LivingChild {
  readonly pid: number;

  private constructor(pid: number) {
    this.pid = pid;
  }

  /** Returns why not, where this host has no routine for it. */
  static fork(): LivingChild | string {
    if (process.arch !== 'x64') return `no fork routine for ${process.arch}`;
    if (routine === undefined) {
      const code = loadMachineCode(FORK_X64);
      if (code === undefined) return 'machine code is not permitted';
      routine = libc().callable(code);
    }
    const pid = new Scratch(8);
    routine(pid.address, 0, 0);
    if (pid.u32[0]! > 0x7fffffff) return `fork: errno ${2 ** 32 - pid.u32[0]!}`;
    return new LivingChild(pid.u32[0]!);
  }

  /** What the child's memory holds at an address (all of its addresses are this process's). */
  peek(address: number, bytes: number): Uint8Array {
    const c = libc();
    const memory = c.open(`/proc/${this.pid}/mem`, 0o2000000);
    const into = new Uint8Array(new SharedArrayBuffer(bytes));
    const got = c.pread(memory, c.addressOf(into), bytes, address);
    c.close(memory);
    if (got !== bytes) throw new Error(`the child has no memory there: ${got}`);
    return into;
  }

  end(): void {
    process.kill(this.pid, 'SIGKILL');
    call('wait4', this.pid, 0);
  }
}
