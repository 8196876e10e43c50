import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type PinCause, PinSuspects } from '../../src/linux/pins/pin-suspects.js';
import { SharedMappings } from '../../src/linux/pins/shared-mappings.js';
import { libc } from '../../src/linux/sys/libc.js';
import { Pagemap } from '../../src/linux/sys/pagemap.js';
import { Scratch } from '../../src/linux/sys/scratch.js';
import { Userfaultfd } from '../../src/linux/userfaultfd/userfaultfd.js';
import { PinnedPage } from '../ferry/support/pin.js';
import { Ring } from '../ferry/support/ring.js';
import { call, HARMLESS, text, withDescriptor, withFolder } from './support/descriptors.js';
import { memory, PAGE } from './support/memory.js';
import type { WritingTask } from './support/writing-worker.js';

const MAP_SHARED = 1;
const F_GETFL = 3;
const F_SETFL = 4;
const KVM_CREATE_VM = 0xae01;
const S_IFCHR = 0o020000;
const S_IFIFO = 0o010000;
/** What libuv makes for each event loop, and how many entries it gives it. */
const LOOP_ENTRIES = 256;

/** Asserts what a look finds: this cause, at this descriptor. */
function assertFound(suspects: PinSuspects, cause: PinCause, descriptor: number): void {
  assert.equal(suspects.mayPin(), true);
  assert.equal(suspects.cause, cause);
  assert.equal(suspects.descriptor, descriptor);
}

function assertNothing(suspects: PinSuspects): void {
  assert.equal(suspects.mayPin(), false, `${suspects.cause} at ${suspects.descriptor}`);
  assert.equal(suspects.cause, undefined);
  assert.equal(suspects.descriptor, -1);
}

/** Runs `use` in a process in which nobody may pin, and asserts that this is so again afterwards. */
function withSuspects(use: (suspects: PinSuspects) => void): void {
  const suspects = new PinSuspects();
  try {
    assertNothing(suspects);
    use(suspects);
    assertNothing(suspects);
  } finally {
    suspects.close();
  }
}

/** The descriptor counts, for that cause, as long as it is open. Skips where `fd` is a negative errno. */
function assertCounts(t: TestContext, fd: number, cause: PinCause): void {
  if (fd < 0) {
    t.skip(`errno ${-fd}`);
    return;
  }
  const suspects = new PinSuspects();
  withDescriptor(fd, () => assertFound(suspects, cause, fd));
  assertNothing(suspects);
  suspects.close();
}

/** Opens what is a device, or another thing that needs this host to have it. */
function opened(path: string, flags: number): number {
  const fd = libc().open(path, flags);
  return fd < 0 ? -libc().errno() : fd;
}

for (const [kind, open] of Object.entries(HARMLESS)) {
  test(`nobody pins by ${kind}`, (t) => {
    withSuspects((suspects) => {
      const { descriptors } = suspects;
      const fd = open();
      if (fd < 0) {
        t.skip(`errno ${-fd}`);
        return;
      }
      withDescriptor(fd, () => {
        // The second time it is known.
        for (let look = 0; look < 2; look++) assertNothing(suspects);
        assert.equal(suspects.descriptors, descriptors + 1);
      });
    });
  });
}

test('nobody pins by a pipe that has a name', () => {
  withSuspects((suspects) => {
    withFolder((folder) => {
      const path = text(join(folder, 'fifo'));
      assert.equal(call('mknodat', 0, path.address, S_IFIFO | 0o600), 0);
      withDescriptor(opened(join(folder, 'fifo'), constants.O_RDWR), () => assertNothing(suspects));
    });
  });
});

test('a file opened with O_DIRECT counts', (t) => {
  withFolder((folder) => {
    writeFileSync(join(folder, 'file'), 'x');
    assertCounts(t, opened(join(folder, 'file'), constants.O_RDONLY | constants.O_DIRECT), 'a direct file');
  });
});

test('so does one that is made so later, until it is no more', (t) => {
  withSuspects((suspects) => {
    withFolder((folder) => {
      const path = join(folder, 'file');
      writeFileSync(path, 'x');
      const fd = openSync(path, 'r+');
      withDescriptor(fd, () => {
        assertNothing(suspects);
        const flags = libc().fcntl(fd, F_GETFL, 0);
        if (libc().fcntl(fd, F_SETFL, flags | constants.O_DIRECT) !== 0) {
          t.skip(`errno ${libc().errno()}`);
          return;
        }
        assertFound(suspects, 'a direct file', fd);
        assert.equal(libc().fcntl(fd, F_SETFL, flags), 0);
        assertNothing(suspects);
      });
    });
  });
});

test('a device counts: /dev/kvm', (t) => assertCounts(t, opened('/dev/kvm', 2), 'a device'));
test('a device counts: /dev/fuse', (t) => assertCounts(t, opened('/dev/fuse', 2), 'a device'));
test('a block device counts', (t) => assertCounts(t, opened('/dev/loop0', 0), 'a device'));

test('a device counts under any name, and a name does not make one', (t) => {
  withSuspects((suspects) => {
    withFolder((folder) => {
      mkdirSync(join(folder, 'vfio'));
      symlinkSync('/dev/null', join(folder, 'vfio', '7'));
      writeFileSync(join(folder, 'uverbs0'), '');
      for (const name of ['vfio/7', 'uverbs0']) {
        withDescriptor(openSync(join(folder, name), 'r'), () => assertNothing(suspects));
      }
      // Major 10, minor 229: fuse
      const path = text(join(folder, 'null'));
      if (call('mknodat', 0, path.address, S_IFCHR | 0o600, (10 << 8) | 229) < 0) {
        t.skip('this user may make no device');
        return;
      }
      const fd = opened(join(folder, 'null'), 2);
      if (fd < 0) {
        t.skip(`errno ${-fd}`);
        return;
      }
      withDescriptor(fd, () => assertFound(suspects, 'a device', fd));
    });
  });
});

test('an anonymous inode that is not known counts: a virtual machine', (t) => {
  const kvm = opened('/dev/kvm', 2);
  if (kvm < 0) {
    t.skip(`errno ${-kvm}`);
    return;
  }
  const vm = libc().ioctl(kvm, KVM_CREATE_VM, 0);
  closeSync(kvm);
  assertCounts(t, vm < 0 ? -libc().errno() : vm, 'an anonymous inode');
});

test('an anonymous inode that is not known counts: a map of BPF', (t) => {
  // union bpf_attr: BPF_MAP_TYPE_ARRAY, a key of 4 bytes, a value of 8, one entry
  const attributes = new Scratch(128);
  attributes.u32.set([2, 4, 8, 1]);
  assertCounts(t, call('bpf', 0, attributes.address, 128), 'an anonymous inode');
});

test('a socket whose buffers a device writes counts: AF_XDP', (t) =>
  assertCounts(t, call('socket', 44, 3), 'a socket'));
test('a socket whose buffers a device writes counts: AF_ALG', (t) =>
  assertCounts(t, call('socket', 38, 5), 'a socket'));

test('an io_uring of the program counts', (t) => {
  const ring = Ring.open(4);
  if (typeof ring === 'string') {
    t.skip(ring);
    return;
  }
  ring.unmap();
  assertCounts(t, ring.fd, 'an io_uring');
});

test('the io_uring of an event loop does not count, until it has a buffer', (t) => {
  withSuspects((suspects) => {
    const ring = Ring.open(LOOP_ENTRIES);
    if (typeof ring === 'string') {
      t.skip(ring);
      return;
    }
    const page = memory(PAGE, true);
    assertNothing(suspects);
    assert.equal(ring.register([page.address], PAGE), 0);
    assertFound(suspects, 'pinned memory', -1);
    ring.close();
    // The kernel lets go of the page a moment later.
    while (suspects.mayPin()) libc().usleep(1000);
    page.unmap();
  });
});

test('a ring without a descriptor is seen by its mapping', (t) => {
  withSuspects((suspects) => {
    const ring = Ring.open(LOOP_ENTRIES);
    if (typeof ring === 'string') {
      t.skip(ring);
      return;
    }
    assertNothing(suspects);
    ring.closeDescriptor();
    assertFound(suspects, 'a mapping', -1);
    ring.unmap();
  });
});

test('a registered buffer is seen wherever its ring is', (t) => {
  withSuspects((suspects) => {
    const page = memory(PAGE, true);
    const pin = PinnedPage.pin(page.address);
    if (typeof pin === 'string') {
      t.skip(pin);
      return;
    }
    assertFound(suspects, 'pinned memory', -1);
    pin.unpin();
    page.unmap();
  });
});

test('an I/O context, which has no descriptor, is seen by its mapping', (t) => {
  const suspects = new PinSuspects();
  const context = new Scratch(8);
  const made = call('io_setup', 8, context.address);
  if (made < 0) {
    t.skip(`errno ${-made}`);
    return;
  }
  assertFound(suspects, 'a mapping', -1);
  assert.equal(call('io_destroy', context.get64(0)), 0);
  assertNothing(suspects);
  suspects.close();
});

test('a descriptor that becomes another one is looked at anew', (t) => {
  withSuspects((suspects) => {
    withFolder((folder) => {
      const path = join(folder, 'file');
      writeFileSync(path, 'x');
      const direct = opened(path, constants.O_RDONLY | constants.O_DIRECT);
      if (direct < 0) {
        t.skip(`errno ${-direct}`);
        return;
      }
      const fd = call('eventfd2');
      closeSync(direct);
      assertNothing(suspects);
      withDescriptor(fd, () => {
        const again = opened(path, constants.O_RDONLY | constants.O_DIRECT);
        assert.equal(call('dup3', again, fd), fd);
        closeSync(again);
        assertFound(suspects, 'a direct file', fd);
        const event = call('eventfd2');
        assert.equal(call('dup3', event, fd), fd);
        closeSync(event);
        assertNothing(suspects);
      });
    });
  });
});

test('the last of 3,000 descriptors is seen', (t) => {
  withSuspects((suspects) => {
    const before = suspects.descriptors;
    const fds: number[] = [];
    try {
      for (let i = 0; i < 1000; i++) {
        fds.push(call('eventfd2'), call('socket', 2, 1), libc().open('/dev/null', 0));
      }
      if (fds.some((fd) => fd < 0)) {
        t.skip('this process may not open so many');
        return;
      }
      assertNothing(suspects);
      assert.equal(suspects.descriptors, before + 3000);
      // The lowest that is free comes next, so the last is made to be it.
      const ring = Ring.open(4);
      if (typeof ring === 'string') return;
      ring.unmap();
      withDescriptor(ring.fd, () => assertFound(suspects, 'an io_uring', ring.fd));
      assert.ok(ring.fd > Math.max(...fds));
    } finally {
      for (const fd of fds) if (fd >= 0) closeSync(fd);
    }
    assert.equal(suspects.mayPin(), false);
    assert.equal(suspects.descriptors, before);
  });
});

test('what cannot be looked at may be anything', () => {
  const suspects = new PinSuspects('/nowhere');
  assertFound(suspects, 'unknown (not reported by this kernel)', -1);
  assert.equal(suspects.descriptors, 0);
  suspects.close();
});

/** The inodes of all io_urings that are open: those of event loops, where Node has them. */
function ringInodes(): number[] {
  return readdirSync('/proc/self/fdinfo').flatMap((fd) => {
    try {
      const information = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
      const inode = /^ino:\s*(\d+)/m.exec(information)?.[1];
      return information.includes('SqMask') ? [Number(inode)] : [];
    } catch {
      // What the list was read by.
      return [];
    }
  });
}

/** Waits until a thread sleeps in a page fault; false when unknown (not reported by this kernel) where threads sleep. */
async function sleepsInFault(state: Int32Array): Promise<boolean> {
  for (let tries = 0; tries < 5000; tries++) {
    const thread = Atomics.load(state, 0);
    if (thread !== 0 && readFileSync(`/proc/self/task/${thread}/wchan`, 'utf8') === 'handle_userfault')
      return true;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return false;
}

/** The ends of a connection: what is written to the first is held by its socket's lock. */
function connection(): [number, number] {
  const ends = new Scratch(8);
  assert.equal(call('socketpair', 1, 1, 0, ends.address), 0);
  return [ends.i32[0]!, ends.i32[1]!];
}

function pipe(): [number, number] {
  const ends = new Scratch(8);
  assert.equal(call('pipe2', ends.address), 0);
  return [ends.i32[1]!, ends.i32[0]!];
}

// What each write(2) holds while it reads its buffer: the inode's lock, the pipe's mutex, the socket's.
const WRITTEN: Readonly<Record<string, () => [number, number?]>> = {
  'a file on tmpfs': () => [HARMLESS['a memfd']!()],
  'a pipe': pipe,
  'a socket': connection,
};

for (const [kind, make] of Object.entries(WRITTEN)) {
  test(`a thread that sleeps in a page while it writes to ${kind} holds nobody up`, async (t) => {
    const range = memory(PAGE, false);
    const pagemap = new Pagemap();
    const uffd = Userfaultfd.open(pagemap);
    assert.equal(uffd.register(range.address, PAGE), 0);
    const suspects = new PinSuspects();
    const [fd, other] = make();
    const state = new Int32Array(new SharedArrayBuffer(8));
    const workerData: WritingTask = { fd, address: range.address, state };
    const worker = new Worker(new URL('./support/writing-worker.js', import.meta.url), { workerData });
    const asleep = await sleepsInFault(state);
    // Were it to wait for that thread, the watchdog would end this process.
    if (asleep) assertNothing(suspects);
    while (Atomics.wait(state, 1, 0, 1) === 'timed-out') uffd.resolveHoles(() => false);
    assert.equal(Atomics.load(state, 1), PAGE + 1);
    await worker.terminate();
    for (const end of [fd, other]) if (end !== undefined) closeSync(end);
    suspects.close();
    uffd.close();
    pagemap.close();
    range.unmap();
    if (!asleep) t.skip('unknown (not reported by this kernel) where threads sleep');
  });
}

for (const [how, asText] of [
  ['by queries', false],
  ['as text', true],
] as const) {
  test(`shared mappings, read ${how}: rings that are known, rings that are not, files`, (t) => {
    const mappings = new SharedMappings(asText);
    const loops = ringInodes();
    const suspicious = (rings: readonly number[]): boolean =>
      mappings.suspicious(new Float64Array([...rings, 0]), rings.length);
    assert.equal(suspicious(loops), false);
    const c = libc();
    for (const path of [process.execPath, '/dev/zero']) {
      const fd = c.open(path, 0);
      const address = c.mmap(0, PAGE, 1, MAP_SHARED, fd, 0);
      closeSync(fd);
      assert.ok(address <= Number.MAX_SAFE_INTEGER);
      assert.equal(suspicious(loops), false, path);
      c.munmap(address, PAGE);
    }
    const ring = Ring.open(LOOP_ENTRIES);
    if (typeof ring === 'string') {
      t.skip(ring);
      return;
    }
    const all = ringInodes();
    assert.equal(all.length, loops.length + 1);
    assert.equal(suspicious(loops), true);
    assert.equal(suspicious(all), false);
    ring.close();
    assert.equal(suspicious(loops), false);
    mappings.close();
  });
}

test('an open server and its connection do not count', async () => {
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { connect } = await import('node:net');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await new Promise((resolve) => client.once('connect', resolve));
  withSuspects(() => {});
  client.destroy();
  server.close();
});
