/**
 * What the machine asks of the kernel, on the kernel that is booted here: the same tests as on the host. PAGEMAP_SCAN, UFFDIO_MOVE
 * and its neighbours, and the thread that reads UFFD_EVENT_REMAP.
 */
// It begins with a process that has not loaded the reader's code.
import '../../linux/event-reader.test.js';
import '../../linux/event-reader.long.js';
import '../../linux/journal-tables.test.js';
import '../../linux/pagemap.test.js';
import '../../linux/userfaultfd-move.test.js';
import '../../linux/userfaultfd-register.test.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libc } from '../../../src/linux/sys/libc.js';
import { advise, MADV_DONTFORK, reserve } from '../../../src/linux/sys/mman.js';
import { mappedRanges } from '../../../src/linux/sys/proc-maps.js';
import { Scratch } from '../../../src/linux/sys/scratch.js';
import { VmaQuery } from '../../../src/linux/sys/vma-query.js';
import { HUGE } from '../../ferry/support/fixture.js';
import '../support/kernel.js';

// include/uapi/linux/fs.h, Linux 6.11
const PROCMAP_QUERY = 0xc0686611;
const QUERY_BYTES = 104;

test('PROCMAP_QUERY says what /proc/self/maps says of every mapping', () => {
  const { address, bytes, unmap } = reserve(3 * HUGE);
  // Three mappings, of which only the one in the middle is not copied to a child.
  assert.equal(advise(address + HUGE, HUGE, MADV_DONTFORK), 0);
  const file = libc().open('/proc/self/maps', 0);
  const query = new Scratch(QUERY_BYTES);
  query.set64(0, QUERY_BYTES);
  query.set64(2, address);
  assert.equal(libc().ioctl(file, PROCMAP_QUERY, query.address), 0, 'the kernel has the query');
  libc().close(file);
  const vmas = new VmaQuery();
  assert.equal(vmas.endOf(address), address + HUGE);
  assert.equal(vmas.endOf(address + HUGE), address + 2 * HUGE);
  for (const { start, end, permissions, path } of mappedRanges(address - HUGE, address + bytes + HUGE)) {
    const fits = permissions === 'rw-p' && !path.startsWith('/');
    assert.equal(vmas.endOf(start), fits ? end : 0, `${start.toString(16)} ${permissions} ${path}`);
  }
  assert.equal(vmas.endOf(4096), 0, 'nothing is mapped there');
  vmas.close();
  unmap();
});
