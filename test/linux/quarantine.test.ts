import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { advise, MADV_DONTFORK, reserve } from '../../src/linux/sys/mman.js';
import { mappedRanges } from '../../src/linux/sys/proc-maps.js';
import { type Folio, HandMigration } from '../machine/hand-migration.js';
import { assertPattern, pagePattern } from '../machine/page-pattern.js';
import { PAGE, peek, poke } from './support/memory.js';

const PAGES = 1024;
const CAPACITY = 4096;

interface World {
  readonly machine: LinuxMachine;
  readonly space: number;
  readonly first: number;
  /** Asserts that every page holds its own pattern. */
  check(): void;
  /** The program's memory is given up; the machine is closed. */
  close(): void;
}

/** A machine whose nodes hold 16 MiB each, and a program of 4 MiB on node 0. */
function world(): World {
  const node = { numaNode: 0, capacityPages: CAPACITY };
  const machine = new LinuxMachine({
    nodes: [node, node],
    windowPages: PAGES,
    maxPoolPages: PAGES,
    copy: 'fast',
  });
  const program = reserve(PAGES * PAGE);
  advise(program.address, PAGES * PAGE, MADV_DONTFORK);
  const first = program.address / PAGE;
  for (let page = first; page < first + PAGES; page++) poke(page * PAGE, pagePattern(page, PAGE));
  const space = machine.attach([{ address: program.address, pages: PAGES }], 0);
  machine.begin(space);
  return {
    machine,
    space,
    first,
    check: () => {
      for (let page = first; page < first + PAGES; page++) assertPattern(peek(page * PAGE, PAGE), page);
    },
    close: () => {
      machine.end(space);
      machine.detach(space);
      machine.close();
      program.unmap();
    },
  };
}

const folios = (first: number): Folio[] => [
  [first, 9],
  [first + 513, 0],
  [first + 528, 4],
];
const LISTED = 512 + 1 + 16;

test('what a device writes late, into frames whose folio has moved, is seen by nobody', () => {
  const { machine, space, first, check, close } = world();
  const late = new HandMigration(machine, space, folios(first)).isolate().take(1).unmap();
  const frames = late.frames('dst');
  late.quarantine(1).takeAnother(1).copy().map().putback();
  const other = new HandMigration(machine, space, [[first + 600, 0]]).isolate().take(1).unmap();
  // The device: the other folio's content, all over the destinations that were given up.
  for (const frame of frames) assert.equal(machine.copyFrames(frame, other.batch.src[0]!, 1), 0);
  other.copy().map().putback();
  check();
  machine.unquarantine(1);
  for (let round = 0; round < 4; round++) {
    // The pages of the second half lie on both nodes by now.
    const rest = Array.from({ length: 512 }, (_, i): Folio => [first + 512 + i, 0]);
    const all: Folio[] = [[first, 9], ...rest];
    new HandMigration(machine, space, all)
      .isolate()
      .take(round % 2)
      .unmap()
      .copy()
      .map()
      .putback();
    check();
  }
  close();
});

for (const undone of [false, true]) {
  test(`frames in quarantine are no part of a node's capacity, folios ${undone ? 'undone' : 'moved'}`, () => {
    const { machine, space, first, close } = world();
    const free = (): number[] => [0, 1].map((node) => machine.usage(node).bytesFree / PAGE);
    const before = free();
    assert.deepEqual(before, [CAPACITY - PAGES, CAPACITY]);
    const migration = new HandMigration(machine, space, folios(first)).isolate().take(1).unmap();
    assert.deepEqual(free(), [CAPACITY - PAGES, CAPACITY - LISTED], 'promised');
    migration.quarantine(1);
    assert.deepEqual(free(), before, 'nothing is promised any more');
    if (undone) {
      migration.undo().putback();
    } else {
      migration.takeAnother(1);
      assert.deepEqual(free(), [CAPACITY - PAGES, CAPACITY - LISTED], 'promised again');
      migration.copy().map().putback();
    }
    const after = undone ? before : [CAPACITY - PAGES + LISTED, CAPACITY - LISTED];
    assert.deepEqual(free(), after);
    machine.unquarantine(1);
    assert.deepEqual(free(), after);
    machine.trimExcess();
    machine.trim();
    assert.deepEqual(free(), after);
    close();
  });
}

/** Whether this process has memory at an address. */
const isMapped = (address: number): boolean => mappedRanges(address, address + PAGE).length > 0;

test("a machine that is closed while something is in quarantine leaves the device's memory where it is", () => {
  const { machine, space, first, check, close } = world();
  const migration = new HandMigration(machine, space, folios(first)).isolate().take(1).unmap();
  const addresses = migration.frames('dst').map((frame) => machine.frameBase + frame * PAGE);
  migration.quarantine(1).takeAnother(1).copy().map().putback();
  check();
  close();
  assert.ok(addresses.every(isMapped));
  for (const address of addresses) poke(address, new Uint8Array(PAGE).fill(7));
  // It comes to rest after all.
  machine.unquarantine(1);
});

test('a machine that is closed after its quarantine was lifted gives all memory back', () => {
  const { machine, space, first, close } = world();
  const migration = new HandMigration(machine, space, folios(first)).isolate().take(1).unmap();
  const address = machine.frameBase + migration.batch.dst[0]! * PAGE;
  migration.quarantine(1).undo().putback();
  machine.unquarantine(1);
  assert.ok(isMapped(address));
  close();
  assert.ok(!isMapped(address));
});
