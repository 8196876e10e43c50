import { writeProtectedLive } from './support/write-protected.js';

writeProtectedLive([{ name: 'cpu' }]);
