import { faultyMigration } from './support/faults.js';

faultyMigration({ name: 'mtcopy', threads: 2 });
