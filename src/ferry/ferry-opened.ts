import { channel } from 'node:diagnostics_channel';

/**
 * The diagnostics channel `pageferry.ferry.open`. Subscribers get `{ ferry }` for each ferry that is opened, before its
 * owner gets it. So a tool can watch ferries that it did not open.
 */
export const FERRY_OPENED = channel('pageferry.ferry.open');
