import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../run-cli.js';

export const folder = mkdtempSync(join(tmpdir(), 'pageferry-'));

export interface Row {
  readonly program: string;
  readonly placement: string;
  readonly migrator?: string;
  readonly batchBytes?: number;
  readonly nsPerOperation: number;
  readonly hitRatio: number;
  readonly copiedBytes: number;
  readonly options?: string;
}

export const SMALL = ['sim', 'tiering', '--memory', '256M', '--seconds', '5'];

export function rows(...args: string[]): Row[] {
  const { status, stdout, stderr } = runCli([...SMALL, ...args, '--json']);
  assert.equal(status, 0, stderr);
  const { schema, rows } = JSON.parse(stdout) as { schema: string; rows: Row[] };
  assert.equal(schema, 'pageferry.sim.tiering/1');
  return rows;
}
