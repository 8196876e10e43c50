import { readFileSync } from 'node:fs';
import { type Address, libc } from '../sys/libc.js';
import { machineCode } from './machine-code.js';

/**
 * A copy that bypasses the caches on its way out (non-temporal stores). The destination's lines need not be read first,
 * which saves a third of the traffic of a plain copy. `npm run copies` measures it.
 *
 * All routines take three arguments: destination (rdi, x0), aligned to the width of their stores, source (rsi, x1), and
 * bytes (rdx, x2), a multiple of 128 and more than 0. They prefetch a kilobyte ahead (a prefetch of an unmapped address
 * does nothing). The bytes are an assembler's output for the instructions beside them.
 */
const AVX2 = [
  '0f188600040000', // 1: prefetchnta [rsi + 1024]
  '0f188640040000', //    prefetchnta [rsi + 1088]
  'c5fe6f06', //          vmovdqu ymm0, [rsi]
  'c5fe6f4e20', //        vmovdqu ymm1, [rsi + 32]
  'c5fe6f5640', //        vmovdqu ymm2, [rsi + 64]
  'c5fe6f5e60', //        vmovdqu ymm3, [rsi + 96]
  'c5fde707', //          vmovntdq [rdi], ymm0
  'c5fde74f20', //        vmovntdq [rdi + 32], ymm1
  'c5fde75740', //        vmovntdq [rdi + 64], ymm2
  'c5fde75f60', //        vmovntdq [rdi + 96], ymm3
  '4883ee80', //          sub rsi, -128
  '4883ef80', //          sub rdi, -128
  '4881ea80000000', //    sub rdx, 128
  '75bb', //              jnz 1b
  '0faef8', //            sfence
  'c5f877', //            vzeroupper
  'c3', //                ret
];

const SSE2 = [
  '0f188600040000', // 1: prefetchnta [rsi + 1024]
  '0f188640040000', //    prefetchnta [rsi + 1088]
  'f30f6f06', //          movdqu xmm0, [rsi]
  'f30f6f4e10', //        movdqu xmm1, [rsi + 16]
  'f30f6f5620', //        movdqu xmm2, [rsi + 32]
  'f30f6f5e30', //        movdqu xmm3, [rsi + 48]
  'f30f6f6640', //        movdqu xmm4, [rsi + 64]
  'f30f6f6e50', //        movdqu xmm5, [rsi + 80]
  'f30f6f7660', //        movdqu xmm6, [rsi + 96]
  'f30f6f7e70', //        movdqu xmm7, [rsi + 112]
  '660fe707', //          movntdq [rdi], xmm0
  '660fe74f10', //        movntdq [rdi + 16], xmm1
  '660fe75720', //        movntdq [rdi + 32], xmm2
  '660fe75f30', //        movntdq [rdi + 48], xmm3
  '660fe76740', //        movntdq [rdi + 64], xmm4
  '660fe76f50', //        movntdq [rdi + 80], xmm5
  '660fe77760', //        movntdq [rdi + 96], xmm6
  '660fe77f70', //        movntdq [rdi + 112], xmm7
  '4883ee80', //          sub rsi, -128
  '4883ef80', //          sub rdi, -128
  '4881ea80000000', //    sub rdx, 128
  '7593', //              jnz 1b
  '0faef8', //            sfence
  'c3', //                ret
];

/**
 * For arm64, with the instructions of the kernel's own copy of a page (arch/arm64/lib/copy_page.S). Unlike x64's, its
 * stores need no fence of their own: the order of plain stores holds for them (store-fence.ts). Not yet measured on real
 * hardware.
 */
const STNP = [
  '210082f9', // 1: prfm pldl1strm, [x1, 1024]
  '212082f9', //    prfm pldl1strm, [x1, 1088]
  '200440ad', //    ldp q0, q1, [x1]
  '220c41ad', //    ldp q2, q3, [x1, 32]
  '241442ad', //    ldp q4, q5, [x1, 64]
  '261c43ad', //    ldp q6, q7, [x1, 96]
  '000400ac', //    stnp q0, q1, [x0]
  '020c01ac', //    stnp q2, q3, [x0, 32]
  '041402ac', //    stnp q4, q5, [x0, 64]
  '061c03ac', //    stnp q6, q7, [x0, 96]
  '21000291', //    add x1, x1, 128
  '00000291', //    add x0, x0, 128
  '420002f1', //    subs x2, x2, 128
  '61feff54', //    b.ne 1b
  'c0035fd6', //    ret
];

const BLOCK = 128;
const ALIGNMENT = 32;

export type StreamingRoutine = 'avx2' | 'sse2' | 'stnp';

const ROUTINES: Readonly<Record<StreamingRoutine, readonly string[]>> = {
  avx2: AVX2,
  sse2: SSE2,
  stnp: STNP,
};

/** The routines that this processor supports, best first. Empty if there is no machine code for it. */
export function streamingRoutines(): StreamingRoutine[] {
  if (process.arch === 'arm64') return ['stnp'];
  if (process.arch !== 'x64') return [];
  avx2 ??= hasAvx2();
  return avx2 ? ['avx2', 'sse2'] : ['sse2'];
}

/**
 * A streaming copy between two ranges that do not overlap, of any alignment and size. memcpy copies the odd bytes at both
 * ends. Undefined if this system has none, or does not permit machine code.
 */
export function streamingCopy(
  routine: StreamingRoutine | undefined = streamingRoutines()[0],
): ((dst: Address, src: Address, bytes: number) => void) | undefined {
  if (routine === undefined || !streamingRoutines().includes(routine)) return undefined;
  const address = codeOf(routine);
  if (address === undefined) return undefined;
  const { memcpy, callable } = libc();
  const stream = callable(address);
  return (dst, src, bytes) => {
    const head = Math.min(bytes, (ALIGNMENT - (dst % ALIGNMENT)) % ALIGNMENT);
    const rest = bytes - head;
    const tail = rest % BLOCK;
    const body = rest - tail;
    if (head > 0) memcpy(dst, src, head);
    if (body > 0) stream(dst + head, src + head, body);
    if (tail > 0) memcpy(dst + head + body, src + head + body, tail);
  };
}

function codeOf(routine: StreamingRoutine): Address | undefined {
  return machineCode(routine, () => Buffer.from(ROUTINES[routine].join(''), 'hex'));
}

/** Read once, because /proc/cpuinfo is long on a host with many processors. */
let avx2: boolean | undefined;

/** /proc/cpuinfo lists avx2 only if the kernel saves the registers that it needs. */
function hasAvx2(): boolean {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'));
    return flags?.[1]?.split(' ').includes('avx2') ?? false;
  } catch {
    return false;
  }
}
