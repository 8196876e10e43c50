import { PAGE_SIZE } from '../../common/page.js';
import { libc } from './libc.js';

// AT_PAGESZ is what counts, and sysconf gives it: include/bits/confname.h, _SC_PAGESIZE on glibc and musl.
const SC_PAGESIZE = 30;

/** What is wrong with the base pages of the running kernel, and what would be right; undefined where they have 4 KiB. */
export function basePagesRefused(): { readonly problem: string; readonly advice: string } | undefined {
  const bytes = libc().sysconf(SC_PAGESIZE);
  if (bytes === PAGE_SIZE) return undefined;
  return {
    problem: `base pages of ${bytes} bytes are not supported`,
    advice: 'Boot a kernel with 4K pages.',
  };
}
