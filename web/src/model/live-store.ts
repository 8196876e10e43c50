import { useEffect, useReducer } from 'preact/hooks';
import { type ConnectionStatus, connectLive } from '../api/live-connection.js';
import { after, afterHeat, afterHeatEnd, type LiveModel, modelOf } from './live-model.js';

export interface Live {
  readonly status: ConnectionStatus;
  /** Undefined until the first state has come. */
  readonly model: LiveModel | undefined;
}

/** The ferry, for whichever view is shown: it goes on while another one is. */
class LiveStore {
  #live: Live = { status: 'idle', model: undefined };
  readonly #listeners = new Set<() => void>();
  #end: (() => void) | undefined;

  get live(): Live {
    return this.#live;
  }

  /** Connects when nobody has yet: who only looks at the lab needs no ferry. */
  start(): void {
    if (this.#end === undefined) this.connect();
  }

  /** With the token that there is by now. */
  connect(): void {
    this.#end?.();
    this.#end = connectLive({
      onStatus: (status) => this.#set({ ...this.#live, status }),
      onState: (state) => this.#set({ ...this.#live, model: modelOf(state, this.#live.model) }),
      onTick: (tick) => this.#change((model) => after(model, tick)),
      onHeat: (message) => this.#change((model) => afterHeat(model, message)),
      onHeatEnd: (message) => this.#change((model) => afterHeatEnd(model, message)),
    });
  }

  #change(next: (model: LiveModel) => LiveModel): void {
    const { model } = this.#live;
    if (model !== undefined) this.#set({ ...this.#live, model: next(model) });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #set(live: Live): void {
    this.#live = live;
    for (const listener of this.#listeners) listener();
  }
}

export const liveStore = new LiveStore();

/** What the store has; draws again with every tick, unless the page is hidden. */
export function useLive(): Live {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const seen = () => {
      if (!document.hidden) draw(0);
    };
    document.addEventListener('visibilitychange', seen);
    const end = liveStore.subscribe(seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      end();
    };
  }, []);
  return liveStore.live;
}

/** Only whether it is there: for what need not be drawn ten times a second. */
export function useConnection(): ConnectionStatus {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let last = liveStore.live.status;
    return liveStore.subscribe(() => {
      const { status } = liveStore.live;
      if (status !== last) draw(0);
      last = status;
    });
  }, []);
  return liveStore.live.status;
}
