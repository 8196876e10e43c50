import { importRoom } from './import-room.js';

await importRoom('bench');
