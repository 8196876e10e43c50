import { SIGNAL_STOPS_CASES, signalStops } from './support/abort-scenes.js';

signalStops(SIGNAL_STOPS_CASES.slice(1));
