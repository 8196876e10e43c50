import { machineConformance } from '../machine/conformance.js';
import { opener } from './support/machine-opener.js';

machineConformance('the real machine with huge pages', opener(true, 'fast'), 'moves');
