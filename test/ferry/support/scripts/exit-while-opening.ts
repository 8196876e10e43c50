/** Exits some milliseconds after it began to open a ferry. */
import { openFerry } from '../../../../src/index.js';

setTimeout(() => process.exit(3), Number(process.argv[2]));
await openFerry({ poolBytes: 2 ** 20 });
setInterval(() => undefined, 1000);
