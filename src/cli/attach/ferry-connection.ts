import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { ParameterRefusal } from '../../parameters/socket/parameter-requests.js';
import { RefusedError } from '../ui/errors.js';
import { checkSocket } from './check-socket.js';
import { printable } from './printable.js';

/** Maximum time for an answer, in seconds. */
const MAX_SECONDS = 5;
/** Maximum bytes of an answer, many times those of a list of parameters. */
const MAX_ANSWER_BYTES = 2 ** 20;

/** Sends requests to a ferry that listens at a socket. Every call rejects with RefusedError. */
export class FerryConnection {
  readonly #socket: string;

  /** @throws UsageError or RefusedError for a path that is not a socket of this user. */
  constructor(socket: string) {
    checkSocket(socket);
    this.#socket = socket;
  }

  /** Sends a request, and resolves to the text of its answer. */
  async send(method: string, path: string, body = ''): Promise<string> {
    const signal = AbortSignal.timeout(MAX_SECONDS * 1000);
    try {
      return await textOf(await this.#answer(method, path, body, signal));
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      throw signal.aborted ? this.#late(error) : this.#unreachable(error);
    }
  }

  /** Resolves to an answer that is read as it comes. Only its beginning has to come in time. `signal` ends it. */
  async open(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), MAX_SECONDS * 1000);
    try {
      return await this.#answer('GET', path, '', AbortSignal.any([signal, late.signal]));
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      throw late.signal.aborted ? this.#late(error) : this.#unreachable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Parses an answer that has to be a JSON object or list. @throws RefusedError */
  parse(text: string): object {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // Thrown below.
    }
    throw this.strange();
  }

  /** The error for an answer that no ferry gives. */
  strange(): RefusedError {
    return new RefusedError('EIO', `--socket: the process at '${this.#socket}' is not a ferry`);
  }

  /** The error for an answer that was opened, if reading it has failed. Other errors stay as they are. */
  broken(error: unknown): unknown {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code.startsWith('HPE_')) return this.strange();
    if (code !== 'ECONNRESET' || error instanceof RefusedError) return error;
    return new RefusedError(code, `--socket: the program at '${this.#socket}' has ended`, undefined, error);
  }

  async #answer(method: string, path: string, body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = { Connection: 'close', 'Content-Length': Buffer.byteLength(body) };
    const sent = request({ socketPath: this.#socket, method, path, headers, signal, agent: false });
    sent.end(body);
    const response = await responseTo(sent);
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw this.#refusal(await textOf(response));
  }

  #refusal(text: string): RefusedError {
    const { code, message, advice } = this.parse(text) as Partial<Record<keyof ParameterRefusal, unknown>>;
    if (typeof code !== 'string' || typeof message !== 'string') return this.strange();
    return new RefusedError(
      printable(code),
      printable(message),
      typeof advice === 'string' ? printable(advice) : undefined,
    );
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
    if (code.startsWith('HPE_')) return this.strange();
    return new RefusedError(code, `--socket: cannot reach '${this.#socket}': ${message}`, undefined, cause);
  }
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
