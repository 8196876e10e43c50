import { FOLIO_SIZES } from './support/live.js';
import { untouchedStaysAbsent } from './support/never-touched.js';

untouchedStaysAbsent(FOLIO_SIZES.slice(0, 1));
