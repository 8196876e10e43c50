import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { MigrationError } from '../../src/common/migration-error.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { libc } from '../../src/linux/sys/libc.js';
import { advise, MADV_DONTFORK, MADV_NOHUGEPAGE } from '../../src/linux/sys/mman.js';
import { type Remap, remap } from '../../src/linux/sys/remap.js';
import { markedRanges } from '../../src/linux/sys/smaps.js';
import { amount } from '../deep.js';
import { assertPattern, pagePattern } from '../machine/page-pattern.js';
import { HUGE, memory, PAGE, peek, poke } from './support/memory.js';
import { movePagesOf } from './support/move-pages-of.js';

const LIMIT = { timeout: 120_000 } as const;
const TABLES = 2;
const PAGES = (TABLES * HUGE) / PAGE;
/** ioctls that check mmap_changing: UFFDIO_COPY, _ZEROPAGE, _MOVE, _WRITEPROTECT. */
const REFUSED = [0xc028aa03, 0xc020aa04, 0xc028aa05, 0xc018aa06];

/** A kernel whose userfaultfd refuses everything from `start` on, as after a failed mremap before Linux 7.2. */
function refusingKernel() {
  const c = libc();
  const real = { ...c };
  let refusing = false;
  let refused = false;
  Object.assign(c, {
    ioctl: (fd: number, request: number, argument: number) => {
      refused = refusing && REFUSED.includes(request);
      return refused ? -1 : real.ioctl(fd, request, argument);
    },
    errno: () => (refused ? ERRNO.EAGAIN : real.errno()),
    // It would wait for what never comes.
    usleep: (microseconds: number) => (refusing ? 0 : real.usleep(microseconds)),
  });
  return {
    start: () => {
      refusing = true;
    },
    end: () => {
      Object.assign(c, real);
    },
  };
}

const FAILURES: Readonly<Record<string, Remap>> = {
  'nothing is done': () => -ERRNO.ENOMEM,
  'a part is moved': (from, to, bytes) => {
    const part = Math.floor(bytes / HUGE / 2) * HUGE;
    if (part > 0) assert.equal(remap(from, to, part), 0);
    return -ERRNO.ENOMEM;
  },
};

/** Migrates there and back; call `nth` of mremap fails, and the userfaultfd with it. Returns how it went. */
function journey(
  nth: number,
  failure: Remap,
  writeProtected: boolean,
): 'no such call' | 'went on' | 'given up' {
  const program = memory(TABLES * HUGE, false);
  const { address } = program;
  advise(address, TABLES * HUGE, MADV_DONTFORK);
  advise(address, TABLES * HUGE, MADV_NOHUGEPAGE);
  const first = address / PAGE;
  for (let page = first; page < first + PAGES; page++) poke(page * PAGE, pagePattern(page, PAGE));
  const kernel = refusingKernel();
  let calls = 0;
  const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };
  const machine = new LinuxMachine({
    nodes: [node, node],
    windowPages: PAGES,
    maxPoolPages: PAGES,
    copy: 'fast',
    pageTables: () => 'always',
    remap: (from, to, bytes) => {
      if (++calls !== nth) return remap(from, to, bytes);
      kernel.start();
      return failure(from, to, bytes);
    },
  });
  let outcome: 'went on' | 'given up' = 'went on';
  const space = machine.attach([{ address, pages: PAGES }], 0);
  try {
    for (const target of [1, 0]) {
      machine.begin(space, { writeProtected });
      movePagesOf(machine, space, first, PAGES, target, { writeProtected });
      machine.end(space);
    }
  } catch (error) {
    assert.ok(error instanceof MigrationError && error.code === 'EIO', String(error));
    outcome = 'given up';
    machine.abandon();
  } finally {
    kernel.end();
  }
  for (const flag of ['um', 'uw']) assert.deepEqual(markedRanges(flag, address, address + TABLES * HUGE), []);
  for (let page = first; page < first + PAGES; page++) assertPattern(peek(page * PAGE, PAGE), page);
  if (outcome === 'went on') {
    machine.detach(space);
    machine.close();
  }
  program.unmap();
  return calls < nth ? 'no such call' : outcome;
}

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  for (const [name, failure] of Object.entries(FAILURES)) {
    test(`${copyMode}: mremap fails, ${name}, and no page can be moved any more: none is lost`, LIMIT, () => {
      const outcomes: string[] = [];
      for (let nth = 1; outcomes.at(-1) !== 'no such call'; nth += amount(4, 1)) {
        outcomes.push(journey(nth, failure, copyMode === 'write-protected'));
      }
      // Pages that are out when it happens come back by mremap, and the machine is given up.
      assert.ok(outcomes.includes('given up'), outcomes.join());
    });
  }
}
