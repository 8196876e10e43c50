import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const SERVERS = ['redis-server', 'valkey-server'];
const APT = ['-qq', '-o', 'Acquire::http::Timeout=30', '-o', 'Acquire::Retries=2'];
const PATIENCE_MS = 20_000;

function installed(): string | undefined {
  return SERVERS.find((name) => spawnSync(name, ['--version']).status === 0);
}

/** The program of the server. Installs Debian's package where it may, or says why it cannot. */
export function findServer(): { readonly program: string } | { readonly missing: string } {
  const found = installed();
  if (found !== undefined) return { program: found };
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    return {
      missing: 'no redis-server (as root on Debian this script installs it: apt-get install redis-server)',
    };
  }
  console.log('test:queue: installing redis-server');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', [...APT, 'update'], { env });
  spawnSync('apt-get', [...APT, 'install', '-y', '--no-install-recommends', 'redis-server'], { env });
  const now = installed();
  return now === undefined ? { missing: 'apt-get could not install redis-server' } : { program: now };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A real server of its own, on a free port of this host, with a password. */
export class TestServer {
  readonly password: string;
  readonly port: number;
  readonly #program: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'pageferry-redis-'));
  #process: ChildProcess | undefined;

  private constructor(program: string, port: number) {
    this.#program = program;
    this.port = port;
    this.password = `s3cret${Math.random().toString(36).slice(2)}`;
  }

  static async start(program: string): Promise<TestServer> {
    const server = new TestServer(program, await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, empty. */
  async start(): Promise<void> {
    const config = join(this.#folder, 'server.conf');
    const lines = [
      'bind 127.0.0.1',
      `port ${this.port}`,
      `dir ${this.#folder}`,
      'save ""',
      'appendonly no',
      'maxmemory-policy noeviction',
      `requirepass ${this.password}`,
    ];
    writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
    this.#process = spawn(this.#program, [config], { stdio: 'ignore' });
    const until = performance.now() + PATIENCE_MS;
    while (!(await this.#answers())) {
      if (performance.now() > until) throw new Error(`${this.#program} does not answer`);
      await sleep(100);
    }
  }

  async #answers(): Promise<boolean> {
    const redis = new Redis({
      port: this.port,
      password: this.password,
      lazyConnect: true,
      retryStrategy: () => null,
    });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return (await redis.ping()) === 'PONG';
    } catch {
      return false;
    } finally {
      redis.disconnect();
    }
  }

  /** Ends it. Nothing is kept. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}
