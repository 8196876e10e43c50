import { PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import type { Address } from '../sys/libc.js';
import { PAGE_OCCUPIED, type Pagemap } from '../sys/pagemap.js';
import { remap } from '../sys/remap.js';
import { markedRanges } from '../sys/smaps.js';
import { EventReader, eventReaderRoutine } from '../userfaultfd/event-reader.js';
import type { Userfaultfd } from '../userfaultfd/userfaultfd.js';

/** `um`: registered for missing pages; `uw`: for write protection (show_smap_vma_flags in fs/proc/task_mmu.c). */
const REGISTERED = ['um', 'uw'] as const;

/**
 * Returns pages to the program by mremap(2), when the userfaultfd no longer moves or copies pages. It returns EAGAIN while
 * a remap is in progress (`mmap_changing` in fs/userfaultfd.c), and forever after one that failed (until Linux 7.2).
 * UNREGISTER and WAKE still work.
 *
 * A page returns only to an address that is registered and empty. The arriving mapping is of the frames' kind: it has their
 * memory policy, and is not registered. The frames cannot hold pages after that, so the machine has to be closed.
 *
 * The old mapping at the address is registered, and its end is an event (UFFD_EVENT_UNMAP) for which mremap(2) waits. If no
 * reader is alive, one is started for this call.
 * @returns the number of pages that have returned.
 */
export function undoByMapping(
  uffd: Userfaultfd,
  pagemap: Pagemap,
  address: Address,
  frames: Address,
  pages: number,
): number {
  const reader = uffd.reader?.alive === true ? uffd.reader : undefined;
  const temporary = reader === undefined ? EventReader.start(uffd.descriptor) : undefined;
  // If this host cannot run a reader at all, its userfaultfds have no events. If it can, but not now, the call might never
  // return.
  if (reader === undefined && temporary === undefined && eventReaderRoutine() !== undefined) return 0;
  try {
    return returnAll(uffd, reader ?? temporary, pagemap, address, frames, pages);
  } finally {
    temporary?.end();
  }
}

function returnAll(
  uffd: Userfaultfd,
  reader: EventReader | undefined,
  pagemap: Pagemap,
  address: Address,
  frames: Address,
  pages: number,
): number {
  const here = new Uint8Array(PMD_PAGES);
  const there = new Uint8Array(PMD_PAGES);
  const registered = REGISTERED.flatMap((flag) => markedRanges(flag, address, address + pages * PAGE_SIZE));
  const isRegistered = (page: Address): boolean =>
    registered.some(([start, bytes]) => start <= page && page < start + bytes);
  let returned = 0;
  for (let done = 0; done < pages; done += PMD_PAGES) {
    const count = Math.min(PMD_PAGES, pages - done);
    const to = address + done * PAGE_SIZE;
    const from = frames + done * PAGE_SIZE;
    pagemap.read(to, count, there);
    pagemap.read(from, count, here);
    const isOut = (i: number): boolean =>
      i < count &&
      (here[i]! & PAGE_OCCUPIED) !== 0 &&
      (there[i]! & PAGE_OCCUPIED) === 0 &&
      isRegistered(to + i * PAGE_SIZE);
    for (let i = 0; i < count; i++) {
      let end = i;
      while (isOut(end)) end++;
      if (end > i && moved(uffd, reader, to + i * PAGE_SIZE, from + i * PAGE_SIZE, end - i))
        returned += end - i;
      i = Math.max(i, end);
    }
  }
  return returned;
}

function moved(
  uffd: Userfaultfd,
  reader: EventReader | undefined,
  to: Address,
  from: Address,
  pages: number,
): boolean {
  const bytes = pages * PAGE_SIZE;
  // The arriving mapping must be ordinary memory.
  uffd.unregister(from, bytes);
  uffd.makeRoom();
  const move = (): number => remap(from, to, bytes);
  if ((reader === undefined ? move() : reader.whileAsleep(move)) !== 0) return false;
  uffd.wake(to, bytes);
  return true;
}
