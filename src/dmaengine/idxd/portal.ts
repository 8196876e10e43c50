import { ERRNO, errnoName } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import { adviceFor } from '../../common/system-error.js';
import { libc } from '../../linux/sys/libc.js';
import { Scratch } from '../../linux/sys/scratch.js';
import type { DmaAddress } from '../channel.js';
import { DESCRIPTOR_BYTES } from './descriptor.js';
import type { WorkQueue } from './work-queues.js';

// include/uapi/asm-generic/fcntl.h, the same on x64
const O_RDWR = 0o2;
const O_CLOEXEC = 0o2000000;

/** Access to a work queue. Only this part of a channel needs the hardware. */
export interface Portal {
  /**
   * Submits the 64-byte descriptor at an address. The device has read it when this returns.
   * @returns 0. -EAGAIN when the queue is full (only a shared one). Another negative errno when the queue accepts
   * nothing any more.
   */
  submit(descriptor: DmaAddress): number;
  /** Only with nothing in flight. The kernel waits here until the device has finished. */
  close(): void;
}

/**
 * Opens a queue's node under /dev/dsa. The kernel then gives the device this process's page tables, by a PASID (shared
 * virtual addressing). So descriptors have the program's own addresses.
 *
 * Descriptors are written one at a time by write(2) (idxd_cdev_write in drivers/dma/idxd/cdev.c). The older way, ENQCMD
 * or MOVDIR64B to the mapped portal, would need machine code.
 * @throws MigrationError EBUSY (dedicated, and open in another process), EACCES, ENOSYS (no write(2)), or the errno of
 * open(2).
 */
export function openPortal({ name, node }: WorkQueue): Portal {
  const c = libc();
  const fd = c.open(node, O_RDWR | O_CLOEXEC);
  if (fd < 0) throw cannotOpen(name, node, c.errno());
  // A write of 0 bytes submits nothing, and a driver without write(2) refuses even that.
  const probe = c.write(fd, new Scratch(DESCRIPTOR_BYTES).address, 0);
  if (probe < 0) {
    const errno = c.errno();
    c.close(fd);
    throw cannotWrite(name, errno);
  }
  return {
    submit(descriptor) {
      const written = c.write(fd, descriptor, DESCRIPTOR_BYTES);
      if (written === DESCRIPTOR_BYTES) return 0;
      return written < 0 ? -c.errno() : -ERRNO.EIO;
    },
    close: () => void c.close(fd),
  };
}

function cannotOpen(name: string, node: string, errno: number): MigrationError {
  const operation = 'openIdxd';
  if (errno === ERRNO.EBUSY) {
    return new MigrationError('EBUSY', `queue ${name} is dedicated, and another process has it open`, {
      operation,
      advice: 'End that process, or configure the queue with --mode=shared.',
    });
  }
  if (errno === ERRNO.EACCES || errno === ERRNO.EPERM) {
    return new MigrationError(errno, `no permission to open ${node}`, {
      operation,
      advice: `Give this user read and write access to ${node}.`,
    });
  }
  return new MigrationError(errno, `cannot open ${node} (${errnoName(errno)})`, {
    operation,
    advice: adviceFor(errno) ?? 'See `dmesg` for messages of the idxd driver.',
  });
}

function cannotWrite(name: string, errno: number): MigrationError {
  const operation = 'openIdxd';
  if (errno === ERRNO.EINVAL) {
    return new MigrationError('ENOSYS', `this kernel does not accept descriptors for ${name} by write(2)`, {
      operation,
      advice: 'Boot Linux 6.10 or later.',
    });
  }
  return new MigrationError(errno, `queue ${name} does not accept descriptors (${errnoName(errno)})`, {
    operation,
    advice: 'See `dmesg` for messages of the idxd driver.',
  });
}
