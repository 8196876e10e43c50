import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { MigrationError } from '../../src/common/migration-error.js';
import { libc } from '../../src/linux/sys/libc.js';
import { Pagemap } from '../../src/linux/sys/pagemap.js';
import { syscallNumbers } from '../../src/linux/sys/syscalls.js';
import { Userfaultfd } from '../../src/linux/userfaultfd/userfaultfd.js';
import { peek } from './support/memory.js';

const USER_MODE_ONLY = 1;
const DEVICE = '/dev/userfaultfd';
/** Descriptors of the kernel that is played here; nobody has so many. */
const [FULL, LIMITED, FROM_DEVICE, DEVICE_ITSELF] = [100_001, 100_002, 100_003, 100_004];

interface Host {
  /** Errno of userfaultfd(2) that handles all faults; 0: permitted. */
  readonly full: number;
  /** Errno of one that handles faults of the program alone. */
  readonly limited: number;
  readonly device: boolean;
  readonly move: boolean;
  /** Whether it can write-protect. */
  readonly protect: boolean;
}

/** Plays a kernel that answers so. Returns the descriptors that were closed. */
function play(t: TestContext, { full, limited, device, move, protect }: Host): number[] {
  const c = libc();
  const { syscall, open, ioctl, close } = c;
  let errno = 0;
  const fail = (reason: number): number => {
    errno = reason;
    return -1;
  };
  const closed: number[] = [];
  mock.method(c, 'syscall', (...args: Parameters<typeof syscall>) => {
    if (args[0] !== syscallNumbers().userfaultfd) return syscall(...args);
    const refused = (args[1] & USER_MODE_ONLY) === 0 ? full : limited;
    if (refused !== 0) return fail(refused);
    return (args[1] & USER_MODE_ONLY) === 0 ? FULL : LIMITED;
  });
  mock.method(c, 'open', (path: string, flags: number) => {
    if (path !== DEVICE) return open(path, flags);
    return device ? DEVICE_ITSELF : fail(ERRNO.EACCES);
  });
  mock.method(c, 'ioctl', (...args: Parameters<typeof ioctl>) => {
    if (args[0] === DEVICE_ITSELF) return FROM_DEVICE;
    if (args[0] < FULL) return ioctl(...args);
    // struct uffdio_api: what is asked for is its second word, UFFD_FEATURE_PAGEFAULT_FLAG_WP the lowest bit of that.
    const asksToProtect = (peek(args[2] + 8, 1)[0]! & 1) !== 0;
    return move && (protect || !asksToProtect) ? 0 : fail(ERRNO.EINVAL);
  });
  mock.method(c, 'close', (fd: number) => {
    if (fd < FULL) return close(fd);
    closed.push(fd);
    return 0;
  });
  mock.method(c, 'errno', () => errno);
  t.after(() => mock.restoreAll());
  return closed;
}

const PERMITTED: Host = { full: 0, limited: 0, device: false, move: true, protect: true };
const FORBIDDEN: Host = { ...PERMITTED, full: ERRNO.EPERM, limited: ERRNO.EPERM };

for (const [what, host, access, descriptor] of [
  ['is permitted', PERMITTED, 'syscall', FULL],
  ['is not, but its device is', { ...FORBIDDEN, device: true }, 'device', FROM_DEVICE],
  ['is permitted for user-mode faults only', { ...FORBIDDEN, limited: 0 }, 'user-mode-only', LIMITED],
  [
    'is not there, but its device is',
    { ...FORBIDDEN, full: ERRNO.ENOSYS, device: true },
    'device',
    FROM_DEVICE,
  ],
] as const) {
  test(`where userfaultfd(2) ${what}`, (t) => {
    const pagemap = new Pagemap();
    const closed = play(t, host);
    const uffd = Userfaultfd.open(pagemap);
    assert.deepEqual([uffd.access, uffd.descriptor], [access, descriptor]);
    assert.deepEqual(closed, access === 'device' ? [DEVICE_ITSELF] : []);
    assert.ok(uffd.canWriteProtect);
    mock.restoreAll();
    pagemap.close();
  });
}

test('where userfaultfd(2) cannot write-protect, it is opened once more, without that', (t) => {
  const pagemap = new Pagemap();
  const closed = play(t, { ...PERMITTED, protect: false });
  const uffd = Userfaultfd.open(pagemap);
  assert.ok(!uffd.canWriteProtect);
  assert.deepEqual(closed, [FULL], 'what has refused the handshake is closed');
  mock.restoreAll();
  pagemap.close();
});

for (const [what, host, code, advice] of [
  [
    'is not permitted in any way',
    FORBIDDEN,
    'EPERM',
    /CAP_SYS_PTRACE.*unprivileged_userfaultfd.*\/dev\/userfaultfd/,
  ],
  ['is not there', { ...FORBIDDEN, full: ERRNO.ENOSYS }, 'ENOSYS', /Linux 6\.8/],
  ['cannot move pages', { ...PERMITTED, move: false }, 'ENOSYS', /Linux 6\.8/],
] as const) {
  test(`where userfaultfd(2) ${what}: ${code}, with what can be done`, (t) => {
    const pagemap = new Pagemap();
    const closed = play(t, host);
    assert.throws(
      () => Userfaultfd.open(pagemap),
      (error) => error instanceof MigrationError && error.code === code && advice.test(error.advice ?? ''),
    );
    assert.deepEqual(closed, host.full === 0 ? [FULL, FULL] : [], 'no descriptor is left');
    mock.restoreAll();
    pagemap.close();
  });
}
