import type { Refusal } from '../../../src/dashboard/messages.js';
import { keptToken } from './token.js';

/** What the server has refused, in its words. */
export class RefusedError extends Error {
  readonly code: string;
  readonly advice: string | undefined;
  readonly status: number;

  constructor(status: number, { code, message, advice }: Refusal) {
    super(message);
    this.status = status;
    this.code = code;
    this.advice = advice;
  }
}

export interface Asked {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Text as it is, everything else as JSON. */
  readonly body?: string | object;
  readonly signal?: AbortSignal;
}

/** Asks the server, with the token. Rejects with RefusedError when it refuses, with TypeError when it is not there. */
export async function ask(path: string, { method = 'GET', body, signal }: Asked = {}): Promise<Response> {
  const headers = new Headers({ Authorization: `Bearer ${keptToken() ?? ''}` });
  if (body !== undefined) {
    headers.set('Content-Type', typeof body === 'string' ? 'text/plain' : 'application/json');
  }
  const response = await fetch(path, {
    method,
    headers,
    cache: 'no-store',
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.ok) return response;
  throw new RefusedError(response.status, await refusalIn(response));
}

export async function askFor<T>(path: string, asked?: Asked): Promise<T> {
  return (await (await ask(path, asked)).json()) as T;
}

async function refusalIn(response: Response): Promise<Refusal> {
  try {
    return (await response.json()) as Refusal;
  } catch {
    return { code: 'EIO', message: `the server returned status ${response.status}` };
  }
}
