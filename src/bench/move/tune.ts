import type { Ferry } from '../../ferry/ferry.js';
import type { MoveOptions } from './options.js';

const CORE = 'module/pageferry/parameters';
/** Timeout of a hung batch, in ms. The ferry's own timeout is for slow devices. */
const HANG_MS = 100;
const MAX_FAILURES = 1_000_000;

/** Sets a ferry's parameters as a bench needs them. Returns the pipeline depth. */
export async function tune(
  ferry: Ferry,
  { depth, inject, pageTables }: Pick<MoveOptions, 'depth' | 'inject' | 'pageTables'>,
): Promise<number> {
  const { parameters } = ferry;
  // A row must keep its migrator. Failed copies fall back, and the report counts them.
  await parameters.set(`${CORE}/max_failures`, MAX_FAILURES);
  if (pageTables !== undefined) await parameters.set(`${CORE}/page_tables`, pageTables);
  if (depth !== undefined) await parameters.set(`${CORE}/pipeline_depth`, depth);
  if (verifiesCopies(inject)) await parameters.set(`${CORE}/verify_copies`, 1);
  if (inject?.hang !== undefined) await parameters.set(`${CORE}/copy_timeout_ms`, HANG_MS);
  return Number(parameters.get(`${CORE}/pipeline_depth`));
}

export function tuningNotes({ inject }: Pick<MoveOptions, 'inject'>): string[] {
  if (inject === undefined) return [];
  return [
    'faults are injected into every row that offloads; they do not unregister a migrator (max_failures)',
    ...(verifiesCopies(inject)
      ? ["each migrator's copies are compared with their sources (verify_copies)"]
      : []),
    ...(inject.hang !== undefined ? [`a hung batch times out after ${HANG_MS} ms (copy_timeout_ms)`] : []),
  ];
}

/** Only a comparison finds copies that are wrong or missing. */
function verifiesCopies(inject: MoveOptions['inject']): boolean {
  return inject?.corrupt !== undefined || inject?.lie !== undefined;
}
