import type { HeatEndMessage, HeatMessage, LiveState, LiveTick } from '../../../src/dashboard/messages.js';
import { RefusedError } from './request.js';
import { readServerEvents } from './server-events.js';
import { keptToken } from './token.js';

/** `idle`: nobody has asked for the ferry yet. `refused`: without its token. */
export type ConnectionStatus = 'idle' | 'connecting' | 'live' | 'away' | 'refused';

export interface LiveListener {
  onStatus(status: ConnectionStatus): void;
  onState(state: LiveState): void;
  onTick(tick: LiveTick): void;
  onHeat(message: HeatMessage): void;
  onHeatEnd(message: HeatEndMessage): void;
}

const AGAIN_MS = 1000;

/** Keeps the stream open: when the server is away it is asked again, when it does not know the token it is not. */
export function connectLive(listener: LiveListener): () => void {
  const end = new AbortController();
  void keep(listener, end.signal);
  return () => end.abort();
}

async function keep(listener: LiveListener, signal: AbortSignal): Promise<void> {
  if (keptToken() === null) {
    listener.onStatus('refused');
    return;
  }
  listener.onStatus('connecting');
  while (!signal.aborted) {
    try {
      await readServerEvents('/api/live', signal, (event, data) => {
        if (event === 'state') {
          listener.onState(data as LiveState);
          listener.onStatus('live');
        } else if (event === 'tick') {
          listener.onTick(data as LiveTick);
        } else if (event === 'heat') {
          listener.onHeat(data as HeatMessage);
        } else if (event === 'heatEnd') {
          listener.onHeatEnd(data as HeatEndMessage);
        }
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof RefusedError && error.status === 401) {
        listener.onStatus('refused');
        return;
      }
    }
    if (signal.aborted) return;
    listener.onStatus('away');
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
