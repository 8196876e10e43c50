import { styleText } from 'node:util';
import { wrap } from '../ui/wrap.js';
import type { Check, CheckStatus } from './check.js';
import type { DoctorReport } from './examine.js';

const COLORS = { ok: 'green', limited: 'yellow', missing: 'red' } as const;
const STATUS_WIDTH = 9;
const NAME_WIDTH = 15;
const INDENT = STATUS_WIDTH + NAME_WIDTH;

/** The report for people. `colors` only for a terminal that wants them. */
export function formatDoctor({ checks, canMigrate, host }: DoctorReport, colors: boolean): string {
  const paint = (status: CheckStatus, text: string) => (colors ? styleText(COLORS[status], text) : text);
  const lines = checks.flatMap((check) => [
    paint(check.status, check.status.padEnd(STATUS_WIDTH)) +
      check.id.padEnd(NAME_WIDTH) +
      wrap(check.found, INDENT),
    ...explanation(check),
  ]);
  const verdict = canMigrate
    ? paint('ok', 'This host can migrate real memory.')
    : paint('missing', 'This host cannot migrate real memory. See the missing items above.');
  return [`${host.cpuModel}, ${host.cpus} CPUs`, '', ...lines, '', verdict].join('\n');
}

function explanation({ lines: more = [], why, advice }: Check): string[] {
  const lines = [...more];
  if (why !== undefined) lines.push(`Why: ${why}`);
  if (advice !== undefined) lines.push(`Fix: ${advice}`);
  return lines.map((line) => ' '.repeat(INDENT) + wrap(line, INDENT));
}
