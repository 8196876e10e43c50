import { Ring } from '../../ferry/support/ring.js';

/** Imported before a program: the process has an io_uring. */
const ring = Ring.open(8);
if (typeof ring === 'string') process.stderr.write(`not permitted: ${ring}\n`);
