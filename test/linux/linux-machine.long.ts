import { DEEP } from '../deep.js';
import { machineConformance } from '../machine/conformance.js';
import { opener } from './support/machine-opener.js';

machineConformance('the real machine with huge pages', opener(true, 'fast'), 'others');
machineConformance('the real machine with small pages', opener(false, 'fast'));
machineConformance('the real machine that moves page tables always', opener(false, 'fast', 'always'));
if (DEEP) {
  machineConformance('the real machine with the checked copy', opener(true, 'checked'));
  machineConformance('the real machine that moves page tables never', opener(false, 'fast', 'never'));
}
