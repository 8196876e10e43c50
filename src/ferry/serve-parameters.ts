import { ParameterServer } from '../parameters/socket/parameter-server.js';
import { checkFerry } from './check-ferry.js';
import type { Ferry } from './ferry.js';
import { HeatRequests } from './heat-requests.js';

const OPERATION = 'serveParameters';

/**
 * Serves the parameters of a ferry, and the heat of its regions, on a Unix socket (mode 0600), for `pageferry param`,
 * `pageferry heat` and other processes of this user. It serves until the server or the ferry is closed, and does not keep the process alive. docs/parameters.md has
 * the protocol.
 *
 * @throws {@link index!MigrationError | MigrationError} EINVAL for an object that is not a ferry, or a bad path.
 * EADDRINUSE, ENAMETOOLONG, ENOENT, EACCES or EMFILE if it cannot listen. EBADF when the ferry is closed.
 * @param path at most 107 bytes. No file may exist there.
 * @example
 * ```ts
 * import { serveParameters } from 'pageferry/parameters';
 *
 * const server = await serveParameters(ferry, `/tmp/pageferry-example-${process.pid}.sock`);
 * await server.close();
 * ```
 */
export async function serveParameters(ferry: Ferry, path: string): Promise<ParameterServer> {
  checkFerry(OPERATION, ferry);
  return ferry.closeWith(OPERATION, () =>
    ParameterServer.listen(path, ferry.parameters, new HeatRequests(ferry)),
  );
}
