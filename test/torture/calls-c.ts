/** A thread that loads the C library, calls it once and ends. */
import { libc } from '../../src/linux/sys/libc.js';

libc().sched_yield();
