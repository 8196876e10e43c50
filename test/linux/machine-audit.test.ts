import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditedParts, MachineAudit } from '../../src/linux/audit/machine-audit.js';
import { FRAME_EMPTY, FRAME_FREE, FRAME_IN_FLIGHT } from '../../src/linux/memory/frame-table.js';
import { NodePools } from '../../src/linux/memory/node-pools.js';
import { PagesOut } from '../../src/linux/memory/pages-out.js';
import { Quarantine } from '../../src/linux/memory/quarantine.js';
import { Regions } from '../../src/linux/memory/regions.js';
import { Journal } from '../../src/linux/rescue/journal.js';
import { advise, MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { memory, PAGE, withUserfaultfd } from './support/memory.js';

const REGION = 700;

interface World extends AuditedParts {
  readonly region: number;
  /** First address of the program's memory. */
  readonly program: number;
}

/** The parts of a machine with two nodes of 4,096 pages, each with some free pages, and a program on node 0. */
function withWorld(use: (world: World, audit: MachineAudit) => void): void {
  withUserfaultfd((uffd, pagemap) => {
    const node = { numaNode: 0, capacityPages: 4096 };
    const journal = new Journal(new SharedArrayBuffer(Journal.bytes(16)));
    const pools = new NodePools([node, node], NodePools.reserve(2, 2048), uffd, pagemap, journal);
    const regions = new Regions(pools, undefined);
    const program = memory(REGION * PAGE, true);
    const region = regions.attach([{ address: program.address, pages: REGION }], 0);
    const parts = {
      uffd,
      pagemap,
      pools,
      regions,
      out: new PagesOut(journal),
      quarantine: new Quarantine(pools),
      journal,
    };
    for (const pool of pools.all) pool.prefill(1024, false);
    const audit = new MachineAudit(parts);
    try {
      assert.deepEqual(audit.quick(), []);
      assert.deepEqual(audit.full(), []);
      use({ ...parts, region, program: program.address }, audit);
    } finally {
      for (const { address, pages } of regions.space(region).spans) uffd.unregister(address, pages * PAGE);
      pools.close();
      program.unmap();
    }
  });
}

interface Damage {
  readonly what: string;
  /** The invariants that do not hold after it; `quick`: those which the quick audit sees. */
  readonly invariants: readonly string[];
  readonly quick?: readonly string[];
  readonly figures: RegExp;
  readonly harm: (world: World) => void;
}

const OWNED = 'every frame is owned exactly once';
const COUNTS = "the pool's counts are right";

const DAMAGES: readonly Damage[] = [
  {
    what: 'a frame that somebody took and never gave back',
    invariants: ['no frame is in flight'],
    quick: ['no frame is in flight'],
    figures: /node 1: 1 frames/,
    harm: ({ pools }) => void pools.all[1]!.table.takeFree(0),
  },
  {
    what: 'a folio that was taken as an empty slot and never filled',
    invariants: ['no frame is in flight'],
    quick: ['no frame is in flight'],
    figures: /node 0: 16 frames/,
    harm: ({ pools }) => void pools.all[0]!.table.takeEmpty(4),
  },
  {
    what: 'a frame in a state that does not exist',
    invariants: [OWNED, COUNTS],
    figures: /8192 frames, 8191 free/,
    harm: ({ pools }) => void pools.all[0]!.table.books.state.fill(77, 5, 6),
  },
  {
    what: 'a frame that was given back twice',
    invariants: [COUNTS],
    quick: ['no frame is in flight'],
    figures: /513 free and 0 empty counted, 512 and 0 there/,
    harm: ({ pools }) => {
      const { table } = pools.all[1]!;
      const frame = table.takeFree(0);
      table.putFree(frame, 1);
      table.putFree(frame, 1);
    },
  },
  {
    what: 'a count of free pages that is off',
    invariants: [COUNTS],
    quick: ['no frame is in flight'],
    figures: /chunk 0/,
    harm: ({ pools }) => {
      const { free } = pools.all[0]!.table.books;
      free[0] = free[0]! - 1;
    },
  },
  {
    what: 'an empty slot that passes for a free page',
    invariants: [COUNTS, 'a free page is present'],
    figures: /node 0: 1 pages are missing/,
    harm: ({ pools }) => {
      const { state } = pools.all[0]!.table.books;
      state[state.lastIndexOf(FRAME_EMPTY)] = FRAME_FREE;
    },
  },
  {
    what: 'free pages that are gone',
    invariants: ['a free page is present'],
    figures: /node 1: 3 pages are missing/,
    harm: ({ pools }) => {
      const pool = pools.all[1]!;
      const first = pool.table.first + pool.table.books.state.indexOf(FRAME_FREE);
      advise(pool.addressOf(first + 7), 3 * PAGE, MADV_DONTNEED);
    },
  },
  {
    what: 'a page in what is said to be an empty slot',
    invariants: ['an empty slot is empty'],
    figures: /node 0: 2 empty slots hold a page/,
    harm: ({ pools }) => {
      const pool = pools.all[0]!;
      const frame = pool.table.takeFree(1);
      pool.table.putEmpty(frame, 2);
    },
  },
  {
    what: 'a page left in a staging area',
    invariants: ['the staging area is empty'],
    figures: /node 1: 1 pages/,
    harm: ({ pools, uffd }) => {
      // Moved there, as no thread may touch what it does not own.
      const pool = pools.all[1]!;
      const frame = pool.table.takeFree(0);
      const staging = pool.stagingAreas[0]!;
      assert.equal(uffd.register(staging.address, staging.bytes), 0);
      assert.equal(uffd.move(staging.address, pool.addressOf(frame), PAGE, true), PAGE);
      pool.table.putEmpty(frame, 1);
    },
  },
  {
    what: 'a quarantined frame that is free, too',
    invariants: [OWNED],
    quick: ['no frame is in flight'],
    figures: /1 owned twice/,
    harm: ({ pools, quarantine }) => {
      const { table } = pools.all[1]!;
      const dst = table.takeFree(0);
      const src = pools.all[0]!.table.takeEmpty(0);
      quarantine.hold(1, dst, src, 1);
      quarantine.left(src, 1);
      table.putFree(dst, 1);
    },
  },
  {
    what: 'two runs of quarantined frames that overlap',
    invariants: [OWNED],
    quick: ['no frame is in flight'],
    figures: /1 owned twice/,
    harm: ({ pools, quarantine }) => {
      const dst = pools.all[1]!.table.takeFree(1);
      const src = pools.all[0]!.table.takeEmpty(0);
      quarantine.hold(1, dst, src, 2);
      quarantine.hold(2, dst + 1, src, 1);
      quarantine.left(src, 1);
    },
  },
  {
    what: 'a source that waits for its quarantine',
    invariants: ['no frame is in flight', 'no source waits for its quarantine'],
    quick: ['no frame is in flight'],
    figures: /1 f/,
    harm: ({ pools, quarantine }) =>
      quarantine.hold(1, pools.all[1]!.table.takeFree(0), pools.all[0]!.table.takeEmpty(0), 1),
  },
  {
    what: 'a promise that nobody keeps',
    invariants: ['no page is reserved'],
    quick: ['no page is reserved'],
    figures: /node 1: 512 pages/,
    harm: ({ pools }) => {
      pools.all[1]!.promisedPages += 512;
    },
  },
  {
    what: 'a page counted on a node where no region has it',
    invariants: ["the program's pages add up"],
    figures: /node 0: 701 counted, 700 in its regions/,
    harm: ({ pools }) => {
      pools.all[0]!.programPages++;
    },
  },
  {
    what: 'a page of a region that changed its node uncounted',
    invariants: ["the program's pages add up", "the program's pages add up"],
    figures: /node 0: 700 counted, 699/,
    harm: ({ regions, region }) => {
      const space = regions.space(region);
      space.setNode(space.spans[0]!.page + 5, 1);
    },
  },
  {
    what: 'a node that was filled beyond its capacity',
    invariants: ["the program's pages add up", 'no node is filled beyond its capacity'],
    figures: /4097/,
    harm: ({ pools }) => {
      pools.all[1]!.programPages = 4097;
    },
  },
  {
    what: 'pages that are still isolated',
    invariants: ['no page is isolated'],
    figures: /3 pages/,
    harm: ({ regions, region }) => {
      const space = regions.space(region);
      space.isolate(space.spans[0]!.page + 5, 3);
    },
  },
  {
    what: 'a folio that is out',
    invariants: ['no folio is unmapped'],
    quick: ['no folio is unmapped'],
    figures: /1 folios/,
    harm: ({ out }) => out.left(3, 1),
  },
  {
    what: 'a run that the journal still names',
    invariants: ['the journal is empty'],
    quick: ['the journal is empty'],
    figures: /2 runs/,
    harm: ({ journal, program, pools }) => {
      for (const section of [1, 3]) journal.leaving(section, program, pools.all[0]!.addressOf(0), 1);
    },
  },
  {
    what: 'memory at rest that is registered',
    invariants: ['only what is migrated is registered'],
    figures: /1 ranges/,
    harm: ({ uffd, program }) => assert.equal(uffd.register(program, REGION * PAGE), 0),
  },
];

for (const { what, invariants, quick = [], figures, harm } of DAMAGES) {
  test(`an audit finds ${what}`, () => {
    withWorld((world, audit) => {
      harm(world);
      const found = audit.full();
      assert.deepEqual(
        found.map(({ invariant }) => invariant),
        invariants,
      );
      assert.ok(
        found.some((violation) => figures.test(violation.figures)),
        JSON.stringify(found),
      );
      assert.deepEqual(
        audit.quick().map(({ invariant }) => invariant),
        quick,
      );
    });
  });
}

test('an audit changes nothing: neither a page that is there nor one that is not', () => {
  withWorld(({ pagemap, program, pools, regions }, audit) => {
    const absent = program + 9 * PAGE;
    advise(program, PAGE, MADV_DONTNEED);
    advise(absent, PAGE, MADV_DONTNEED);
    const before = new Uint8Array(512);
    pagemap.read(program, 512, before);
    const states = pools.all.map(({ table }) => table.books.state.slice());
    for (let i = 0; i < 20; i++) assert.deepEqual(audit.full(), []);
    const after = new Uint8Array(512);
    pagemap.read(program, 512, after);
    assert.deepEqual(after, before);
    assert.deepEqual(
      pools.all.map(({ table }) => table.books.state),
      states,
    );
    assert.equal(regions.count, 1);
  });
});

test("what is migrated may be registered, and what is quarantined is nobody's mistake", () => {
  withWorld(({ uffd, journal, program, pools, quarantine }, audit) => {
    uffd.register(program, REGION * PAGE);
    assert.ok(journal.registered(program, REGION * PAGE));
    const src = pools.all[0]!.table.takeEmpty(9);
    quarantine.hold(7, pools.all[1]!.table.takeFree(9), src, 512);
    quarantine.left(src, 512);
    assert.deepEqual(audit.quick(), []);
    assert.deepEqual(audit.full(), []);
    assert.equal(pools.all[0]!.table.stateOf(src), FRAME_IN_FLIGHT);
    quarantine.release(7);
    assert.deepEqual(audit.full(), []);
  });
});

test('a program that was adopted beyond the capacity is no violation', () => {
  withWorld(({ regions }, audit) => {
    const more = memory(4096 * PAGE, false);
    const id = regions.attach([{ address: more.address, pages: 4096 }], 1);
    const again = regions.attach([{ address: more.address + 4000 * PAGE, pages: 96 }], 1);
    assert.deepEqual(audit.full(), []);
    assert.deepEqual(audit.full(), []);
    regions.detach(again);
    regions.detach(id);
    assert.deepEqual(audit.full(), []);
    more.unmap();
  });
});
