import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Dashboard } from '../../../src/dashboard/dashboard.js';
import type { DashboardExtras } from '../../../src/dashboard/dashboard-host.js';
import { FakeFerry } from './fake-ferry.js';

export interface Opened {
  readonly ferry: FakeFerry;
  readonly dashboard: Dashboard;
}

/** A dashboard of a fake ferry, with a page of one file. */
export async function openDashboard(context: TestContext, extras: DashboardExtras = {}): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-web-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  const ferry = new FakeFerry();
  const dashboard = await Dashboard.open(ferry, { port: 0 }, { folder, ...extras });
  context.after(async () => {
    await dashboard.close();
    rmSync(folder, { recursive: true });
  });
  return { ferry, dashboard };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks with exactly these headers: `fetch` lets nobody choose Host and Origin. */
export function askRaw(
  { port }: Dashboard,
  path: string,
  { method = 'GET', headers = {}, body }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: text }),
      );
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

/** The same with the token. */
export function ask(
  dashboard: Dashboard,
  path: string,
  { headers, ...asking }: Asking = {},
): Promise<Answer> {
  return askRaw(dashboard, path, {
    ...asking,
    headers: { Authorization: `Bearer ${dashboard.token}`, ...headers },
  });
}
