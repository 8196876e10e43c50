import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AutoReport } from '../../../src/auto/report.js';

export const MIN_SIZE = { PAGEFERRY_AUTO_MIN_SIZE: '16M' };

/** Runs a test with the names of a report and of a socket, by which programs know that the ferry is open. */
export async function withReport(
  use: (file: string, socket: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pageferry-auto-'));
  try {
    await use(join(folder, 'report.json'), { PAGEFERRY_AUTO_SOCKET: join(folder, 'ferry.sock') });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const readReport = (file: string): AutoReport => JSON.parse(readFileSync(file, 'utf8')) as AutoReport;
