import { closeSync, openSync, writeSync } from 'node:fs';
import type { ChromeTrace } from '../../trace/chrome/chrome-event.js';

/** Characters of a piece. */
const PIECE = 2 ** 20;

/** Writes a trace as JSON, an event a line, piece by piece. */
export function writeTrace(file: string, { traceEvents, ...rest }: ChromeTrace): void {
  const descriptor = openSync(file, 'w');
  try {
    let text = `${JSON.stringify(rest).slice(0, -1)},"traceEvents":[`;
    for (const [i, event] of traceEvents.entries()) {
      text += `${i === 0 ? '' : ','}\n${JSON.stringify(event)}`;
      if (text.length < PIECE) continue;
      writeSync(descriptor, text);
      text = '';
    }
    writeSync(descriptor, `${text}\n]}\n`);
  } finally {
    closeSync(descriptor);
  }
}
