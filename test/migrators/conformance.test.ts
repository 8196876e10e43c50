import { keepsContract, OURS } from './support/conformance-scenes.js';

keepsContract(OURS.slice(0, 2));
