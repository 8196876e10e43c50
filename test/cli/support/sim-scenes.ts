import assert from 'node:assert/strict';
import type { SimRow } from '../../../src/cli/sim/cells.js';
import type { CompactionFigures } from '../../../src/sim/experiments/compaction.js';
import { runCli } from '../run-cli.js';

interface Figures {
  readonly schema: string;
  readonly rows: readonly (SimRow & CompactionFigures)[];
}

export function figures(...args: string[]): Figures {
  const { status, stdout, stderr } = runCli([...args, '--json']);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}
