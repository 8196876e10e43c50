import { describeThrown } from '../common/describe-value.js';
import { ERRNO } from '../common/errno.js';
import { errnoOf, systemError } from '../common/system-error.js';
import { checkFerry } from '../ferry/check-ferry.js';
import type { Ferry } from '../ferry/ferry.js';
import type { Dashboard } from './dashboard.js';
import type { DashboardOptions } from './options.js';

const OPERATION = 'serveDashboard';

/**
 * Serves a web page that shows and controls a ferry, on this host's loopback only: docs/dashboard.md. Requests need the
 * token, which `url` contains. The server ends with its `close()` or with the ferry, and does not keep the process
 * alive.
 *
 * @throws {@link index!MigrationError | MigrationError} EINVAL for an object that is not a ferry, a host that is not a
 * loopback address, or a bad port. EADDRINUSE or EACCES if it cannot listen. ENOENT if the page was not built. EBADF
 * when the ferry is closed.
 * @example
 * ```ts
 * import { serveDashboard } from 'pageferry/dashboard';
 *
 * const page = await serveDashboard(ferry, { port: 0 });
 * console.log(page.url);
 * await page.close();
 * ```
 */
export async function serveDashboard(ferry: Ferry, options: DashboardOptions = {}): Promise<Dashboard> {
  checkFerry(OPERATION, ferry);
  return ferry.closeWith(OPERATION, async () => {
    const { Dashboard } = await loadServer();
    return Dashboard.open(ferry, options);
  });
}

/**
 * Loads the server on the first call, because a program that imports this module may never serve. @throws
 * {@link index!MigrationError | MigrationError} EMFILE and others
 */
async function loadServer(): Promise<typeof import('./dashboard.js')> {
  try {
    return await import('./dashboard.js');
  } catch (cause) {
    const problem = `cannot load the web server: ${describeThrown(cause)}`;
    throw systemError(errnoOf(cause) || ERRNO.EIO, problem, { operation: OPERATION, cause });
  }
}
