import { openFerry } from '../../../../src/index.js';
import { countersAdded, fillCounters } from '../content.js';
import { Crew } from '../crew.js';
import { PageTables } from '../pages.js';
import { call } from '../system-calls.js';

/**
 * Migrates under a writer as whoever runs this; with `no-huge-pages` as first argument in a process that the kernel gives
 * none. Prints what it found, as JSON.
 */
const MIB = 2 ** 20;
// include/uapi/linux/prctl.h
const PR_SET_THP_DISABLE = 41;

if (process.argv[2] === 'no-huge-pages') call('prctl', PR_SET_THP_DISABLE, 1);
const warnings: string[] = [];
process.on('warning', (warning) => warnings.push((warning as { code?: string }).code ?? warning.name));
const ferry = await openFerry();
const buffer = new SharedArrayBuffer(16 * MIB);
const region = ferry.adopt(buffer, { folioSize: 2 * MIB });
fillCounters(buffer);
const crew = await Crew.start(buffer, [{ kind: 'write' }]);
const moved: boolean[] = [];
for (const to of [1, 0, 1]) {
  const { bytesMoved, failures } = await region.migrate({ to });
  moved.push(bytesMoved === region.migratableBytes && failures.length === 0);
}
await crew.allGoOn();
const [added] = await crew.stop();
const tables = new PageTables();
const hugeBytes = tables.hugeBytes(buffer);
tables.close();
const { capabilities } = ferry;
await ferry.close();
const lost = added! - countersAdded(buffer);
process.stdout.write(JSON.stringify({ capabilities, warnings, moved, lost, hugeBytes }));
