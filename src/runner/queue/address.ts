import { MigrationError } from '../../common/migration-error.js';

/** The server of a queue: Redis or Valkey. */
export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  /** Number of the database. */
  readonly db: number;
  readonly tls: boolean;
  readonly username?: string;
  /** From the environment or a file, never from an argument. */
  readonly password?: string;
}

const DEFAULT_PORT = 6379;
const SCHEMES = ['redis:', 'rediss:', 'valkey:', 'valkeys:'];

/**
 * Parses the URL of a queue. No error repeats the text, which may have a secret.
 * @throws MigrationError EINVAL that names the argument
 */
export function parseQueueAddress(text: string, argument: string): QueueAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !SCHEMES.includes(url.protocol) || url.hostname === '') {
    throw wrong(
      argument,
      'is not the URL of a Redis or Valkey server',
      'Write redis://HOST:PORT, or rediss://… for TLS.',
    );
  }
  if (url.password !== '' || url.searchParams.has('password')) {
    throw wrong(
      argument,
      'has a password, which every user of this host can read in the list of processes',
      'Leave it out, and set PAGEFERRY_QUEUE_PASSWORD or --queue-password-file.',
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw wrong(argument, 'has more than a host, a port and a database', 'Write redis://HOST:PORT/DATABASE.');
  }
  const database = /^\/?(\d{0,4})$/.exec(url.pathname)?.[1];
  if (database === undefined) {
    throw wrong(argument, 'has a path that is not the number of a database', 'Write redis://HOST:PORT/0.');
  }
  return {
    // An IPv6 address has brackets in a URL only.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    db: Number(database),
    tls: url.protocol === 'rediss:' || url.protocol === 'valkeys:',
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
  };
}

/** The server for messages: without user and password. */
export function showAddress({ host, port, db }: QueueAddress): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `${name}:${port}${db === 0 ? '' : `/${db}`}`;
}

function wrong(argument: string, problem: string, advice: string): MigrationError {
  return new MigrationError('EINVAL', `${argument}: ${problem}`, { operation: 'queue', argument, advice });
}
