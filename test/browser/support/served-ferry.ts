import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

/** A ferry behind a page: `pageferry serve`, as a process of its own. */
export class ServedFerry {
  /** With the token. */
  readonly url: string;
  readonly origin: string;
  readonly token: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.origin = new URL(url).origin;
    this.token = url.slice(url.indexOf('#token=') + 7);
  }

  static async start(...options: string[]): Promise<ServedFerry> {
    const child = spawn(process.execPath, [MAIN, 'serve', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      const url = /http:\S+/.exec(text)?.[0];
      // What follows is not read; the pipe holds it.
      if (url !== undefined) return new ServedFerry(child, url);
    }
    throw new Error(`pageferry serve ended early: ${text}`);
  }

  /** Asks it past the page, as another program would. */
  ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.origin}${path}`, {
      ...init,
      headers: { ...init.headers, Authorization: `Bearer ${this.token}` },
    });
  }

  async parameter(path: string): Promise<string> {
    return (await (await this.ask(`/api/parameters/${path}`)).text()).trimEnd();
  }

  /** Ends it as Ctrl-C does. Resolves to its exit code: 0 when every update was there. */
  async end(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    const [code] = (await exit) as [number | null];
    return code;
  }
}
