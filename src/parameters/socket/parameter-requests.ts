import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrnoName } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import type { ParameterAccess } from '../parameter-tree.js';

/** Maximum number of bytes of a written value: a page, as in sysfs. */
export const MAX_VALUE_BYTES = 4096;

/** The body of every error response. */
export interface ParameterRefusal {
  /** Errno name. */
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
}

const STATUS: Readonly<Partial<Record<ErrnoName, number>>> = {
  EINVAL: 400,
  EACCES: 403,
  ENOENT: 404,
  EOPNOTSUPP: 405,
  EBUSY: 409,
  ENODEV: 409,
  E2BIG: 413,
  ECANCELED: 410,
  EBADF: 503,
  ETIMEDOUT: 504,
};

/** Requests for something else than parameters, at the same socket. */
export interface OtherRequests {
  /** Whether an address is one of theirs. */
  has(url: string): boolean;
  /**
   * Answers a request. A response that does not end by itself has to end soon after `closing` aborts. An error becomes a
   * response, unless there is one already.
   * @throws MigrationError
   */
  answer(request: IncomingMessage, response: ServerResponse, closing: AbortSignal): Promise<void>;
}

/** The sources of a server's answers. */
export interface Answerer {
  readonly parameters: ParameterAccess;
  readonly others: OtherRequests | undefined;
  /** Aborts when the server closes. */
  readonly closing: AbortSignal;
}

/** Answers one request. Never throws: every error becomes a response. */
export async function answer(
  { parameters, others, closing }: Answerer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { method = '', url = '' } = request;
    if (others?.has(url)) await others.answer(request, response, closing);
    else if (method === 'GET' || method === 'HEAD') {
      if (url === '/') sendJson(response, 200, parameters.list());
      else send(response, 200, 'text/plain; charset=utf-8', `${parameters.get(url)}\n`);
    } else if (method === 'PUT' || method === 'POST') {
      await parameters.set(url, await bodyOf(request));
      response.writeHead(204).end();
    } else {
      response.setHeader('Allow', 'GET, HEAD, PUT, POST');
      throw unsupportedMethod(method, 'Use GET to read a value, and PUT to write it.');
    }
  } catch (error) {
    if (response.headersSent) response.destroy();
    else refuse(response, error);
  }
}

export function unsupportedMethod(method: string, advice: string): MigrationError {
  return new MigrationError('EOPNOTSUPP', `unsupported method ${method}`, {
    operation: 'parameter request',
    advice,
  });
}

/** The same response as text, for input that is not an HTTP request. Only the socket is left to answer with. */
export function malformedAnswer(status: number, reason: string, message: string): string {
  const body = `${JSON.stringify({ code: 'EINVAL', message } satisfies ParameterRefusal)}\n`;
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

export function refusalOf(error: unknown): ParameterRefusal {
  const known = error instanceof MigrationError ? error : undefined;
  return {
    code: known?.code ?? 'EIO',
    message: known?.problem ?? (error instanceof Error ? error.message : String(error)),
    ...(known?.advice === undefined ? {} : { advice: known.advice }),
  };
}

export function statusOf(error: unknown): number {
  return STATUS[refusalOf(error).code as ErrnoName] ?? 500;
}

function refuse(response: ServerResponse, error: unknown): void {
  const refusal = refusalOf(error);
  // Overrides a `Connection: close` of the client: a client that still writes its value would not get the response. The
  // server's limit on the time of a request ends the connection.
  if (refusal.code === 'E2BIG') response.setHeader('Connection', 'keep-alive');
  sendJson(response, statusOf(error), refusal);
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', `${JSON.stringify(value)}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, {
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
    })
    .end(body);
}

function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // Reads the rest and discards it, so that the client reaches the point where it reads the response.
      if (bytes <= MAX_VALUE_BYTES) chunks.push(chunk);
      else reject(tooLong());
    });
    request.once('end', () => {
      try {
        resolve(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks)));
      } catch (cause) {
        reject(badValue('must be UTF-8', cause));
      }
    });
    request.once('error', reject);
    // Too late for a response, but `bodyOf` must not wait forever.
    request.once('close', () => reject(badValue('ended early')));
  });
}

function tooLong(): MigrationError {
  return new MigrationError('E2BIG', `value: must be at most ${MAX_VALUE_BYTES} bytes`, {
    operation: 'parameter request',
    argument: 'value',
  });
}

function badValue(problem: string, cause?: unknown): MigrationError {
  return new MigrationError('EINVAL', `value: ${problem}`, {
    operation: 'parameter request',
    argument: 'value',
    cause,
  });
}
