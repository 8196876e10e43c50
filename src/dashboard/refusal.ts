import { invalidArgument } from '../common/migration-error.js';
import { refusalOf, statusOf } from '../parameters/socket/parameter-requests.js';
import type { Refusal } from './messages.js';

export interface RefusedAnswer {
  readonly status: number;
  readonly refusal: Refusal;
}

/** Our messages for Fastify's own errors. */
const BY_FASTIFY: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body: is too long',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'body: must be JSON, or text for a parameter',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body: must be JSON',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body: must be JSON',
};

export function refusedAnswer(error: unknown): RefusedAnswer {
  const { code = '', statusCode = 0 } = Object(error) as { code?: string; statusCode?: number };
  if (code.startsWith('FST_') || (error instanceof SyntaxError && statusCode === 400)) {
    const message = BY_FASTIFY[code] ?? 'malformed request';
    return { status: statusCode, refusal: { code: statusCode === 413 ? 'E2BIG' : 'EINVAL', message } };
  }
  return { status: statusOf(error), refusal: refusalOf(error) };
}

/** The fields of a JSON body. @throws MigrationError EINVAL for a body that is not an object, or has unknown fields. */
export function bodyFields<T extends object>(
  body: unknown,
  known: readonly (keyof T & string)[],
): Partial<T> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidArgument('request', 'body', 'must be a JSON object', `Fields: ${known.join(', ')}.`);
  }
  for (const name of Object.keys(body)) {
    if (!known.some((field) => field === name)) {
      throw invalidArgument('request', name.slice(0, 40), 'unknown field', `Known: ${known.join(', ')}.`);
    }
  }
  return body as Partial<T>;
}
