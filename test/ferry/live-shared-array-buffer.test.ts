import { NO_UPDATE_IS_LOST_CASES, noUpdateIsLost } from './support/live-scenes.js';

noUpdateIsLost(NO_UPDATE_IS_LOST_CASES.slice(0, 1));
