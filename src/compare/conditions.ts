import type { Comparable } from './comparable.js';
import { CONTROL, type ReportReader } from './report-reader.js';

/** A condition that differs between two reports. */
export interface Condition {
  /** Its path in the reports, for example `host.cpuModel`. */
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

/** Parts of a report that describe its conditions. */
const PARTS = ['pageferry', 'host', 'profile', 'seed', 'options'] as const;
const ABSENT = 'not said';

/** The conditions that differ, in the order of the reports. Includes fields that only one of them has. */
export function conditionsThatDiffer(how: Comparable, a: ReportReader, b: ReportReader): Condition[] {
  const [ofA, ofB] = [conditions(how, a), conditions(how, b)];
  return [...new Set([...ofA.keys(), ...ofB.keys()])].flatMap((name) => {
    const [inA, inB] = [ofA.get(name) ?? ABSENT, ofB.get(name) ?? ABSENT];
    return inA === inB ? [] : [{ name, a: inA, b: inB }];
  });
}

function conditions(how: Comparable, report: ReportReader): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of PARTS) flatten(part, report.anything(part), found);
  for (const field of how.conditions) {
    const values = new Set(
      how.rows(report).flatMap(({ runs }) => runs.map((run) => String(run.anything(field)))),
    );
    found.set(`rows.${field}`, [...values].join(', '));
  }
  return found;
}

function flatten(path: string, value: unknown, into: Map<string, string>): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, each] of Object.entries(value)) flatten(`${path}.${name}`, each, into);
  } else if (value !== undefined) {
    into.set(path, typeof value === 'string' && !CONTROL.test(value) ? value : JSON.stringify(value));
  }
}
