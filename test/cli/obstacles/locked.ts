import { call } from '../../ferry/support/system-calls.js';
import { memory } from '../../linux/support/memory.js';

/** Imported before a program: the process has locked memory. */
call('mlock', memory(4096, true).address, 4096);
