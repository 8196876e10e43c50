import { importRoom } from './import-room.js';

await importRoom('runner');
