import { render } from 'preact';
import { takeTokenFromAddress } from './api/token.js';
import { App } from './app/app.js';
import { liveStore } from './model/live-store.js';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/chart.css';

// Before anything can show or remember the address.
takeTokenFromAddress();
// Somebody may paste the address of another ferry, or the one of this again, into an open page.
addEventListener('hashchange', () => {
  if (takeTokenFromAddress()) liveStore.connect();
});
render(<App />, document.getElementById('app')!);
