import { describeThrown } from '../../common/describe-value.js';
import { MigrationError } from '../../common/migration-error.js';
import { errnoOf, systemError } from '../../common/system-error.js';
import { IdxdDevice } from './idxd-device.js';
import { openPortal } from './portal.js';
import { findWorkQueues, type QueueSearch } from './work-queues.js';

export interface OpenIdxdOptions {
  /** Where sys/ and dev/ are. @defaultValue `'/'` */
  readonly root?: string;
}

/**
 * The Intel DSA of this host, with every user work queue that this process may open. Opens none of them yet:
 * `prepare` does.
 * @throws MigrationError ENOSYS when this is not Linux on x64; ENODEV when there is no queue, saying
 * why; EMFILE, … when it cannot be looked for one.
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

/** A process without descriptors sees no device, which does not mean that there is none. */
function findQueues(operation: string, root: string | undefined): QueueSearch {
  try {
    return findWorkQueues(root);
  } catch (cause) {
    const problem = `cannot read the work queues in /sys: ${describeThrown(cause)}`;
    throw systemError(errnoOf(cause), problem, { operation, cause });
  }
}
