import { loadMachineCode } from '../../../src/linux/code/machine-code.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';
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

/** The same: clone(2) with no flag but SIGCHLD is fork(2), and ppoll(2) of nothing is pause(2). */
const FORK_ARM64 = Buffer.from(
  [
    'e90300aa', // mov x9, x0
    '200280d2', // mov x0, SIGCHLD
    '010080d2', // mov x1, 0
    '020080d2', // mov x2, 0
    '030080d2', // mov x3, 0
    '040080d2', // mov x4, 0
    '881b80d2', // mov x8, SYS_clone
    '010000d4', // svc 0
    '600000b4', // cbz x0, child
    '200100b9', // str w0, [x9]
    'c0035fd6', // ret
    '200080d2', // child: mov x0, PR_SET_PDEATHSIG
    '210180d2', // mov x1, SIGKILL
    'e81480d2', // mov x8, SYS_prctl
    '010000d4', // svc 0
    '000080d2', // again: mov x0, 0
    '010080d2', // mov x1, 0
    '020080d2', // mov x2, 0
    '030080d2', // mov x3, 0
    '280980d2', // mov x8, SYS_ppoll
    '010000d4', // svc 0
    'faffff17', // b again
  ].join(''),
  'hex',
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
    if (routine === undefined) {
      const code = loadMachineCode(process.arch === 'x64' ? FORK_X64 : FORK_ARM64);
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
