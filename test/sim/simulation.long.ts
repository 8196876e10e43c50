import { everyFolioArrives, MIGRATORS } from './support/simulation-scenes.js';

everyFolioArrives(MIGRATORS, [0, 1, 4, 8, 9]);
