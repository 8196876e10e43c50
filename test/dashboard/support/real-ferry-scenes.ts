import type { Dashboard } from '../../../src/dashboard/dashboard.js';
import { MIB } from '../../ferry/support/fixture.js';
import { ask } from './open-dashboard.js';

export const BYTES = 64 * MIB;

export async function post<T>(dashboard: Dashboard, path: string, body: unknown, method = 'POST') {
  const answer = await ask(dashboard, path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (answer.body === '' ? {} : JSON.parse(answer.body)) as T };
}
