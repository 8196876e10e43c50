import { wholePageTables } from './support/page-tables-scenes.js';
import { COPY_MODES } from './support/tables.js';

wholePageTables(COPY_MODES.slice(0, 1));
