import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EVENT_READER_ARM64 } from '../../src/linux/userfaultfd/event-reader-code.js';

/**
 * A program that runs the reader over a block that it reads from descriptor 3, and writes what has become of it to
 * descriptor 1. Its userfaultfd is descriptor 0, a pipe that does not block, its eventfd descriptor 4, its page map
 * descriptor 5, a file.
 */
const PROGRAM = `
        .bss
        .balign 4096
block:  .skip 36864
        .text
        .global _start
_start: mov x0, 3
        ldr x1, =block
        mov x2, 36864
        mov x8, 63              // read
        svc 0
        mov x0, 0
        mov x1, 4               // F_SETFL
        mov x2, 2048            // O_NONBLOCK
        mov x8, 25              // fcntl
        svc 0
        ldr x0, =block
        bl reader
        mov x0, 1
        ldr x1, =block
        mov x2, 36864
        mov x8, 64              // write
        svc 0
        mov x0, 0
        mov x8, 94              // exit_group
        svc 0
        .ltorg
        .balign 4
reader: .byte ${[...Buffer.from(EVENT_READER_ARM64.join(''), 'hex')].join(', ')}
`;

const [QEMU, AS, LD] = ['qemu-aarch64', 'aarch64-linux-gnu-as', 'aarch64-linux-gnu-ld'];
const missing = [QEMU, AS, LD].filter((tool) => spawnSync(tool!, ['--version']).status !== 0);
const options =
  missing.length === 0 ? { timeout: 60_000 } : { skip: `there is no ${missing.join(', no ')} here` };

const [PAGEFAULT, REMAP] = [0x12, 0x14];

/** A struct uffd_msg. */
function message(event: number, address: number, flags = 0, thread = 0): Buffer {
  const bytes = Buffer.alloc(32);
  bytes[0] = event;
  bytes.writeBigUInt64LE(BigInt(flags), 8);
  bytes.writeUInt32LE(thread, 24);
  bytes.writeBigUInt64LE(BigInt(address), 16);
  return bytes;
}

/** A block whose ring is empty, after so many page faults. */
function block(capacity: number, tail: number): Buffer {
  const bytes = Buffer.alloc(36864);
  const word = (at: number, value: number) => bytes.writeBigUInt64LE(BigInt(value), at);
  word(8, 0);
  word(16, 4);
  word(40, tail);
  word(48, tail);
  word(56, capacity);
  word(680, 5);
  for (const [at, fd] of [
    [112, 0],
    [120, 4],
  ] as const) {
    bytes.writeInt32LE(fd, at);
    bytes.writeInt16LE(1, at + 4);
  }
  return bytes;
}

/** Runs it until its userfaultfd is closed, which ends it; `steps` write to that and to the eventfd. */
async function run(
  initial: Buffer,
  steps: (
    userfaultfd: NodeJS.WritableStream,
    eventfd: NodeJS.WritableStream,
    calls: () => string,
    setEntry: (at: number, highByte: number) => void,
  ) => Promise<void>,
): Promise<{ readonly block: Buffer; readonly calls: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-arm64-'));
  try {
    const [text, object, program] = ['code.s', 'code.o', 'code'].map((file) => join(folder, file));
    writeFileSync(text!, PROGRAM);
    for (const [tool, ...args] of [
      [AS, '-o', object, text],
      [LD, '-o', program, object],
    ]) {
      const { status, stderr } = spawnSync(tool!, args as string[], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    }
    const pagemap = openSync(join(folder, 'pagemap'), 'w+');
    writeSync(pagemap, Buffer.alloc(64));
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', pagemap] as const;
    const child = spawn(QEMU!, ['-strace', program!], { stdio: [...stdio] });
    const output: Buffer[] = [];
    let calls = '';
    child.stdout!.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr!.on('data', (chunk: Buffer) => {
      calls += String(chunk);
    });
    const closed = once(child, 'close');
    (child.stdio[3] as NodeJS.WritableStream).end(initial);
    const userfaultfd = child.stdin!;
    await steps(
      userfaultfd,
      child.stdio[4] as NodeJS.WritableStream,
      () => calls,
      (at, byte) => writeSync(pagemap, Buffer.of(byte), 0, 1, at + 7),
    );
    userfaultfd.end();
    const [code] = await closed;
    closeSync(pagemap);
    assert.equal(code, 0, calls);
    return { block: Buffer.concat(output), calls };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const word = (bytes: Buffer, at: number) => Number(bytes.readBigUInt64LE(at));
const count = (calls: string, name: string) => calls.split(`${name}(`).length - 1;

test('on arm64: faults go to the ring, events are counted, and in between it sleeps', options, async () => {
  const first = Array.from({ length: 3 }, (_, i) => message(PAGEFAULT, 0x7f12_3456_7000 + i * 4096));
  const { block: after, calls } = await run(block(4, 2 ** 32 - 2), async (userfaultfd, eventfd, seen) => {
    await until(() => count(seen(), 'ppoll') >= 1);
    userfaultfd.write(Buffer.concat([...first, message(REMAP, 0)]));
    await until(() => count(seen(), 'ppoll') >= 2);
    // Woken without a command, it reads what has woken it and sleeps again.
    eventfd.write(Buffer.of(1, 2, 0, 0, 0, 0, 0, 0));
    await until(() => count(seen(), 'ppoll') >= 3);
    userfaultfd.write(Buffer.concat([message(REMAP, 0x5000), message(PAGEFAULT, 0x1000, 1, 4711)]));
    await until(() => count(seen(), 'ppoll') >= 4);
    userfaultfd.write(message(PAGEFAULT, 0x2abc));
    await until(() => count(seen(), 'ppoll') >= 5);
  });
  assert.equal(after.length, 36864);
  assert.equal(after.readInt32LE(0), 2, 'it has ended');
  assert.ok(word(after, 24) > 0, 'its thread id');
  assert.equal(word(after, 32), 2, 'events');
  assert.equal(after.readUInt32LE(652), 2, 'in the ring of events');
  assert.deepEqual(
    [0, 1].map((i) => [after[704 + i * 32], word(after, 704 + i * 32 + 16)]),
    [
      [REMAP, 0],
      [REMAP, 0x5000],
    ],
  );
  assert.deepEqual([after.readInt32LE(640), after.readInt32LE(648)], [0, 0], 'nobody holds it, none is lost');
  assert.equal(word(after, 80), 0x0201, 'what has woken it');
  // HEAD counts modulo 2^32: it started two short of that.
  assert.equal(after.readUInt32LE(40), 2);
  const ring = [0, 1, 2, 3].map((i) => [word(after, 33472 + i * 16), word(after, 33480 + i * 16)]);
  assert.deepEqual(ring, [
    [0x7f12_3456_9000, 0],
    [0x1001, 4711],
    [0x7f12_3456_7000, 0],
    [0x7f12_3456_8000, 0],
  ]);
  assert.equal(word(after, 64), 1, 'the fifth has found no room');
  assert.deepEqual([word(after, 96), word(after, 104)], [0x2000, 4096], 'its page was to be woken');
  assert.match(calls, /ioctl\(0,/);
  assert.match(calls, /rt_sigprocmask\(SIG_SETMASK/);
});

test('on arm64: it ends when it is told to, before it reads', options, async () => {
  const initial = block(4, 0);
  initial.writeInt32LE(1, 4);
  const { block: after, calls } = await run(initial, async () => {});
  assert.deepEqual([after.readInt32LE(0), word(after, 40), count(calls, 'ppoll')], [2, 0, 0]);
});

/** A block of a reader that is held until the page at entry 2 of the page map is there. */
function held(tries: number): Buffer {
  const bytes = block(4, 0);
  bytes.writeBigUInt64LE(16n, 664);
  bytes.writeInt32LE(tries, 688);
  return bytes;
}

const holdOf = (bytes: Buffer) => [word(bytes, 664), bytes.readInt32LE(640), bytes.readInt32LE(692)];

for (const [where, byte] of [
  ['in memory', 0x80],
  ['in swap', 0x40],
] as const) {
  test(`on arm64: while it is held it reads nothing, until the page is ${where}`, options, async () => {
    const { block: after } = await run(held(1_000_000), async (userfaultfd, _eventfd, seen, setEntry) => {
      userfaultfd.write(message(REMAP, 0x5000));
      // Other bits of the entry, and other entries, say nothing.
      setEntry(16, 0x3f);
      setEntry(8, 0xff);
      await until(() => count(seen(), 'pread64') >= 20);
      assert.equal(count(seen(), 'ppoll'), 0);
      setEntry(16, byte);
      await until(() => count(seen(), 'ppoll') >= 1);
    });
    assert.equal(word(after, 32), 1);
    assert.deepEqual(holdOf(after), [0, 0, 0]);
  });
}

test('on arm64: held for a page that never arrives, it gives up', options, async () => {
  const { block: after, calls } = await run(held(5), async (userfaultfd, _eventfd, seen) => {
    userfaultfd.write(message(REMAP, 0x5000));
    await until(() => count(seen(), 'ppoll') >= 1);
  });
  assert.equal(count(calls, 'pread64'), 5);
  assert.equal(word(after, 32), 1);
  assert.deepEqual(holdOf(after), [0, 0, 1]);
});

test('on arm64: while somebody waits for faults, it wakes them after each read', options, async () => {
  const initial = block(4, 0);
  initial.writeInt32LE(1, 696);
  const { calls } = await run(initial, async (userfaultfd, _eventfd, seen) => {
    await until(() => count(seen(), 'ppoll') >= 1);
    assert.equal(count(seen(), 'futex'), 0);
    userfaultfd.write(message(PAGEFAULT, 0x1000));
    await until(() => count(seen(), 'ppoll') >= 2);
  });
  assert.match(calls, /futex\(0x[0-9a-f]+,FUTEX_PRIVATE_FLAG\|FUTEX_WAKE,2147483647,/);
});
