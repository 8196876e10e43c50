import { faultyMigration } from './support/faults.js';

faultyMigration({ name: 'cpu' });
