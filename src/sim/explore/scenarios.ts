import { ALL_REASONS, reasonBit } from '../../mm/reason.js';
import { formatReasonMask } from '../../parameters/reason-mask-text.js';
import { FERRY_SCENARIOS } from './ferry-scenarios.js';
import { POLICY_SCENARIOS } from './policy-scenarios.js';
import type { Program } from './program.js';
import { LATE_NS, oneLate, pagesOf, type Scenario, type Stage, scenarios } from './scenario.js';
import { TABLE_SCENARIOS } from './table-scenarios.js';
import type { Steps } from './task.js';
import { WRITE_PROTECTED_SCENARIOS } from './write-protected-scenarios.js';

/** The pipeline and the registry. */
const PIPELINE_SCENARIOS = scenarios([
  {
    name: 'move-and-write',
    description: 'a migration, and a thread that counts in what is migrated',
    fill(stage) {
      const program = stage.program(16);
      stage.task('migration', stage.migration(program, 0));
      stage.task('writer', program.writer(pagesOf(program, 5), 2));
    },
  },
  {
    name: 'swap',
    description: 'a migration, while migrators are registered and unregistered',
    fill(stage) {
      const program = stage.program(32);
      stage.task('migration', stage.migration(program, 1));
      stage.task('registry', stage.swap({ name: 'dcbm', channels: 2 }, 3));
    },
  },
  {
    name: 'policy',
    description: 'a migration, while the reason mask is written and the migrator is unregistered',
    fill(stage) {
      const program = stage.program(32);
      stage.task('migration', stage.migration(program, 1));
      stage.task('registry', stage.swap({ name: 'dcbm', channels: 1 }, 2));
      stage.task('parameters', writeMasks(stage));
    },
  },
  {
    name: 'dma',
    description:
      'dcbm on a device that takes descriptors in any order, behind an IOMMU that merges by chance',
    fill(stage) {
      const program = stage.program(64);
      stage.register({ name: 'dcbm', channels: 3 });
      stage.task('migration', stage.migration(program, 0, { batchPages: 24 }));
      stage.task('writer', program.writer(pagesOf(program, 17), 1));
    },
  },
  {
    name: 'late-device',
    description:
      'a descriptor that completes after its timeout, while threads write and another migration runs',
    healthy: false,
    fate: oneLate(7),
    fill(stage) {
      const program = stage.program(32);
      const other = stage.program(32);
      stage.register({ name: 'dcbm', channels: 2 });
      stage.task('migration', stage.migration(program, 1));
      stage.task('writer', program.writer(pagesOf(program, 4), 3));
      stage.task('another', stage.migration(other, 0));
    },
  },
  {
    name: 'failing-device',
    description: 'descriptors that stop half way',
    healthy: false,
    fate() {
      let descriptors = 0;
      return () => (++descriptors % 3 === 0 ? { failAfter: 4096 } : undefined);
    },
    fill(stage) {
      const program = stage.program(32);
      stage.register({ name: 'dcbm', channels: 2 });
      stage.task('migration', stage.migration(program, 1));
      stage.task('reader', program.reader(pagesOf(program, 3), 2));
      stage.task('writer', program.writer(pagesOf(program, 7), 1));
    },
  },
  {
    name: 'two-migrations',
    description: 'two migrations of the same memory, back and forth, under a writer and a reader',
    fill(stage) {
      const program = stage.program(16);
      stage.task('there', stage.migration(program, 1));
      stage.task('back', stage.migration(program, 0, { target: 0 }));
      stage.task('writer', program.writer(pagesOf(program, 4), 2));
      stage.task('reader', program.reader(pagesOf(program, 6), 2));
    },
  },
  {
    name: 'faults',
    description: 'pages that are pinned for a while, dropped by the program, or without room on the target',
    fill(stage) {
      const program = stage.program(32, 2);
      // Room for some of it.
      for (let taken = 0; taken < 1004; taken++) stage.sim.memory.take(1, 0);
      stage.task('migration', stage.migration(program, 2));
      stage.task('pinner', pin(stage, program));
      stage.task('forgetter', forget(stage, program, [9, 30]));
      stage.task('writer', program.writer([0, 12, 20], 2));
      stage.task('room', giveRoom(stage, 1024));
    },
  },
  {
    name: 'all',
    description: 'migrations, writers, readers, swaps of dcbm and mtcopy, masks, pins and late descriptors',
    healthy: false,
    fate() {
      let descriptors = 0;
      return () => (++descriptors % 11 === 5 ? { delayNs: LATE_NS } : undefined);
    },
    fill(stage) {
      const program = stage.program(48, 1);
      stage.task('migration', stage.migration(program, 1));
      stage.task('again', stage.migration(program, 0, { target: 0, mode: 'async' }));
      stage.task('registry', swapTwo(stage));
      stage.task('parameters', writeMasks(stage));
      stage.task('writer', program.writer(pagesOf(program, 7), 2));
      stage.task('reader', program.reader(pagesOf(program, 11), 2));
      stage.task('pinner', pin(stage, program));
    },
  },
]);

/**
 * Every scenario that `pageferry explore` has.
 * @see {@link explore} for an example
 */
export const SCENARIOS: readonly Scenario[] = [
  ...PIPELINE_SCENARIOS,
  ...WRITE_PROTECTED_SCENARIOS,
  ...TABLE_SCENARIOS,
  ...FERRY_SCENARIOS,
  ...POLICY_SCENARIOS,
];

function* writeMasks(stage: Stage): Steps {
  const { settings } = stage.sim.registry;
  for (const mask of [0, reasonBit('syscall'), reasonBit('demotion'), ~0]) {
    settings.set('reason_mask', mask);
    stage.onAct?.(`sets the reason mask to ${formatReasonMask(mask & ALL_REASONS)}`);
    yield undefined;
  }
}

function* swapTwo(stage: Stage): Steps {
  yield* stage.swap({ name: 'dcbm', channels: 2 }, 1);
  yield* stage.swap({ name: 'mtcopy', threads: 3 }, 1);
  yield* stage.swap({ name: 'cpu' }, 1);
}

/** Pins pages for a while, as direct I/O does. */
function* pin(stage: Stage, program: Program): Steps {
  const { memory } = stage.sim;
  for (const page of [1, 5, 8]) {
    const frame = program.space.table[page]!;
    // A page in flight cannot be pinned. A real pin would wait.
    if (frame < 0) continue;
    memory.pins[frame]!++;
    yield undefined;
    memory.pins[frame]!--;
    yield undefined;
  }
}

function* forget(stage: Stage, program: Program, pages: readonly number[]): Steps {
  for (const page of pages) {
    // MADV_DONTNEED waits for a page in flight (mmap lock).
    yield () => program.space.table[page]! !== -2;
    const frame = program.space.table[page]!;
    if (frame < 0 || stage.sim.memory.lru[frame] === 0) continue;
    program.forgotten.add(page);
    stage.sim.machine.forget(program.space, page);
    yield undefined;
  }
}

/** Frees the frames of node 1 that were taken to leave no room. */
function* giveRoom(stage: Stage, first: number): Steps {
  yield undefined;
  for (let frame = first; frame < first + 1004; frame++) stage.sim.memory.give(frame, 0);
}
