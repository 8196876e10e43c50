import './support/memory.js';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { channelCopyRoutine } from '../../src/linux/code/copy.js';
import { loadMachineCode } from '../../src/linux/code/machine-code.js';
import { streamingCopy, streamingRoutines } from '../../src/linux/code/streaming-copy.js';
import { Journal } from '../../src/linux/rescue/journal.js';
import { libc } from '../../src/linux/sys/libc.js';
import { type MappedRange, mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { memory, PAGE, peek, poke } from './support/memory.js';

const c = libc();
const [WRITE, EXEC] = [2, 4];

/** The mapping that an address is in. */
function mappingOf(address: number): MappedRange | undefined {
  return mappedRanges(address, address + 1)[0];
}

/** Stores the second and the third argument at the first. */
const STORE_BOTH = {
  // mov [rdi], rsi; mov [rdi + 8], rdx; ret
  x64: '488937' + '48895708' + 'c3',
  // stp x1, x2, [x0]; ret
  arm64: '010800a9' + 'c0035fd6',
};

// First, as what was loaded once stays loaded.
test('where code may not be made executable there is no streaming copy, and nothing is left', () => {
  const made: number[] = [];
  const { mmap } = c;
  mock.method(c, 'mmap', (...args: Parameters<typeof mmap>) => {
    const address = mmap(...args);
    made.push(address);
    return address;
  });
  mock.method(c, 'mprotect', () => -1);
  try {
    for (const routine of streamingRoutines()) assert.equal(streamingCopy(routine), undefined);
    assert.equal(made.length, streamingRoutines().length);
    assert.equal(loadMachineCode(Uint8Array.of(0xc3)), undefined);
    for (const address of made) assert.equal(mappingOf(address), undefined);
    const copy = channelCopyRoutine('fast');
    const [src, dst] = [memory(2 * PAGE, true), memory(2 * PAGE, true)];
    poke(src.address, new Uint8Array(2 * PAGE).fill(5));
    assert.equal(copy(dst.address, src.address, 2 * PAGE), 0);
    assert.ok(peek(dst.address, 2 * PAGE).every((byte) => byte === 5));
    src.unmap();
    dst.unmap();
  } finally {
    mock.restoreAll();
  }
});

test('where there is no memory for it there is no code', () => {
  mock.method(c, 'mmap', () => 2 ** 64);
  try {
    assert.equal(loadMachineCode(Uint8Array.of(0xc3)), undefined);
  } finally {
    mock.restoreAll();
  }
});

test('code is never writable and executable at once, and in the end only executable', () => {
  const asked: number[] = [];
  const { mmap, mprotect } = c;
  mock.method(c, 'mmap', (...args: Parameters<typeof mmap>) => {
    asked.push(args[2]);
    return mmap(...args);
  });
  mock.method(c, 'mprotect', (...args: Parameters<typeof mprotect>) => {
    asked.push(args[2]);
    return mprotect(...args);
  });
  const code = Uint8Array.from({ length: 100 }, (_, i) => i);
  const address = loadMachineCode(code);
  mock.restoreAll();
  assert.ok(address !== undefined, 'this system permits it');
  assert.ok(asked.length > 0);
  for (const prot of asked) assert.notEqual(prot & (WRITE | EXEC), WRITE | EXEC);
  assert.equal(mappingOf(address)?.permissions, 'r-xp');
  assert.deepEqual(peek(address, 100), code);
  assert.equal(c.munmap(address, PAGE), 0);
});

test('code is called with three arguments', () => {
  const code = STORE_BOTH[process.arch === 'x64' ? 'x64' : 'arm64'];
  const address = loadMachineCode(Uint8Array.from(Buffer.from(code, 'hex')))!;
  const seen = new Float64Array(new SharedArrayBuffer(16));
  const call = c.callable(address);
  call(c.addressOf(seen), 2 ** 40 + 3, 2 ** 52);
  const words = new BigUint64Array(seen.buffer);
  assert.deepEqual([...words], [BigInt(2 ** 40 + 3), BigInt(2 ** 52)]);
});

/** The routine's bytes in the source, and the instructions beside them. */
function commentedCode(file: string, name: string): { readonly hex: string; readonly assembly: string } {
  const source = readFileSync(new URL(`../../../src/linux/${file}`, import.meta.url), 'utf8');
  const [, body] = new RegExp(`const ${name}\\b.*? = \\[\\n(.*?)\\n\\];`, 's').exec(source) ?? [];
  assert.ok(body !== undefined);
  const lines = body.split('\n').map((line) => /^ *'([0-9a-f]+)', \/\/ +(.+)$/.exec(line));
  assert.ok(lines.every((line) => line !== null));
  return {
    hex: lines.map((line) => line![1]).join(''),
    assembly: lines.map((line) => `${line![2]}\n`).join(''),
  };
}

interface Assembler {
  readonly as: readonly [string, ...string[]];
  readonly objcopy: string;
  readonly prologue: string;
}

/** Those of this processor have no prefix; those for another have. */
const assemblers = {
  x64: { as: ['as', '--64'], objcopy: 'objcopy', prologue: '.intel_syntax noprefix\n' },
  arm64:
    process.arch === 'arm64'
      ? { as: ['as'], objcopy: 'objcopy', prologue: '' }
      : { as: ['aarch64-linux-gnu-as'], objcopy: 'aarch64-linux-gnu-objcopy', prologue: '' },
} satisfies Record<string, Assembler>;

function assemble(assembly: string, { as, objcopy, prologue }: Assembler): string {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-as-'));
  try {
    const [text, object, binary] = ['code.s', 'code.o', 'code.bin'].map((file) => join(folder, file));
    writeFileSync(text!, `${prologue}${assembly}`);
    for (const [tool, ...args] of [
      [...as, '-o', object!, text!],
      [objcopy, '-O', 'binary', '-j', '.text', object!, binary!],
    ] as const) {
      const { status, stderr } = spawnSync(tool!, args, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    }
    return readFileSync(binary!).toString('hex');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const has = (tool: string) => spawnSync(tool, ['--version']).status === 0;

function withAssembler(arch: keyof typeof assemblers): { readonly skip?: string } {
  const { as, objcopy } = assemblers[arch];
  const here = arch === 'arm64' || process.arch === 'x64';
  return here && has(as[0]!) && has(objcopy)
    ? {}
    : { skip: `there is no assembler for ${arch} here (${as[0]}, ${objcopy})` };
}

for (const [file, name, arch] of [
  ['code/streaming-copy.ts', 'AVX2', 'x64'],
  ['code/streaming-copy.ts', 'SSE2', 'x64'],
  ['code/streaming-copy.ts', 'STNP', 'arm64'],
  ['rescue/last-act-code.ts', 'LAST_ACT_X64', 'x64'],
  ['rescue/last-act-code-arm64.ts', 'LAST_ACT_ARM64', 'arm64'],
  ['userfaultfd/event-reader-code.ts', 'EVENT_READER_X64', 'x64'],
  ['userfaultfd/event-reader-code.ts', 'EVENT_READER_ARM64', 'arm64'],
] as const) {
  test(
    `${name}: the bytes are what an assembler makes of the instructions beside them`,
    withAssembler(arch),
    () => {
      const { hex, assembly } = commentedCode(file, name);
      assert.equal(hex, assemble(assembly, assemblers[arch]));
    },
  );
}

// So that a journal of another layout is noticed where only one of the two can run.
for (const [file, name] of [
  ['rescue/last-act-code.ts', 'LAST_ACT_X64'],
  ['rescue/last-act-code-arm64.ts', 'LAST_ACT_ARM64'],
] as const) {
  test(`${name}: it looks for the journal's runs where they begin`, () => {
    const { assembly } = commentedCode(file, name);
    assert.match(assembly, new RegExp(`\\b${Journal.firstRun}\\b`));
  });
}
