import { ENDS_WATCH_CASES, endsWatch, returnEnds, SOURCES } from './support/heat-end-scenes.js';

returnEnds(SOURCES.slice(0, 1));

endsWatch(ENDS_WATCH_CASES.slice(0, 1));
