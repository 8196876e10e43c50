import type { RedisOptions } from 'bullmq';
import { MigrationError } from '../../common/migration-error.js';
import { modelVersion } from '../model-version.js';
import { type QueueAddress, showAddress } from './address.js';

/** Names of keys begin with it. */
export const PREFIX = 'pageferry';
const CONNECT_MS = 5000;
const MAX_RETRY_MS = 5000;

/** The queue's name. Workers of another version of the model have another queue, so figures are never mixed. */
export function queueName(): string {
  return `tasks-${modelVersion()}`;
}

/** Options of a connection that is tried again until it is closed. */
export function connectionOf({ host, port, db, tls, username, password }: QueueAddress): RedisOptions {
  return {
    host,
    port,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(100 * 2 ** Math.min(times, 10), MAX_RETRY_MS),
  };
}

/**
 * Connects once, before anything waits for a server that is not there.
 * @throws MigrationError EIO that names the server and the reason
 */
export async function checkQueue(address: QueueAddress): Promise<void> {
  const { Redis } = await import('ioredis');
  const redis = new Redis({
    ...connectionOf(address),
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: unknown;
  redis.on('error', (error) => {
    reason ??= error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    // Without a cause: an error of the client has the password among the arguments of its command.
    throw unreachable(address, reason ?? error);
  } finally {
    redis.disconnect();
  }
}

function unreachable(address: QueueAddress, reason: unknown): MigrationError {
  const { code, message = '' } = Object(reason) as NodeJS.ErrnoException;
  const where = showAddress(address);
  if (/^(NOAUTH|WRONGPASS|NOPERM)|ERR AUTH/.test(message)) {
    return new MigrationError('EIO', `--queue: the server at ${where} refuses the user or the password`, {
      operation: 'queue',
      argument: '--queue',
      advice: 'Set PAGEFERRY_QUEUE_PASSWORD or --queue-password-file.',
    });
  }
  const scheme = address.tls ? 'with TLS (redis:// is without)' : 'without TLS (rediss:// is with)';
  return new MigrationError(
    'EIO',
    `--queue: the server at ${where} cannot be reached (${code ?? firstWords(message)})`,
    {
      operation: 'queue',
      argument: '--queue',
      advice: `Check host and port, and that Redis or Valkey runs there, ${scheme}.`,
    },
  );
}

function firstWords(message: string): string {
  return message.slice(0, 80).replaceAll(/\s+/g, ' ');
}
