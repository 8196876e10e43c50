import type { IncomingHttpHeaders } from 'node:http';
import type { AccessToken } from './access-token.js';
import type { Refusal } from './messages.js';

export interface GuardedRequest {
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export interface Denied {
  readonly status: 401 | 403;
  readonly refusal: Refusal;
}

/**
 * Decides which requests are served. The token keeps other users of this host out. The checks of Host and Origin are
 * for requests that another web page makes a browser send. If that page's name resolves to this host (DNS rebinding),
 * Host has that name. A request from another origin has an Origin header.
 */
export class RequestGuard {
  readonly #token: AccessToken;
  readonly #hosts: ReadonlySet<string>;

  /** @param host the address to listen on, as the option gives it. */
  constructor(token: AccessToken, host: string, port: number) {
    this.#token = token;
    const names = new Set(['localhost', '127.0.0.1', '[::1]', host.includes(':') ? `[${host}]` : host]);
    this.#hosts = new Set([...names].map((name) => `${name}:${port}`));
  }

  /** Returns the reason to deny a request. The files of the page need no token, because they hold no secret. */
  check({ url = '', headers }: GuardedRequest): Denied | undefined {
    const { host = '', origin, authorization } = headers;
    if (!this.#hosts.has(host.toLowerCase())) {
      return forbidden(`Host: unknown host '${host.slice(0, 100)}'`, 'Use the printed address.');
    }
    if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
      return forbidden('requests from other origins are not allowed');
    }
    const site = headers['sec-fetch-site'];
    if (isProtected(url) && site !== undefined && site !== 'same-origin' && site !== 'none') {
      return forbidden('requests from other origins are not allowed');
    }
    if (!isProtected(url) || this.#token.opens(authorization)) return undefined;
    return {
      status: 401,
      refusal: {
        code: 'EACCES',
        message:
          authorization === undefined ? 'Authorization: the token is missing' : 'Authorization: wrong token',
        advice: "Open the printed address, or send its token: 'Authorization: Bearer TOKEN'.",
      },
    };
  }
}

function isProtected(url: string): boolean {
  return url.startsWith('/api/') || url === '/api' || /^\/metrics(?:$|[/?])/.test(url);
}

function forbidden(message: string, advice?: string): Denied {
  return { status: 403, refusal: { code: 'EACCES', message, ...(advice === undefined ? {} : { advice }) } };
}
