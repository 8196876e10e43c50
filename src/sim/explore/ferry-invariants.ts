import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import type { Violation } from '../../mm/audit/machine-books.js';
import type { SimFerry, SimRequest } from './sim-ferry.js';

/** Errors of a region that was released, a ferry that was closed, or memory that was unmapped. */
const EXPECTED: ReadonlySet<string> = new Set(['ECANCELED', 'EBADF', 'EINVAL', 'ESTALE']);

/** The invariants of a ferry that is closed. */
export function checkFerry(ferry: SimFerry): Violation[] {
  const found = ferry.machine.leftovers();
  const add = (invariant: string, figures: string): void => void found.push({ invariant, figures });
  for (const request of ferry.requests) {
    const { what, order, error, end, plan } = request;
    if (order === 0) add('every request is answered', what);
    if (error !== undefined && !(error instanceof MigrationError && EXPECTED.has(error.code))) {
      add('no request fails for no reason', `${what}: ${error}`);
    }
    if (plan !== undefined && end !== undefined) checkResult(request, add);
  }
  for (const each of ferry.wrongWatches) add('a migration ends the watch of its region', each);
  for (const { wrong } of ferry.autopilots) {
    for (const each of wrong) add('each unit is where the records of its policy say', each);
  }
  checkOrder(ferry, add);
  checkSums(ferry, add);
  return found;
}

/** A result of a migration of small pages accounts for each page, unless the migration was stopped. */
function checkResult(
  { what, plan, end }: SimRequest,
  add: (invariant: string, figures: string) => void,
): void {
  const { result, aborted } = end!;
  const pages = plan!.to - plan!.from;
  const moved = result.bytesMoved / PAGE_SIZE;
  const failed = result.failures.reduce((sum, { length }) => sum + length / PAGE_SIZE, 0);
  const accounted = moved + failed + result.foliosAbsent + result.foliosOnTarget;
  if (accounted > pages || (accounted < pages && !aborted)) {
    add(
      'a result accounts for every page',
      `${what}: ${moved} moved + ${failed} failed + ${result.foliosAbsent} absent + ` +
        `${result.foliosOnTarget} on the target, of ${pages}`,
    );
  }
}

/** Migrations of one region end in the order of the calls. */
function checkOrder({ requests }: SimFerry, add: (invariant: string, figures: string) => void): void {
  const last = new Map<number, number>();
  for (const { what, region, plan, order, end } of requests) {
    if (plan === undefined || end === undefined) continue;
    if (order < (last.get(region) ?? 0)) add('migrations of a region end in order', what);
    last.set(region, order);
  }
}

/** The bytes of all results are the bytes counted. They may be fewer if a request was cancelled. */
function checkSums(ferry: SimFerry, add: (invariant: string, figures: string) => void): void {
  const { requests, totals } = ferry;
  let moved = 0;
  for (const { end } of requests) moved += end?.result.bytesMoved ?? 0;
  const counted = totals.get('bytes_moved');
  const all = requests.every(({ plan, end }) => plan !== undefined && end !== undefined);
  if (moved > counted || (all && moved !== counted)) {
    add('results add up', `${moved} bytes in results, ${counted} counted`);
  }
}
