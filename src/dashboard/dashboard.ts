import type { AddressInfo, Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { ERRNO } from '../common/errno.js';
import { clearTimeout, setTimeout } from '../common/host-timers.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { errnoOf, systemError } from '../common/system-error.js';
import { AccessToken } from './access-token.js';
import type { DashboardExtras, DashboardFerry } from './dashboard-host.js';
import { HTTP_LIMITS } from './limits.js';
import { LiveStream } from './live/live-stream.js';
import { Migrations } from './migrations.js';
import { type DashboardOptions, fillDashboardOptions } from './options.js';
import { refusedAnswer } from './refusal.js';
import { RequestGuard } from './request-guard.js';
import { addBenchRoutes } from './routes/bench-routes.js';
import { addFerryRoutes } from './routes/ferry-routes.js';
import { addLiveRoutes } from './routes/live-routes.js';
import { addMetricsRoutes } from './routes/metrics-routes.js';
import { addMigrationRoutes } from './routes/migration-routes.js';
import { addStaticRoutes } from './routes/static-routes.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { readStaticFiles } from './static-files.js';

/** Folder of the built page, for tests. */
export interface DashboardSetting extends DashboardExtras {
  readonly folder?: string;
}

/**
 * The web page of one ferry, made by `serveDashboard(ferry)`.
 *
 * @see {@link serveDashboard} for an example
 */
export class Dashboard {
  /** The address that it listens on. */
  readonly host: string;
  /** The port that it listens on. */
  readonly port: number;
  /** The page's URL, with the token. */
  readonly url: string;
  /** The token. Other programs send it as `Authorization: Bearer <token>`. */
  readonly token: string;
  readonly #app: FastifyInstance;
  readonly #stream: LiveStream;
  readonly #migrations: Migrations;
  readonly #connections: ReadonlySet<Socket>;
  #closing: Promise<void> | undefined;

  private constructor(
    app: FastifyInstance,
    at: { readonly host: string; readonly port: number },
    token: AccessToken,
    parts: {
      readonly stream: LiveStream;
      readonly migrations: Migrations;
      readonly connections: Set<Socket>;
    },
  ) {
    this.host = at.host;
    this.port = at.port;
    this.token = token.text;
    const name = at.host.includes(':') ? `[${at.host}]` : at.host;
    // After the #, because browsers do not send that part to a server. So it gets into no log.
    this.url = `http://${name}:${at.port}/#token=${token.text}`;
    this.#app = app;
    this.#stream = parts.stream;
    this.#migrations = parts.migrations;
    this.#connections = parts.connections;
  }

  /** @internal Use `serveDashboard`, which documents the errors. */
  static async open(
    ferry: DashboardFerry,
    options: DashboardOptions,
    { folder, ...extras }: DashboardSetting = {},
  ): Promise<Dashboard> {
    const { host, port, token: text } = fillDashboardOptions(options);
    const files = readStaticFiles(folder);
    const token = new AccessToken(text);
    const app = newApp();
    const connections = holdConnections(app);
    const migrations = new Migrations(ferry);
    const stream = new LiveStream(ferry, { ...extras, migrations: () => migrations.states() });
    let guard: RequestGuard | undefined;
    app.addHook('onRequest', async (request, reply) => {
      reply.headers(SECURITY_HEADERS);
      // Requests can arrive before `listen` has returned the port.
      const denied = guard === undefined ? TOO_EARLY : guard.check(request.raw);
      if (denied === undefined) return;
      if (denied.status === 401) reply.header('WWW-Authenticate', 'Bearer');
      await reply.code(denied.status).header('Cache-Control', 'no-store').send(denied.refusal);
    });
    addStaticRoutes(app, files);
    addLiveRoutes(app, stream);
    addFerryRoutes(app, ferry, extras.program);
    addMigrationRoutes(app, ferry, migrations);
    addBenchRoutes(app, extras.bench);
    addMetricsRoutes(app, ferry);
    try {
      await app.listen({ host, port });
    } catch (error) {
      await app.close();
      throw refusedPort(host, port, error);
    }
    const { port: given } = app.server.address() as AddressInfo;
    guard = new RequestGuard(token, host, given);
    app.server.unref();
    return new Dashboard(app, { host, port: given }, token, { stream, migrations, connections });
  }

  /**
   * Stops the migrations that were started from the page, and ends every connection. Further calls return the same
   * promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** As {@link Dashboard.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#stream.close();
    const closed = this.#app.close();
    await this.#migrations.close();
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }
}

const TOO_EARLY = { status: 503, refusal: { code: 'EAGAIN', message: 'not open yet' } } as const;

function newApp(): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: HTTP_LIMITS.bodyBytes,
    requestTimeout: HTTP_LIMITS.requestTimeout,
    keepAliveTimeout: HTTP_LIMITS.keepAlive,
    forceCloseConnections: true,
    http: {
      maxHeaderSize: HTTP_LIMITS.headerBytes,
      headersTimeout: HTTP_LIMITS.headersTimeout,
      connectionsCheckingInterval: HTTP_LIMITS.timeoutsChecked,
    },
  });
  app.server.maxConnections = HTTP_LIMITS.connections;
  app.setErrorHandler((error, _request, reply) => {
    const { status, refusal } = refusedAnswer(error);
    return reply.code(status).header('Cache-Control', 'no-store').send(refusal);
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `unknown route: ${request.method} ${request.url.slice(0, 100)}`;
    return reply.code(404).header('Cache-Control', 'no-store').send({ code: 'ENOENT', message });
  });
  app.addHook('onSend', async (_request, reply) => {
    endUnread(reply.raw, reply.raw.socket);
  });
  return app;
}

/** Ends the connection of a client that does not read its answer. */
function endUnread(response: NodeJS.EventEmitter, socket: Socket | null): void {
  const timer = setTimeout(() => socket?.destroy(), HTTP_LIMITS.reading).unref();
  response.once('close', () => clearTimeout(timer));
}

/** Connections that do not keep the process alive. `close` ends them. */
function holdConnections({ server }: FastifyInstance): Set<Socket> {
  const connections = new Set<Socket>();
  server.on('connection', (connection: Socket) => {
    connections.add(connection.unref());
    connection.once('close', () => connections.delete(connection));
  });
  // If a connection cannot be accepted (no file descriptor is left), only its client fails, not this process.
  server.on('error', () => undefined);
  return connections;
}

function refusedPort(host: string, port: number, cause: unknown): MigrationError {
  const { code = 'EIO', message } = cause as NodeJS.ErrnoException;
  const problem = `options.port: cannot listen on ${host}:${port}: ${message}`;
  const details = { operation: 'serveDashboard', argument: 'options.port', cause };
  if (code === 'EADDRINUSE') {
    return new MigrationError('EADDRINUSE', problem, {
      ...details,
      advice: 'Use another port, or 0 for any.',
    });
  }
  if (code === 'EACCES') {
    return new MigrationError('EACCES', problem, {
      ...details,
      advice: 'Use a port above 1023, or 0 for any.',
    });
  }
  if (code === 'EADDRNOTAVAIL')
    return invalidArgument(
      'serveDashboard',
      'options.host',
      `options.host: this host has no address ${host}`,
    );
  return systemError(errnoOf(cause) || ERRNO.EIO, problem, details);
}
