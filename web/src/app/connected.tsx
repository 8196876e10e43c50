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
            <strong>The ferry is away.</strong> This is what it was like; it is asked again every second.
          </p>
        )}
        <View model={model} />
      </>
    );
  }
  return (
    <Panel title={status === 'away' ? 'The ferry is away' : 'Connecting'}>
      <p class="note">
        {status === 'away'
          ? 'It has ended, or does not answer. It is asked again every second.'
          : 'A moment…'}
      </p>
    </Panel>
  );
}
