import { MigrationError } from '../../common/migration-error.js';
import { PinSuspects } from '../../linux/pins/pin-suspects.js';
import { readText } from '../../linux/sys/read-text.js';
import { TableHost } from '../../linux/tables/table-policy.js';
import { eventReaderRoutine } from '../../linux/userfaultfd/event-reader.js';
import type { Check } from './check.js';
import { moveThereAndBack } from './live-move.js';

const ID = 'page tables';
const BYTES = 8 * 2 ** 20;
const SEED = 2;
/** Tries, when a descriptor that may pin was open for a moment. */
const TRIES = 3;
const SINGLY = 'pages are moved one by one, which is slower.';

export interface TableObstacle {
  readonly problem: string;
  readonly advice: string;
}

/**
 * Moves some whole page tables, and checks every byte. Undefined where nothing can be moved. Then the check `migration`
 * has the reason.
 */
export async function checkPageTables(): Promise<Check | undefined> {
  let moved = 0;
  try {
    for (let tries = 0; tries < TRIES && moved === 0; tries++) moved = await moveTables();
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    return undefined;
  }
  const details = { tablesMoved: Math.max(0, moved) };
  // On a slow host some can arrive as a whole although a descriptor may pin: the policy tries again after a while.
  const pins = moved > 0 ? pinObstacle() : undefined;
  if (moved > 0 && pins === undefined) {
    return { id: ID, status: 'ok', found: `${moved} moved as a whole (mremap)`, details };
  }
  const { problem, advice } = pins ?? (moved < 0 ? DAMAGED : tableObstacle());
  return {
    id: ID,
    status: 'limited',
    found: moved > 0 ? 'not all moved as a whole' : 'not moved as a whole',
    why: `${problem}, so ${SINGLY}`,
    advice,
    details,
  };
}

const DAMAGED: TableObstacle = {
  problem: 'the content changed',
  advice: 'Set module/pageferry/parameters/page_tables to never, and please report this bug.',
};

const UNKNOWN: TableObstacle = {
  problem: 'the kernel did not move a page table',
  advice: 'Check the limits of address space and mappings (`ulimit -v`, vm.max_map_count).',
};

/** Page tables that have moved back and forth; -1 when content was lost. */
async function moveTables(): Promise<number> {
  const { intact, tablesMoved } = await moveThereAndBack(BYTES, SEED);
  return intact ? tablesMoved : -1;
}

/** The reason for which this host or this process does not move page tables, if none has moved. */
function tableObstacle(): TableObstacle {
  if (eventReaderRoutine() === undefined) {
    return {
      problem: 'machine code is not permitted, so the events of mremap(2) cannot be read',
      advice:
        'Permit this process to make memory executable (SELinux execmem, seccomp, MemoryDenyWriteExecute).',
    };
  }
  return hostObstacle() ?? pinObstacle() ?? mappingObstacle() ?? UNKNOWN;
}

function hostObstacle(): TableObstacle | undefined {
  const host = new TableHost();
  try {
    const problem = host.refusal();
    if (problem === undefined) return undefined;
    const locked = problem.includes('mlock');
    return {
      problem,
      advice: locked
        ? 'Unlock memory (munlock, munlockall) before a migration.'
        : 'Run `sysctl vm.overcommit_memory=0`, with /proc mounted.',
    };
  } finally {
    host.close();
  }
}

function pinObstacle(): TableObstacle | undefined {
  const pins = new PinSuspects();
  try {
    if (!pins.mayPin()) return undefined;
    const which = pins.descriptor < 0 ? '' : ` (descriptor ${pins.descriptor})`;
    return {
      problem: `a device can write to pinned memory of this process: ${pins.cause}${which}`,
      advice: 'Close it before a migration, or see "Who may pin" in docs/reliability.md.',
    };
  } finally {
    pins.close();
  }
}

function mappingObstacle(): TableObstacle | undefined {
  const mappings = readText('/proc/self/maps')?.split('\n').length;
  const max = Number(readText('/proc/sys/vm/max_map_count'));
  if (mappings !== undefined && mappings < max / 2) return undefined;
  return {
    problem:
      mappings === undefined
        ? 'cannot read /proc/self/maps'
        : `the process has ${mappings} mappings of ${max} (vm.max_map_count)`,
    advice: 'Mount /proc, and raise vm.max_map_count.',
  };
}
