import { chase } from './chase.js';
import { graph } from './graph.js';
import { gups } from './gups.js';
import type { ProgramSize, TieredProgram } from './program.js';
import { scan } from './scan.js';
import { zipf } from './zipf.js';

/** The programs that need no recording. */
export const PROGRAM_NAMES = ['gups', 'zipf', 'chase', 'scan', 'graph'] as const;

/** The name of a simulated program. */
export type ProgramName = (typeof PROGRAM_NAMES)[number];

const PROGRAMS: Readonly<Record<ProgramName, (size: ProgramSize) => TieredProgram>> = {
  gups,
  zipf,
  chase,
  scan,
  graph,
};

export function createProgram(name: ProgramName, size: ProgramSize): TieredProgram {
  return PROGRAMS[name](size);
}
