import assert from 'node:assert/strict';
import type { Dashboard } from '../../../src/dashboard/dashboard.js';

export interface LiveEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The events of a stream, as they come. */
export async function* eventsOf(
  { port, token }: Dashboard,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent, undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/api/live`, {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end))!;
      yield { event: event!, data: JSON.parse(data!) as unknown };
      text = text.slice(end + 2);
    }
  }
  return undefined;
}
