import { MigrationError } from '../../common/migration-error.js';
import { Pagemap } from '../../linux/sys/pagemap.js';
import { readText } from '../../linux/sys/read-text.js';
import { Userfaultfd, type UserfaultfdAccess } from '../../linux/userfaultfd/userfaultfd.js';
import type { Check } from './check.js';

const FOUND: Readonly<Record<UserfaultfdAccess, string>> = {
  syscall: 'permitted, by system call',
  device: 'permitted, by /dev/userfaultfd',
  'user-mode-only': 'permitted for user-mode faults only',
};

/** Whether this process can open a userfaultfd that moves pages, in which way, and with which limits. */
export function checkUserfaultfd(): Check {
  const unprivileged = readText('/proc/sys/vm/unprivileged_userfaultfd');
  const setting = unprivileged === undefined ? '' : ` (vm.unprivileged_userfaultfd = ${unprivileged})`;
  const details = { unprivilegedUserfaultfd: unprivileged ?? null };
  let access: UserfaultfdAccess;
  let writeProtect: boolean;
  try {
    ({ access, canWriteProtect: writeProtect } = probe());
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const advice = error.advice === undefined ? {} : { advice: error.advice };
    return {
      id: 'userfaultfd',
      status: 'missing',
      found: `not available${setting}`,
      why: `${error.problem} (${error.code}).${seccompHint()}`,
      details: { ...details, access: null },
      ...advice,
    };
  }
  const found = `${FOUND[access]}${writeProtect ? '' : ', without write protection'}${setting}`;
  if (access !== 'user-mode-only') {
    return { id: 'userfaultfd', status: 'ok', found, details: { ...details, access, writeProtect } };
  }
  return {
    id: 'userfaultfd',
    status: 'limited',
    found,
    why: 'a system call such as read(2) into a page in flight fails with EFAULT instead of waiting.',
    advice:
      'Run as root or with CAP_SYS_PTRACE, run `sysctl vm.unprivileged_userfaultfd=1`, or give this user ' +
      'read and write access to /dev/userfaultfd.',
    details: { ...details, access, writeProtect },
  };
}

function probe(): Pick<Userfaultfd, 'access' | 'canWriteProtect'> {
  const pagemap = new Pagemap();
  try {
    // No memory was registered with it, so no thread waits for it.
    const userfaultfd = Userfaultfd.open(pagemap);
    userfaultfd.close();
    return userfaultfd;
  } finally {
    pagemap.close();
  }
}

/** Containers forbid the call by a filter. The error is that of a missing privilege. */
function seccompHint(): string {
  const filtered = /^Seccomp:\s*2$/m.test(readText('/proc/self/status') ?? '');
  return filtered ? ' This process runs under a seccomp filter, which can be the cause.' : '';
}
