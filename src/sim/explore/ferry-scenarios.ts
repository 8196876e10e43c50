import { PTE_MIGRATION, SHARED_NOW, SHARED_ONCE } from '../machine/address-space.js';
import type { Program } from './program.js';
import { pagesOf, type Scenario, type Stage, scenarios } from './scenario.js';
import type { SimFerry, SimRequest } from './sim-ferry.js';
import type { Steps } from './task.js';

/** Additional nanoseconds of a descriptor. The next batch is in flight long before its end. */
const SLOW_NS = 300_000;

/** The engine on a simulated machine: queues, turns, and requests that are cancelled. */
export const FERRY_SCENARIOS: readonly Scenario[] = scenarios([
  {
    name: 'ferry-queue',
    description: 'three regions of which two can be registered at once, and a region with two migrations',
    fill(stage) {
      const program = stage.program(36);
      const ferry = stage.ferry(program, { maxSpans: 2, audit: true });
      const regions = [0, 12, 24].map((page) => ferry.adopt(page, 12));
      stage.task('owner', ferry.owner(there(ferry, regions[0]!)));
      stage.task('second', ferry.owner(thereAndBack(ferry, regions[1]!)));
      stage.task('third', ferry.owner(there(ferry, regions[2]!)));
      stage.task('writer', program.writer(pagesOf(program, 5), 2));
    },
  },
  {
    name: 'ferry-release',
    description: 'regions that are released in mid-migration, or while they wait, and adopted again',
    fill(stage) {
      const program = stage.program(32);
      const ferry = stage.ferry(program, { maxSpans: 2 });
      const regions = [0, 8, 16, 24].map((page) => ferry.adopt(page, 8));
      stage.task('owner', ferry.owner(thereAndBack(ferry, regions[0]!, 8)));
      stage.task('second', ferry.owner(thereAndBack(ferry, regions[1]!, 8)));
      stage.task('third', ferry.owner(there(ferry, regions[3]!, 8)));
      stage.task('releaser', ferry.owner(releases(ferry, regions[1]!, regions[2]!, 8)));
      stage.task('writer', program.writer(pagesOf(program, 5), 2));
    },
  },
  {
    name: 'ferry-close',
    description: 'a ferry that is closed while migrations are in progress and others wait',
    fill(stage) {
      const program = stage.program(24);
      const ferry = stage.ferry(program, { maxSpans: 1 });
      const regions = [0, 12].map((page) => ferry.adopt(page, 12));
      stage.task('owner', ferry.owner(thereAndBack(ferry, regions[0]!)));
      stage.task('second', ferry.owner(thereAndBack(ferry, regions[1]!)));
      stage.task('closer', closes(ferry));
      stage.task('reader', program.reader(pagesOf(program, 5), 2));
    },
  },
  {
    name: 'ferry-abort',
    description: 'migrations that are stopped by their callers, while pages are given back and touched again',
    fill(stage) {
      const program = stage.program(24);
      const ferry = stage.ferry(program);
      const regions = [0, 12].map((page) => ferry.adopt(page, 12));
      for (const [i, region] of regions.entries()) {
        const request = ferry.migrate(region, 12);
        stage.task(`owner ${i + 1}`, ferry.owner(until([request, ferry.migrate(region, 12, { target: 0 })])));
        stage.task(`stopper ${i + 1}`, ferry.owner(aborts(ferry, request)));
      }
      stage.task('dropper', program.dropper([3, 10, 15]));
    },
  },
  {
    name: 'ferry-holes',
    description: 'pages that are touched for the first time while dcbm copies the batches around them',
    fate: () => () => ({ delayNs: SLOW_NS }),
    fill(stage) {
      const program = stage.program(32);
      const ferry = stage.ferry(program);
      const region = ferry.adopt(0, 32);
      stage.register({ name: 'dcbm', channels: 2 });
      stage.task('owner', ferry.owner(thereAndBack(ferry, region, 32)));
      stage.task('dropper', program.dropper([2, 9, 30]));
      stage.task('writer', program.writer([5, 12, 13, 20, 27], 2));
    },
  },
  {
    name: 'ferry-migrators',
    description: 'migrators that are registered and unregistered between turns of two regions',
    fate: () => () => ({ delayNs: SLOW_NS }),
    fill(stage) {
      const program = stage.program(32);
      const ferry = stage.ferry(program);
      const regions = [0, 16].map((page) => ferry.adopt(page, 16));
      stage.task('owner', ferry.owner(thereAndBack(ferry, regions[0]!, 16)));
      stage.task('second', ferry.owner(there(ferry, regions[1]!, 16)));
      stage.task('registrar', ferry.owner(swaps(stage, ferry)));
      stage.task('writer', program.writer(pagesOf(program, 7), 1));
    },
  },
  {
    name: 'ferry-sharing',
    description: 'pages that a child shares or has shared, and pages that the kernel merges, with a stop',
    fill(stage) {
      const program = stage.program(16);
      const { space } = program;
      for (const page of [1, 6]) space.share(page, SHARED_ONCE);
      space.share(11, SHARED_NOW);
      const ferry = stage.ferry(program);
      const region = ferry.adopt(0, 16);
      const request = ferry.migrate(region, 16, { batchPages: 2 });
      const others = [ferry.movePages(region, [1, 3, 11], 0), ferry.migrate(region, 16)];
      stage.task('owner', ferry.owner(until([request, ...others])));
      stage.task('stopper', ferry.owner(abortsWhenMerging(ferry, request)));
      stage.task('merger', merges(stage, program, [2, 9, 3, 8]));
      stage.task('writer', program.writer([1, 9], 2));
    },
  },
  {
    name: 'ferry-grown',
    description: 'a region whose memory has grown, or is found elsewhere, while migrations of it wait',
    fill(stage) {
      const program = stage.program(32);
      const ferry = stage.ferry(program);
      const region = ferry.adopt(0, 12);
      stage.task('owner', ferry.owner(thereAndBack(ferry, region)));
      stage.task('grower', ferry.owner(grows(ferry, region)));
      stage.task('writer', program.writer(pagesOf(program, 5), 2));
    },
  },
  {
    name: 'ferry-watched',
    description: 'regions that two access sources watch while they migrate, grow and are released',
    fill(stage) {
      const program = stage.program(32);
      const ferry = stage.ferry(program, { audit: true });
      const regions = [0, 12, 24].map((page) => ferry.adopt(page, page === 24 ? 4 : 12));
      stage.task('owner', ferry.owner(thereAndBack(ferry, regions[0]!)));
      stage.task('watcher', ferry.owner(watches(ferry, regions[0]!, 2)));
      stage.task('second watcher', ferry.owner(watches(ferry, regions[1]!, 1)));
      stage.task('releaser', ferry.owner(releasesWatched(ferry, regions[1]!)));
      stage.task('grower', ferry.owner(growsWatched(ferry, regions[2]!)));
      stage.task('dropper', program.dropper([3, 15]));
      stage.task('writer', program.writer(pagesOf(program, 5), 2));
    },
  },
  {
    name: 'ferry-gone',
    description: 'native code that unmaps a part of a region in mid-migration',
    fill(stage) {
      const program = stage.program(24);
      const ferry = stage.ferry(program);
      const regions = [0, 12].map((page) => ferry.adopt(page, 12));
      for (const [i, region] of regions.entries()) {
        stage.task(`owner ${i + 1}`, ferry.owner(thereAndBack(ferry, region)));
      }
      stage.task('native code', unmaps(ferry, program, [4, 5]));
      stage.task('writer', program.writer([0, 9, 14, 20], 2));
    },
  },
  {
    name: 'ferry-write-protected',
    description: 'regions that are read through and regions that are not, with dcbm and a device that pins',
    fill(stage) {
      const program = stage.program(24);
      const ferry = stage.ferry(program);
      const [first, second] = [ferry.adopt(0, 12), ferry.adopt(12, 12)];
      stage.register({ name: 'dcbm', channels: 2 });
      const writeProtected = { copyMode: 'write-protected', batchPages: 6 } as const;
      stage.task(
        'owner',
        ferry.owner(until([ferry.migrate(first, 12, writeProtected), ferry.migrate(second, 12)])),
      );
      stage.task('device', program.device([2, 15], 2));
      stage.task('dropper', program.dropper([7, 20]));
      stage.task('writer', program.writer([3, 8, 13], 2));
    },
  },
  {
    name: 'two-ferries',
    description: 'two ferries of one program, one of which is closed in the middle',
    fill(stage) {
      const program = stage.program(32);
      const [one, other] = ['first ', 'second '].map((name) =>
        stage.ferry(program, { maxSpans: 1, audit: false }, name),
      ) as [SimFerry, SimFerry];
      const regions = [0, 8].map((page) => one.adopt(page, 8));
      const others = [16, 24].map((page) => other.adopt(page, 8));
      stage.task('owner', one.owner(thereAndBack(one, regions[0]!, 8)));
      stage.task('another', one.owner(there(one, regions[1]!, 8)));
      stage.task('second owner', other.owner(thereAndBack(other, others[0]!, 8)));
      stage.task('another of the second', other.owner(there(other, others[1]!, 8)));
      stage.task('closer', closes(one));
      stage.task('writer', program.writer(pagesOf(program, 5), 2));
    },
  },
]);

/** Waits until all requests are answered. */
function* until(requests: readonly SimRequest[]): Steps {
  for (const { answered } of requests) yield answered;
}

function* there(ferry: SimFerry, region: number, pages = 12): Steps {
  yield ferry.migrate(region, pages).answered;
}

/** Requests a migration each way. */
function* thereAndBack(ferry: SimFerry, region: number, pages = 12): Steps {
  const first = ferry.migrate(region, pages);
  yield undefined;
  yield* until([first, ferry.migrate(region, pages, { target: 0 })]);
}

/** Releases two regions, the second with a migration just requested, and adopts the memory of the first again. */
function* releases(ferry: SimFerry, first: number, second: number, pages: number): Steps {
  const requested = ferry.migrate(second, pages);
  yield undefined;
  const released = ferry.release(second);
  yield undefined;
  yield* until([requested, released, ferry.release(first)]);
  yield* there(ferry, ferry.adopt(pages, pages), pages);
}

function* closes(ferry: SimFerry): Steps {
  yield undefined;
  ferry.close();
}

function* aborts(ferry: SimFerry, request: SimRequest): Steps {
  yield undefined;
  ferry.abort(request);
}

/** Stops a migration that has reached the shared pages, or has just ended. */
function* abortsWhenMerging(ferry: SimFerry, request: SimRequest): Steps {
  const { unmergeable } = ferry.program.space;
  yield () => unmergeable.includes(1) || request.order > 0;
  ferry.abort(request);
}

function* grows(ferry: SimFerry, region: number): Steps {
  yield undefined;
  const grown = ferry.replace(region, 0, 20);
  const longer = ferry.migrate(region, 20);
  yield undefined;
  const elsewhere = ferry.replace(region, 20, 12);
  yield* until([grown, longer, elsewhere, ferry.migrate(region, 12)]);
}

/** Watches a region by marks, and unit by unit. */
function* watches(ferry: SimFerry, region: number, times: number): Steps {
  for (let round = 0; round < times; round++) {
    const begun = ferry.beginWatch(region);
    yield undefined;
    const unmapped = ferry.watchUnmapped(region);
    yield begun.answered;
    yield* until([unmapped, ferry.endWatch(region)]);
  }
}

function* releasesWatched(ferry: SimFerry, region: number): Steps {
  yield undefined;
  const unmapped = ferry.watchUnmapped(region);
  yield undefined;
  yield* until([unmapped, ferry.release(region)]);
}

function* growsWatched(ferry: SimFerry, region: number): Steps {
  const begun = ferry.beginWatch(region);
  yield undefined;
  const grown = ferry.replace(region, 24, 8);
  yield* until([begun, grown, ferry.watchUnmapped(region), ferry.endWatch(region)]);
}

function* swaps(stage: Stage, ferry: SimFerry): Steps {
  const { registry } = stage.sim;
  for (const options of [{ name: 'dcbm', channels: 2 }, { name: 'cpu' }] as const) {
    yield ferry.perform(`registers ${options.name}`, () => void registry.register(stage.migrator(options)))
      .answered;
    yield undefined;
    yield ferry.perform(`unregisters ${options.name}`, () => registry.unregister(options.name)).answered;
  }
}

/** KSM: now and then merges pages that it may merge. */
function* merges(stage: Stage, { space }: Program, pages: readonly number[]): Steps {
  for (const page of pages) {
    const frame = space.table[page]!;
    if (frame >= 0 && space.unmergeable[page] === 0 && space.writeProtected[page] === 0) {
      space.share(page, SHARED_NOW);
      stage.onAct?.(`merges page ${page}`);
    }
    yield undefined;
  }
}

function* unmaps(ferry: SimFerry, program: Program, pages: readonly number[]): Steps {
  for (const page of pages) {
    // A page in flight is unmapped after its return.
    yield () => program.space.table[page] !== PTE_MIGRATION;
    program.forgotten.add(page);
    ferry.machine.unmapPage(page);
    yield undefined;
  }
}
