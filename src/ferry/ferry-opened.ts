import { channel } from 'node:diagnostics_channel';

/**
 * The diagnostics channel `pageferry.ferry.open`: whoever subscribes is handed `{ ferry }` when one has been opened, before
 * its owner has it. So a tool can watch ferries that it has not opened itself.
 */
export const FERRY_OPENED = channel('pageferry.ferry.open');
