import { describeThrown } from '../../common/describe-value.js';
import { MigrationError } from '../../common/migration-error.js';
import { errnoOf, systemError } from '../../common/system-error.js';
import { IdxdDevice } from './idxd-device.js';
import { openPortal } from './portal.js';
import { findWorkQueues, type QueueSearch } from './work-queues.js';

export interface OpenIdxdOptions {
  /** Folder of sys/ and dev/. @defaultValue `'/'` */
  readonly root?: string;
}

/**
 * Finds the user work queues of this host's Intel DSAs that this process may open. `prepare` opens them.
 * @throws MigrationError ENOSYS if this is not Linux on x64. ENODEV if there is no queue, with the reason. EMFILE and
 * others if the queues cannot be read.
 */
export function openIdxd({ root }: OpenIdxdOptions = {}): IdxdDevice {
  const operation = 'openIdxd';
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64') {
    throw new MigrationError('ENOSYS', `Intel DSA is found on Linux on x64, not ${platform} on ${arch}`, {
      operation,
      advice: 'Copy with the cpu migrator.',
    });
  }
  const { queues, obstacle } = findQueues(operation, root);
  if (obstacle !== undefined) {
    throw new MigrationError('ENODEV', obstacle.problem, { operation, advice: obstacle.advice });
  }
  return new IdxdDevice(queues, { openPortal });
}

/** Without free file descriptors a process cannot see devices. That must not be reported as ENODEV. */
function findQueues(operation: string, root: string | undefined): QueueSearch {
  try {
    return findWorkQueues(root);
  } catch (cause) {
    const problem = `cannot read the work queues in /sys: ${describeThrown(cause)}`;
    throw systemError(errnoOf(cause), problem, { operation, cause });
  }
}
