import { readFileSync } from 'node:fs';
import { TableHost } from '../linux/tables/table-policy.js';

/** What a ferry can do on this host and in this process, as it was when the ferry was opened. `pageferry doctor` says why. */
export interface FerryCapabilities {
  /**
   * Whether a system call that reads or writes a page in flight waits, as a thread does. Where it is false (all that an
   * unprivileged process gets by default) such a call fails with EFAULT: keep buffers that are migrated out of read(2),
   * write(2) and the like.
   */
  readonly kernelFaults: boolean;
  /** Whether `migrate` takes `copyMode: 'write-protected'`. Where it is false that rejects with EOPNOTSUPP. */
  readonly writeProtection: boolean;
  /**
   * Whether the kernel gives this process transparent huge pages. Where it is false `hugePages: 'promote'` and folios of
   * 2 MiB move the same bytes as small pages.
   */
  readonly hugePages: boolean;
  /**
   * Whether page tables can be moved as a whole, which is the fastest way for small pages. Where it is false they move one by one. A
   * process that locks memory (mlock), or a host that is set to strict overcommit, loses this later, too.
   */
  readonly pageTables: boolean;
  /**
   * Whether the ferry is told when memory under migration is unmapped, moved or given back. Where it is false `adopt` rejects an
   * unshared WebAssembly.Memory that V8 may have to move, with EOPNOTSUPP.
   */
  readonly mappingEvents: boolean;
}

/** What the migration thread has found out for itself. */
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

/** THP_enabled (Linux 5.0): the kernel has them, and prctl(2) has not taken them from this process. */
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
