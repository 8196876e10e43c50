/** A thread that loads the C library, calls it once and ends. */
import { libc } from '../../src/linux/libc.js';

libc().sched_yield();
