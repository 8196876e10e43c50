import {
  STAYS_WHOLE_CASES,
  STAYS_WITH_BUSY_CASES,
  staysWhole,
  staysWithBusy,
} from './support/pinned-page-scenes.js';

staysWithBusy(STAYS_WITH_BUSY_CASES.slice(1));

staysWhole(STAYS_WHOLE_CASES.slice(1));
