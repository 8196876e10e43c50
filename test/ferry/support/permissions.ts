import { readFileSync, statSync } from 'node:fs';

/** Why a user without privilege gets more than a user-mode-only userfaultfd here, if it does. */
export function moreIsPermitted(): string | false {
  if (readFileSync('/proc/sys/vm/unprivileged_userfaultfd', 'utf8').trim() !== '0') {
    return 'vm.unprivileged_userfaultfd is 1';
  }
  const device = statSync('/dev/userfaultfd', { throwIfNoEntry: false });
  return device !== undefined && (device.mode & 0o006) === 0o006 && 'everybody may open /dev/userfaultfd';
}
