import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { ParameterInfo } from '../../parameters/parameter-tree.js';
import { MAX_VALUE_BYTES, type ParameterRefusal } from '../../parameters/socket/parameter-requests.js';
import { RefusedError } from '../ui/errors.js';
import { checkSocket } from './check-socket.js';

/** Maximum time for an answer, in seconds. */
const MAX_SECONDS = 5;
/** Maximum bytes of an answer, many times those of a list of parameters. */
const MAX_ANSWER_BYTES = 2 ** 20;

/** Sends requests to a ferry that listens at a socket. Every call rejects with RefusedError. */
export class FerryClient {
  readonly #socket: string;

  /** @throws UsageError or RefusedError for a path that is not a socket of this user. */
  constructor(socket: string) {
    checkSocket(socket);
    this.#socket = socket;
  }

  async list(): Promise<readonly ParameterInfo[]> {
    const list = this.#parse(await this.#send('GET', '/'));
    if (!Array.isArray(list)) throw this.#strange();
    return list.map((each: unknown) => infoOf(each) ?? refuse(this.#strange()));
  }

  async get(path: string): Promise<string> {
    // The root is a list, not a value.
    if (urlOf(path) === '/')
      throw new RefusedError(
        'ENOENT',
        `path: unknown parameter '${path}'`,
        "'pageferry param ls' lists them",
      );
    return printable((await this.#send('GET', urlOf(path))).replace(/\n$/, ''));
  }

  async set(path: string, value: string): Promise<void> {
    // The ferry checks this too, but might close before this side has finished writing.
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
      throw new RefusedError('E2BIG', `value: must be at most ${MAX_VALUE_BYTES} bytes`);
    }
    await this.#send('PUT', urlOf(path), value);
  }

  async #send(method: string, path: string, body = ''): Promise<string> {
    const signal = AbortSignal.timeout(MAX_SECONDS * 1000);
    const headers = { Connection: 'close', 'Content-Length': Buffer.byteLength(body) };
    try {
      const sent = request({ socketPath: this.#socket, method, path, headers, signal, agent: false });
      sent.end(body);
      const response = await responseTo(sent);
      const text = await textOf(response);
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) return text;
      throw this.#refusal(text);
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      throw signal.aborted ? this.#late(error) : this.#unreachable(error);
    }
  }

  #refusal(text: string): RefusedError {
    const { code, message, advice } = this.#parse(text) as Partial<Record<keyof ParameterRefusal, unknown>>;
    if (typeof code !== 'string' || typeof message !== 'string') return this.#strange();
    return new RefusedError(
      printable(code),
      printable(message),
      typeof advice === 'string' ? printable(advice) : undefined,
    );
  }

  #parse(text: string): object {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // Thrown below.
    }
    throw this.#strange();
  }

  #strange(): RefusedError {
    return new RefusedError('EIO', `--socket: the process at '${this.#socket}' is not a ferry`);
  }

  #late(cause: unknown): RefusedError {
    const problem = `--socket: no answer from '${this.#socket}' within ${MAX_SECONDS} s`;
    return new RefusedError(
      'ETIMEDOUT',
      problem,
      'The change can still take effect. Read the value to check.',
      cause,
    );
  }

  #unreachable(cause: unknown): RefusedError {
    const { code = 'EIO', message } = cause as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED') {
      const problem = `--socket: no process listens at '${this.#socket}'`;
      return new RefusedError(
        code,
        problem,
        'The program that created it has exited. You can remove the file.',
        cause,
      );
    }
    if (code.startsWith('HPE_')) return this.#strange();
    return new RefusedError(code, `--socket: cannot reach '${this.#socket}': ${message}`, undefined, cause);
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Removes control characters. Root may query any user's ferry, and its answer must not control root's terminal. */
function printable(text: string): string {
  return text.replace(CONTROL, '\ufffd');
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

function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    // Not `once`: later errors need a listener too, or they would be thrown.
    sent.on('error', reject);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new RefusedError('EIO', '--socket: the answer is too long to be from a ferry');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
