import { keepsContract, OURS } from './support/offload-conformance-scenes.js';

keepsContract(OURS.slice(0, 2));
