import { POLICY_NAMES } from '../../src/policy/policies.js';
import { bringsHotUnits } from './support/placement-scenes.js';

bringsHotUnits(POLICY_NAMES.slice(0, 1));
