import { SPLITS_HUGE_CASES, splitsHuge } from './support/split-huge-scenes.js';

splitsHuge(SPLITS_HUGE_CASES.slice(1));
