import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import type { LiveModel } from '../model/live-model.js';
import { liveStore, useLive } from '../model/live-store.js';
import { Panel } from '../ui/panel.js';
import { TokenForm } from './token-form.js';

interface ConnectedProps {
  readonly view: ComponentType<{ readonly model: LiveModel }>;
}

/** A view of the ferry, or why there is nothing to see. */
export function Connected({ view: View }: ConnectedProps) {
  const { status, model } = useLive();
  useEffect(() => liveStore.start(), []);
  if (status === 'refused') return <TokenForm />;
  if (model !== undefined) {
    return (
      <>
        {status === 'away' && (
          <p class="problem" role="alert">
            <strong>The ferry is disconnected.</strong> These are its last figures. The page reconnects every
            second.
          </p>
        )}
        <View model={model} />
      </>
    );
  }
  return (
    <Panel title={status === 'away' ? 'The ferry is disconnected' : 'Connecting'}>
      <p class="note">
        {status === 'away'
          ? 'It has exited, or does not answer. The page reconnects every second.'
          : 'Loading…'}
      </p>
    </Panel>
  );
}
