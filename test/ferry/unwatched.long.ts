import { neverUses, USES } from './support/unwatched-scenes.js';

neverUses(USES.slice(1));
