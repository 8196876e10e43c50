import { RACES } from '../../src/sim/explore/races/races.js';
import { sampled } from '../deep.js';
import { isFoundByName } from './support/explore-race-scenes.js';

isFoundByName(sampled(RACES, 8));
