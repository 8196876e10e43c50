import { MigrationError } from '../../common/migration-error.js';
import { openPortal } from '../../dmaengine/idxd/portal.js';
import { findWorkQueues, type Obstacle, type WorkQueue } from '../../dmaengine/idxd/work-queues.js';
import type { Check } from './check.js';

const ID = 'dsa';
const INSTEAD = 'so the CPUs copy.';

/**
 * Whether an Intel DSA can copy for this process. A host without one is ok. A DSA that this process cannot use is a
 * limitation. Undefined on architectures without DSA.
 */
export function checkDsa(root?: string): Check | undefined {
  if (process.arch !== 'x64') return undefined;
  const { queues, obstacle } = findWorkQueues(root);
  return obstacle === undefined ? describe(queues) : explain(obstacle);
}

function explain({ kind, problem, advice }: Obstacle): Check {
  const details = { queues: [], obstacle: kind };
  if (kind === 'driver' || kind === 'device') {
    return { id: ID, status: 'ok', found: `none: ${problem}`, details };
  }
  return { id: ID, status: 'limited', found: 'not usable', why: `${problem}, ${INSTEAD}`, advice, details };
}

function describe(queues: readonly WorkQueue[]): Check {
  const failures = queues.map(whyNot);
  const usable = queues.filter((_, i) => failures[i] === undefined);
  const details = {
    queues: queues.map((queue, i) => ({ ...queue, usable: failures[i] === undefined })),
    obstacle: usable.length > 0 ? null : 'open',
  };
  if (usable.length > 0) {
    const names = usable.map(({ name, mode, size }) => `${name} (${mode}, ${size} entries)`);
    return { id: ID, status: 'ok', found: names.join(', '), details };
  }
  const { problem, advice } = failures[0]!;
  return {
    id: ID,
    status: 'limited',
    found: 'not usable',
    why: `${problem}, ${INSTEAD}`,
    advice: advice ?? 'See `dmesg` for messages of the idxd driver.',
    details,
  };
}

/** Opens the queue for a moment. Sysfs does not show whether it is in use, or whether this kernel's driver is sufficient. */
function whyNot(queue: WorkQueue): MigrationError | undefined {
  try {
    openPortal(queue).close();
    return undefined;
  } catch (error) {
    if (error instanceof MigrationError) return error;
    throw error;
  }
}
