import { readFileSync } from 'node:fs';
import { TableHost } from '../linux/tables/table-policy.js';

/**
 * The features of this host and this process that a ferry can use. They are read when it is opened. `pageferry doctor`
 * explains each that is missing.
 *
 * @example
 * ```ts
 * const copyMode = ferry.capabilities.writeProtection ? 'write-protected' : 'exclusive';
 * await region.migrate({ to: 1, copyMode });
 * ```
 */
export interface FerryCapabilities {
  /**
   * A system call that reads or writes a page in flight waits, as a thread does. If this is false (the default of an
   * unprivileged process), the call fails with EFAULT. Then do not pass buffers that are migrated to read(2), write(2)
   * and similar calls.
   */
  readonly kernelFaults: boolean;
  /** `copyMode: 'write-protected'` is supported. If this is false, `migrate` rejects it with EOPNOTSUPP. */
  readonly writeProtection: boolean;
  /**
   * This process can get transparent huge pages. If this is false, folios of 2 MiB arrive as small pages, also with
   * `hugePages: 'promote'`.
   */
  readonly hugePages: boolean;
  /**
   * Page tables move whole, which is the fastest way for small pages. If this is false, pages move one by one. This can
   * become false later, if the process locks memory (mlock) or the host enforces strict overcommit.
   */
  readonly pageTables: boolean;
  /**
   * The kernel notifies the ferry when memory in migration is unmapped, moved or freed. If this is false,
   * `adopt` refuses a WebAssembly.Memory that V8 may have to move, with EOPNOTSUPP.
   */
  readonly mappingEvents: boolean;
}

/** The features that the migration thread has detected. */
export interface ThreadAbilities {
  readonly access: 'syscall' | 'device' | 'user-mode-only';
  readonly canWriteProtect: boolean;
  readonly tellsChanges: boolean;
}

export function capabilitiesOf({
  access,
  canWriteProtect,
  tellsChanges,
}: ThreadAbilities): FerryCapabilities {
  return Object.freeze({
    kernelFaults: access !== 'user-mode-only',
    writeProtection: canWriteProtect,
    hugePages: hasHugePages(),
    pageTables: tellsChanges && hostMovesTables(),
    mappingEvents: tellsChanges,
  });
}

/** THP_enabled (Linux 5.0) is 1 if the kernel supports huge pages, and prctl(2) has not disabled them here. */
function hasHugePages(): boolean {
  try {
    return /^THP_enabled:\s*1$/m.test(readFileSync('/proc/self/status', 'latin1'));
  } catch {
    return false;
  }
}

function hostMovesTables(): boolean {
  const host = new TableHost();
  const refusal = host.refusal();
  host.close();
  return refusal === undefined;
}
