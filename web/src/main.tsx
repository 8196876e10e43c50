import { render } from 'preact';
import { takeTokenFromAddress } from './api/token.js';
import { App } from './app/app.js';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/chart.css';

// Before anything can show or remember the address.
takeTokenFromAddress();
render(<App />, document.getElementById('app')!);
