import { faultyMigration } from './support/faults.js';

faultyMigration({ name: 'dcbm', channels: 3 });
