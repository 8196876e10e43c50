import { once } from 'node:events';
import { createServer, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { clearTimeout, setTimeout } from '../../common/host-timers.js';
import type { ParameterAccess } from '../parameter-tree.js';
import { type Answerer, answer, malformedAnswer, type OtherRequests } from './parameter-requests.js';
import { PrivateSocket } from './private-socket.js';

/** Limits, with times in milliseconds, that keep a client from using too much of this process. */
const LIMITS = {
  connections: 64,
  headerBytes: 8192,
  headersTimeout: 5000,
  /** For the request, not for the response: a write may wait for a grace period. */
  requestTimeout: 10_000,
  keepAlive: 5000,
  /** The client's time to read a response. Until then the server keeps the response and its place among the connections. */
  reading: 5000,
  /** Requests that one connection may send before the first is answered (HTTP pipelining). */
  unanswered: 16,
  timeoutsChecked: 1000,
  /** The time to finish pending responses when the server closes. */
  lastAnswers: 1000,
};

const STATUS_OF_MALFORMED: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Parameters for other processes, over HTTP on a Unix socket that only this user (and root) may open: docs/parameters.md
 * describes the protocol. It does not keep the process alive. The socket's file is removed when the server is closed, and
 * when the process ends by itself or by `process.exit`.
 * @see {@link serveParameters} for an example
 */
export class ParameterServer {
  /** The path that was given. */
  readonly path: string;
  readonly #server: HttpServer;
  readonly #socket: PrivateSocket;
  #closing: Promise<void> | undefined;

  private constructor(path: string, server: HttpServer, socket: PrivateSocket) {
    this.path = path;
    this.#server = server;
    this.#socket = socket;
  }

  /**
   * @internal Use `serveParameters`.
   * @throws {@link MigrationError} EADDRINUSE if the path exists (the error names what is there), ENAMETOOLONG for a path
   * that is too long for a socket, ENOENT, ENOTDIR, EACCES and the like for its directory, EINVAL for a value that is not a
   * path.
   * @param others Answers requests that are not about parameters.
   */
  static async listen(
    path: string,
    parameters: ParameterAccess,
    others?: OtherRequests,
  ): Promise<ParameterServer> {
    const server = new HttpServer(parameters, others);
    const socket = await PrivateSocket.listen('serveParameters', server.net, path);
    return new ParameterServer(path, server, socket);
  }

  /**
   * Stops listening, gives pending responses a second at most, and ends every connection. A second call returns the same
   * promise.
   */
  close(): Promise<void> {
    // The file is removed first: see PrivateSocket.remove.
    this.#socket.remove();
    this.#closing ??= this.#server.close();
    return this.#closing;
  }

  /** As {@link ParameterServer.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The HTTP server without its socket: what is open, and how to end it. */
class HttpServer {
  readonly net: Server;
  /** Own bookkeeping: Node forgets connections whose malformed input it has refused, but waits for them at close. */
  readonly #connections = new Set<Socket>();
  readonly #answering = new Set<ServerResponse>();
  /** Unanswered requests of each connection. */
  readonly #unanswered = new WeakMap<Socket, number>();

  /** Ends responses that do not end by themselves. */
  readonly #closing = new AbortController();

  constructor(parameters: ParameterAccess, others: OtherRequests | undefined) {
    const answerer: Answerer = { parameters, others, closing: this.#closing.signal };
    const limits = {
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: LIMITS.headersTimeout,
      requestTimeout: LIMITS.requestTimeout,
      keepAliveTimeout: LIMITS.keepAlive,
      connectionsCheckingInterval: LIMITS.timeoutsChecked,
    };
    this.net = createServer(limits, (request, response) => {
      const { socket } = request;
      const unanswered = (this.#unanswered.get(socket) ?? 0) + 1;
      // Node would read on while the first request waits, and keep all requests.
      if (unanswered > LIMITS.unanswered) {
        socket.destroy();
        return;
      }
      this.#unanswered.set(socket, unanswered);
      this.#answering.add(response);
      response.once('close', () => {
        this.#answering.delete(response);
        this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1);
      });
      void answer(answerer, request, response).then(() => endUnread(response, socket));
    });
    this.net.maxConnections = LIMITS.connections;
    this.net.on('connection', (connection) => {
      this.#connections.add(connection.unref());
      connection.once('close', () => this.#connections.delete(connection));
    });
    this.net.on('clientError', refuseMalformed);
    // A connection that could not be accepted (no file descriptor left) must not end the process.
    this.net.on('error', () => undefined);
    this.net.unref();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => this.net.close(() => resolve()));
    const answered = Promise.all([...this.#answering].map((response) => once(response, 'close')));
    const patience = new AbortController();
    const { signal } = patience;
    await Promise.race([answered, delay(LIMITS.lastAnswers, undefined, { signal }).catch(() => undefined)]);
    patience.abort();
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }
}

/** Ends the connection of a client that does not read its response. */
function endUnread(response: ServerResponse, socket: Socket): void {
  if (response.closed) return;
  const timer = setTimeout(() => socket.destroy(), LIMITS.reading).unref();
  response.once('close', () => clearTimeout(timer));
}

function refuseMalformed(error: NodeJS.ErrnoException, connection: Duplex): void {
  if (!connection.writable || error.code === 'ECONNRESET') {
    connection.destroy();
    return;
  }
  const status = STATUS_OF_MALFORMED[error.code ?? ''] ?? 400;
  const reason = STATUS_CODES[status] ?? '';
  connection.end(malformedAnswer(status, reason, `malformed HTTP request: ${reason.toLowerCase()}`), () => {
    connection.destroy();
  });
}
