import { writeProtectedLive } from './support/write-protected.js';

writeProtectedLive([
  { name: 'mtcopy', threads: 2 },
  { name: 'dcbm', channels: 2 },
  { module: new URL('../../../examples/own-migrator/my-migrator.mjs', import.meta.url) },
]);
