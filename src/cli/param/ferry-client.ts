import type { ParameterInfo } from '../../parameters/parameter-tree.js';
import { MAX_VALUE_BYTES } from '../../parameters/socket/parameter-requests.js';
import { FerryConnection } from '../attach/ferry-connection.js';
import { printable } from '../attach/printable.js';
import { RefusedError } from '../ui/errors.js';

/** The parameters of a ferry that listens at a socket. Every call rejects with RefusedError. */
export class FerryClient {
  readonly #connection: FerryConnection;

  /** @throws UsageError or RefusedError for a path that is not a socket of this user. */
  constructor(socket: string) {
    this.#connection = new FerryConnection(socket);
  }

  async list(): Promise<readonly ParameterInfo[]> {
    const list = this.#connection.parse(await this.#connection.send('GET', '/'));
    if (!Array.isArray(list)) throw this.#connection.strange();
    return list.map((each: unknown) => infoOf(each) ?? refuse(this.#connection.strange()));
  }

  async get(path: string): Promise<string> {
    // The root is a list, not a value.
    if (urlOf(path) === '/')
      throw new RefusedError(
        'ENOENT',
        `path: unknown parameter '${path}'`,
        "'pageferry param ls' lists them",
      );
    return printable((await this.#connection.send('GET', urlOf(path))).replace(/\n$/, ''));
  }

  async set(path: string, value: string): Promise<void> {
    // The ferry checks this too, but might close before this side has finished writing.
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
      throw new RefusedError('E2BIG', `value: must be at most ${MAX_VALUE_BYTES} bytes`);
    }
    await this.#connection.send('PUT', urlOf(path), value);
  }
}

/** @throws RefusedError for text that UTF-8 cannot encode. */
function urlOf(path: string): string {
  try {
    return `/${encodeURI(path.replace(/^\//, ''))}`;
  } catch (cause) {
    throw new RefusedError(
      'ENOENT',
      `path: unknown parameter '${printable(path)}'`,
      "'pageferry param ls' lists them",
      cause,
    );
  }
}

function infoOf(value: unknown): ParameterInfo | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { path, value: shown, writable, description } = value as Record<keyof ParameterInfo, unknown>;
  if (typeof path !== 'string' || typeof shown !== 'string' || typeof writable !== 'boolean')
    return undefined;
  if (typeof description !== 'string') return undefined;
  return { path: printable(path), value: printable(shown), writable, description: printable(description) };
}

function refuse(error: RefusedError): never {
  throw error;
}
