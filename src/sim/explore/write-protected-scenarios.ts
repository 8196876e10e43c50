import type { WriteProtectOptions } from '../../mm/pipeline/batch-slot.js';
import { FRAME_FREE } from '../hardware/physical-memory.js';
import type { Program } from './program.js';
import { oneLate, pagesOf, type Scenario, type Stage, scenarios } from './scenario.js';
import type { Steps } from './task.js';

/** Pieces of `pages` base pages. Copies are compared only if a device may write by a pin. */
function piecesOf(pages: number, compare = false): { readonly writeProtected: WriteProtectOptions } {
  return { writeProtected: { piecePages: () => pages, compare: () => compare } };
}

export const WRITE_PROTECTED_SCENARIOS: readonly Scenario[] = scenarios([
  {
    name: 'write-protected',
    description: 'a migration whose readers continue, and threads that read and write what is migrated',
    fill(stage) {
      const program = stage.program(16);
      stage.task('migration', stage.migration(program, 0, piecesOf(3)));
      stage.task('writer', program.writer(pagesOf(program, 5), 2));
      stage.task('reader', program.reader(pagesOf(program, 4), 2));
    },
  },
  {
    name: 'write-protected-dma',
    description: 'the same, copied by dcbm: two batches are write-protected at once',
    fill(stage) {
      const program = stage.program(32);
      stage.register({ name: 'dcbm', channels: 2 });
      stage.task('migration', stage.migration(program, 1, piecesOf(4)));
      stage.task('writer', program.writer(pagesOf(program, 7), 2));
      stage.task('reader', program.reader(pagesOf(program, 6), 2));
    },
  },
  {
    name: 'write-protected-retries',
    description: 'the same, while references are taken to frames that are unmapped',
    fill(stage) {
      const program = stage.program(16);
      stage.task('migration', stage.migration(program, 0, piecesOf(4)));
      stage.task('walker', walkFrames(stage, program));
      stage.task('writer', program.writer([0, 4, 6, 10], 3));
      stage.task('reader', program.reader([0, 4, 6, 10], 1));
    },
  },
  {
    name: 'write-protected-pins',
    description: 'the same, while a device writes to pages that it has pinned',
    fill(stage) {
      const program = stage.program(16, 1);
      stage.register({ name: 'dcbm', channels: 1 });
      stage.task('migration', stage.migration(program, 1, piecesOf(2, true)));
      stage.task('device', program.device(pagesOf(program, 3), 2));
      stage.task('writer', program.writer(pagesOf(program, 4), 2));
      stage.task('reader', program.reader(pagesOf(program, 6), 1));
    },
  },
  {
    name: 'write-protected-drops',
    description: 'the program gives pages back while they are copied, and touches them again',
    fill(stage) {
      const program = stage.program(16);
      stage.task('migration', stage.migration(program, 0, piecesOf(4)));
      stage.task('large', stage.migration(stage.program(16, 2), 2, piecesOf(8)));
      stage.task('dropper', program.dropper(pagesOf(program, 3)));
      stage.task('other', stage.programs[1]!.dropper([1, 6, 14]));
      stage.task('reader', program.reader(pagesOf(program, 4), 2));
    },
  },
  {
    name: 'write-protected-late',
    description:
      'a descriptor of a write-protected batch that completes after its timeout, and no room for another',
    healthy: false,
    fate: oneLate(5),
    fill(stage, seed) {
      const program = stage.program(32);
      // Room for every folio once, and hardly any for a second destination.
      const taken = fillUp(stage, 32 + (seed % 9));
      stage.register({ name: 'dcbm', channels: 2 });
      stage.task('migration', stage.migration(program, 1, piecesOf(6)));
      stage.task('writer', program.writer(pagesOf(program, 5), 2));
      stage.task('reader', program.reader(pagesOf(program, 7), 2));
      stage.task('room', freeFrames(stage, taken));
    },
  },
  {
    name: 'write-protected-both',
    description:
      'a migration of each kind, back and forth over the same memory, under pins, writers and readers',
    fill(stage) {
      const program = stage.program(16);
      stage.register({ name: 'mtcopy', threads: 2 });
      stage.task('there', stage.migration(program, 1, piecesOf(4, true)));
      stage.task('back', stage.migration(program, 0, { target: 0 }));
      stage.task('again', stage.migration(program, 0, { mode: 'async', ...piecesOf(1, true) }));
      stage.task('device', program.device([2, 9], 1));
      stage.task('writer', program.writer(pagesOf(program, 4), 2));
      stage.task('reader', program.reader(pagesOf(program, 6), 2));
    },
  },
]);

/**
 * Takes references to frames by their number for a while, as the kernel's own walkers do. The migration has to retry such a
 * folio.
 */
function* walkFrames(stage: Stage, program: Program): Steps {
  const { memory } = stage.sim;
  for (const page of [0, 4, 6, 10]) {
    const frame = program.space.table[page]!;
    if (frame < 0) continue;
    yield undefined;
    if (memory.state[frame] === FRAME_FREE) continue;
    memory.pins[frame]!++;
    stage.onAct?.(`takes a reference to frame ${frame}, where page ${page} was`);
    yield undefined;
    memory.pins[frame]!--;
    stage.onAct?.(`drops frame ${frame}`);
    yield undefined;
  }
}

/** Takes all frames of node 1 but `but`. */
function fillUp({ sim: { memory } }: Stage, but: number): number[] {
  const free = memory.first[2]! - memory.first[1]!;
  return Array.from({ length: free - but }, () => memory.take(1, 0));
}

function* freeFrames(stage: Stage, frames: readonly number[]): Steps {
  yield undefined;
  for (const frame of frames) stage.sim.memory.give(frame, 0);
  stage.onAct?.(`gives back ${frames.length} frames of node 1`);
}
