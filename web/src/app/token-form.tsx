import { useState } from 'preact/hooks';
import { keepToken } from '../api/token.js';
import { liveStore } from '../model/live-store.js';
import { Panel } from '../ui/panel.js';

/** For who has come without the token, or with one that is not this ferry's. */
export function TokenForm() {
  const [token, setToken] = useState('');
  return (
    <Panel title="This ferry needs a token">
      <p>
        Open the address that <code>pageferry serve</code> printed, or enter its token, which follows{' '}
        <code>#token=</code>. Every ferry has a new token.
      </p>
      <form
        class="token-form"
        onSubmit={(event) => {
          event.preventDefault();
          // The whole address will do.
          keepToken(token.trim().replace(/^.*#token=/, ''));
          liveStore.connect();
        }}
      >
        <div class="field">
          <label for="token">Token</label>
          <input
            id="token"
            type="password"
            autoComplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </div>
        <button type="submit" class="primary" disabled={token.trim() === ''}>
          Open
        </button>
      </form>
    </Panel>
  );
}
