import { createRequire } from 'node:module';
import type { CapturedTimers } from './captured-timers.cjs';

/**
 * Node's timers as they were before the program with pageferry/auto, and otherwise when pageferry was loaded. A program
 * that replaces the timers later, as tests do, does not stop those of pageferry, and does not see them.
 */
export const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = createRequire(
  import.meta.url,
)('./captured-timers.cjs') as CapturedTimers;
