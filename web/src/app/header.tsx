import type { ConnectionStatus } from '../api/live-connection.js';
import { useConnection } from '../model/live-store.js';
import { VIEW_TITLES, VIEWS, type View } from './route.js';
import { useTheme } from './theme.js';

const STATUS_TEXT: Readonly<Record<ConnectionStatus, string>> = {
  idle: '',
  connecting: 'connecting',
  live: 'live',
  away: 'disconnected',
  refused: 'no token',
};

export function Header({ view }: { readonly view: View }) {
  const { theme, toggle } = useTheme();
  const status = useConnection();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header class="masthead">
      <a class="brand" href="#/live">
        <img src="/icon.svg" alt="" width="24" height="24" />
        <span>pageferry</span>
      </a>
      <nav class="tabs" aria-label="Views">
        {VIEWS.map((name) => (
          <a key={name} href={`#/${name}`} aria-current={name === view ? 'page' : undefined}>
            {VIEW_TITLES[name]}
          </a>
        ))}
      </nav>
      <p class={`connection ${status}`} role="status">
        {STATUS_TEXT[status]}
      </p>
      <button type="button" class="quiet theme-toggle" onClick={toggle} aria-label={`Use ${other} colours`}>
        <span aria-hidden="true">{theme === 'dark' ? '☀' : '☾'}</span>
      </button>
    </header>
  );
}
