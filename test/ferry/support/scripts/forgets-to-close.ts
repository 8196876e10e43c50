import { openFerry } from '../../../../src/index.js';

/** A program that ends without closing its ferry: after a migration, or with one that it does not await. */
const ferry = await openFerry();
const buffer = new SharedArrayBuffer(16 * 1024 * 1024);
new Int32Array(buffer).fill(1);
const region = ferry.adopt(buffer);
await region.migrate({ to: 1 });
if (process.argv[2] === 'under way') {
  void region.migrate({ to: 0 }).then(({ foliosMoved }) => {
    process.stdout.write(`moved ${foliosMoved}\n`);
  });
}
process.stdout.write('end of the script\n');
