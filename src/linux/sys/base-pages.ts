import { PAGE_SIZE } from '../../common/page.js';
import { libc } from './libc.js';

// sysconf returns AT_PAGESZ. include/bits/confname.h: _SC_PAGESIZE on glibc and musl.
const SC_PAGESIZE = 30;

/** The problem with the base pages of the running kernel, and the remedy. Undefined if they have 4 KiB. */
export function basePagesRefused(): { readonly problem: string; readonly advice: string } | undefined {
  const bytes = libc().sysconf(SC_PAGESIZE);
  if (bytes === PAGE_SIZE) return undefined;
  return {
    problem: `base pages of ${bytes} bytes are not supported`,
    advice: 'Boot a kernel with 4K pages.',
  };
}
