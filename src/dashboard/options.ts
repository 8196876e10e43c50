import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { checkInteger, readOptions } from '../common/check-options.js';
import { describe } from '../common/describe-value.js';
import { invalidArgument } from '../common/migration-error.js';

/**
 * Options of {@link serveDashboard}.
 *
 * @see {@link serveDashboard} for an example
 */
export interface DashboardOptions {
  /**
   * The port to listen on: 0 to 65535. 0 means any free port.
   *
   * @defaultValue 0
   */
  readonly port?: number;
  /**
   * A loopback address of this host: `127.0.0.1` or another of 127.0.0.0/8, `::1`, or `localhost`.
   *
   * @defaultValue `'127.0.0.1'`
   */
  readonly host?: string;
  /**
   * The secret that every request needs: 32 to 256 letters, digits, `-` and `_`. Give one for clients with
   * a fixed configuration, such as Prometheus.
   *
   * @defaultValue 256 random bits
   */
  readonly token?: string;
}

export interface FilledDashboardOptions {
  readonly port: number;
  readonly host: string;
  readonly token: string;
}

const OPERATION = 'serveDashboard';
const TOKEN = /^[\w-]{32,256}$/;

/** @throws MigrationError EINVAL, with the name of the bad option. */
export function fillDashboardOptions(given: DashboardOptions): FilledDashboardOptions {
  const known = ['port', 'host', 'token'] as const;
  const fields = readOptions(OPERATION, given, known);
  const { port = 0, host = '127.0.0.1', token = newToken() } = fields;
  checkInteger(OPERATION, 'options.port', port, 0, 65_535);
  if (typeof host !== 'string' || !isLoopback(host)) {
    throw invalidArgument(
      OPERATION,
      'options.host',
      `must be a loopback address, not ${describe(host)}. Anyone who can open the page can move the memory of ` +
        'this process, and the connection is not encrypted',
      'From another host, use an SSH tunnel (ssh -L 8080:127.0.0.1:8080 HOST).',
    );
  }
  if (typeof token !== 'string' || !TOKEN.test(token)) {
    // The message omits the token. It may be nearly the right one, and errors are logged.
    throw invalidArgument(
      OPERATION,
      'options.token',
      "must be 32 to 256 letters, digits, '-' and '_'",
      'Leave it out to generate one.',
    );
  }
  return { port, host, token };
}

/** 256 bits, in letters that a URL needs no escape for. */
function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
