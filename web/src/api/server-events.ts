import { ask } from './request.js';

/**
 * Server-sent events by fetch: an EventSource sends no Authorization header. Calls `listener` with the name and the JSON of
 * each, until the server or `signal` ends it.
 */
export async function readServerEvents(
  path: string,
  signal: AbortSignal,
  listener: (event: string, data: unknown) => void,
): Promise<void> {
  const { body } = await ask(path, { signal });
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      tell(text.slice(0, end), listener);
      text = text.slice(end + 2);
    }
  }
}

function tell(block: string, listener: (event: string, data: unknown) => void): void {
  let event = 'message';
  let data = '';
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice(7);
    else if (line.startsWith('data: ')) data += line.slice(6);
  }
  listener(event, JSON.parse(data));
}
