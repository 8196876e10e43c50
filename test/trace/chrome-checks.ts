import assert from 'node:assert/strict';
import type { ChromeEvent, ChromeTrace } from '../../src/trace/chrome/chrome-event.js';

/** Nanoseconds of a time in microseconds. */
function ns(microseconds: number): number {
  return Math.round(microseconds * 1000);
}

/** What an event says by that name. */
export function argOf({ args }: ChromeEvent, name: string): string | number | undefined {
  return args?.[name];
}

/** The spans of one row, in the order of their beginnings, the longer first. */
export function spansOf(events: readonly ChromeEvent[], tid: number, pid = 1): ChromeEvent[] {
  return events
    .filter((event) => event.ph === 'X' && event.pid === pid && event.tid === tid)
    .sort((a, b) => a.ts - b.ts || b.dur! - a.dur!);
}

/** The number of the row with that name. */
export function threadOf(events: readonly ChromeEvent[], lane: string, pid = 1): number {
  const found = events.find(
    (event) => event.name === 'thread_name' && event.pid === pid && argOf(event, 'name') === lane,
  );
  assert.ok(found !== undefined, `there is a row '${lane}'`);
  return found.tid;
}

/** The names of the rows of a process, in order. */
export function laneNames(events: readonly ChromeEvent[], pid = 1): unknown[] {
  return events
    .filter((event) => event.name === 'thread_name' && event.pid === pid)
    .map((event) => argOf(event, 'name'));
}

/** What every trace owes the programs that load it: the fields of each event, and spans that nest in every row. */
export function checkShape({ traceEvents, displayTimeUnit, otherData }: ChromeTrace): void {
  assert.equal(displayTimeUnit, 'ns');
  for (const value of Object.values(otherData)) assert.ok(['string', 'number'].includes(typeof value));
  const named = new Set<string>();
  const used = new Set<string>();
  const processes = new Set<number>();
  for (const event of traceEvents) {
    const { name, ph, ts, dur, pid, tid, s } = event;
    assert.ok(name !== '' && typeof name === 'string');
    assert.match(ph, /^[XBiCM]$/);
    assert.ok(Number.isFinite(ts) && ts >= 0, `${name} at ${ts}`);
    assert.ok(Number.isInteger(pid) && Number.isInteger(tid));
    assert.equal(dur !== undefined, ph === 'X', name);
    assert.equal(s !== undefined, ph === 'i', name);
    if (dur !== undefined) assert.ok(dur >= 0, `${name} takes ${dur}`);
    if (ph === 'M' && name === 'process_name') processes.add(pid);
    if (ph === 'M' && name === 'thread_name') named.add(`${pid} ${tid}`);
    if (ph === 'X' || ph === 'B' || ph === 'i') used.add(`${pid} ${tid}`);
  }
  for (const row of used) {
    assert.ok(named.has(row), `row ${row} has a name`);
    const [pid, tid] = row.split(' ').map(Number) as [number, number];
    assert.ok(processes.has(pid), `process ${pid} has a name`);
    checkNesting(spansOf(traceEvents, tid, pid));
  }
}

/** Each span ends before the next begins, or after the next has ended. */
function checkNesting(spans: readonly ChromeEvent[]): void {
  const within: ChromeEvent[] = [];
  for (const span of spans) {
    const end = ns(span.ts) + ns(span.dur!);
    while (within.length > 0 && ns(within.at(-1)!.ts) + ns(within.at(-1)!.dur!) <= ns(span.ts)) within.pop();
    const around = within.at(-1);
    if (around !== undefined) {
      assert.ok(end <= ns(around.ts) + ns(around.dur!), `${span.name} ends within ${around.name}`);
    }
    within.push(span);
  }
}
