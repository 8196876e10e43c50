import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MigrationError } from '../../../src/common/migration-error.js';
import { openIdxd } from '../../../src/dmaengine/idxd/open-idxd.js';
import { openPortal } from '../../../src/dmaengine/idxd/portal.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';
import { SHARED, workQueue } from './bench.js';
import { withSysfs } from './fake-sysfs.js';

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof MigrationError);
    assert.ok(error.advice !== undefined && error.problem.length > 0);
    return error.code;
  }
  return 'none';
}

test('without a queue there is no device, and the error says why and what to do', () => {
  withSysfs((sysfs) => {
    assert.throws(
      () => openIdxd({ root: sysfs.root }),
      (error) =>
        error instanceof MigrationError &&
        error.code === 'ENODEV' &&
        /driver is not loaded/.test(error.message) &&
        /modprobe/.test(error.advice ?? ''),
    );
  });
});

test('another system or processor is refused with ENOSYS', () => {
  for (const [key, value] of [
    ['platform', 'darwin'],
    ['arch', 'arm64'],
  ]) {
    const was = Object.getOwnPropertyDescriptor(process, key!)!;
    Object.defineProperty(process, key!, { ...was, value });
    try {
      assert.equal(
        codeOf(() => openIdxd()),
        'ENOSYS',
      );
    } finally {
      Object.defineProperty(process, key!, was);
    }
  }
});

test('a device has as many channels as there are queues, and opens none before it is prepared', async () => {
  await withSysfs(async (sysfs) => {
    // No nodes that could be opened as queues are: regular files take what is written.
    sysfs.device(0).queue('wq0.0').node('wq0.0').queue('wq0.1').node('wq0.1');
    const device = openIdxd({ root: sysfs.root });
    assert.equal(device.channels, 2);
    await device.close();
  });
});

test('a portal hands over the 64 bytes at the address', () => {
  withSysfs((sysfs) => {
    sysfs.device(0).queue('wq0.0').node('wq0.0');
    const node = `${sysfs.root}/dev/dsa/wq0.0`;
    const portal = openPortal({ ...workQueue('wq0.0', SHARED), node });
    const words = new Scratch(256);
    for (let i = 0; i < 64; i++) words.u32[i] = i * 0x0101_0101;
    assert.equal(portal.submit(words.address + 64), 0);
    assert.equal(portal.submit(words.address + 128), 0);
    assert.equal(portal.submit(8), -14, 'EFAULT');
    portal.close();
    assert.deepEqual(readFileSync(node), Buffer.from(words.u32.slice(16, 48).buffer));
  });
});

test('a node that takes no writes is told from one that cannot be opened', () => {
  const at = (node: string) => codeOf(() => openPortal({ ...workQueue('wq0.0', SHARED), node }));
  // The kernel has no write(2) for this file, as for queues before Linux 6.10. Only root may try.
  assert.equal(at('/proc/self/pagemap'), process.getuid?.() === 0 ? 'ENOSYS' : 'EACCES');
  assert.equal(at('/nonexistent/wq0.0'), 'ENOENT');
});
