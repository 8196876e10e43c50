import { describe } from '../common/describe-value.js';
import { inCall, invalidArgument } from '../common/migration-error.js';
import { Ferry } from '../ferry/ferry.js';
import type { Autopilot, AutopilotOptions } from './autopilot.js';
import { fillOptions, OPERATION } from './options.js';
import { Pilot } from './pilot.js';
import type { DecisionObserver } from './placement.js';
import type { WatchRegion } from './region-watch.js';

/**
 * Starts an autopilot: it watches the memory of a ferry, decides by a policy what should be where, and moves it, within a
 * budget. It works between the turns of the caller's event loop, and does not keep the process alive. It ends with `stop()` or
 * with the ferry. docs/autopilot.md says more.
 *
 * @throws {@link MigrationError} EINVAL for a bad option. EBADF or EIO when the ferry is closed.
 * @example
 * ```ts
 * import { openFerry, startAutopilot } from 'pageferry';
 *
 * const ferry = await openFerry();
 * const memory = new SharedArrayBuffer(2 ** 28);
 * ferry.adopt(memory);
 * const autopilot = startAutopilot(ferry, { maxPauseMs: 2, cpuShare: 0.02 });
 * // … the program uses the memory …
 * const { moves, refused, actuators } = autopilot.report();
 * for (const { reason, from, to, bytes } of moves) console.log(reason, from, to, bytes);
 * console.log(actuators.pageOut.why, refused);
 * await autopilot.stop();
 * await ferry.close();
 * ```
 */
export function startAutopilot(ferry: Ferry, options: AutopilotOptions = {}): Autopilot {
  return inCall(OPERATION, () => launch(ferry, options));
}

/** @internal As `startAutopilot`, with a heat of its own, and with another way to say that it has failed. `observer` is for benches. */
export function launch(
  ferry: Ferry,
  options: AutopilotOptions,
  watch?: WatchRegion,
  failed?: (problem: string) => void,
  observer?: DecisionObserver,
): Autopilot {
  if (!(ferry instanceof Ferry)) {
    throw invalidArgument(OPERATION, 'ferry', `must be a ferry of openFerry, not ${describe(ferry)}`);
  }
  ferry.checkOpen(OPERATION);
  const pilot = new Pilot(ferry, fillOptions(options, ferry.nodeIds.length), watch, failed, observer);
  // It is stopped before the ferry's regions are gone. If the ferry closes first, it is stopped at once.
  ferry.closeWith(OPERATION, async () => ({ close: () => pilot.stop() })).catch(() => undefined);
  return pilot;
}
