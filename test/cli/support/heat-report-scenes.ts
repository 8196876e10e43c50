import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRecording } from '../../heat/recordings.js';
import { runCli } from '../run-cli.js';

export const folder = mkdtempSync(join(tmpdir(), 'pf-'));

export const MADE = makeRecording();

export function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

export const HEAP = file('heap.pfheat', MADE.bytes);

export const report = (...args: readonly string[]) => runCli(['heat', 'report', ...args]);
