/** Has the kernel sample some memory, says so, and waits until it is killed. */
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { ChangingScene } from '../linux/support/changing-scene.js';

const { machine, space, first } = new ChangingScene('auto');
const units = new FolioList();
units.push(first, 9);
if (machine.marks('damon').arm(space, units, 10_000_000) !== 1) process.exit(1);
process.stdout.write('on\n');
setInterval(() => undefined, 1000);
