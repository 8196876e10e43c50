import type { CollectedEvents } from '../collected-events.js';
import type { ChromeArguments, ChromeEvent, ChromeTrace } from './chrome-event.js';
import { ProcessEvents } from './process-events.js';

/** One process of a trace, and the time 0 of the trace on its clock. */
export interface TracedProcess {
  readonly collected: CollectedEvents;
  readonly origin: number;
}

/** A trace of one or more ferries. `more`: events of the tool itself, of process 0. */
export function chromeTrace(
  processes: readonly TracedProcess[],
  about: ChromeArguments,
  more: readonly ChromeEvent[] = [],
): ChromeTrace {
  const traceEvents: ChromeEvent[] = [...more];
  let lost = 0;
  let beyond = 0;
  for (const [index, { collected, origin }] of processes.entries()) {
    // Not pushed as arguments: there may be more events than a call takes.
    for (const event of new ProcessEvents(index + 1, origin, collected).events) traceEvents.push(event);
    lost += collected.gaps.reduce((sum, gap) => sum + gap.lost, 0);
    beyond += collected.beyond;
  }
  return {
    traceEvents,
    displayTimeUnit: 'ns',
    otherData: { ...about, events_lost: lost, events_not_kept: beyond },
  };
}
