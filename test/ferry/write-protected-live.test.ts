import { writeProtectedLive } from './support/write-protected.js';

writeProtectedLive([undefined, { name: 'cpu' }]);
