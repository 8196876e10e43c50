import type { Host } from '../harness/host.js';
import type { ChannelTimes } from './measure-channel.js';
import type { SourcedFigure } from './measure-host.js';
import type { MoveSample } from './move-sample.js';

/** Everything that was measured. Lists have an entry a round. */
export interface Measurements {
  readonly host: Host;
  /** The day, as 2026-01-31. */
  readonly date: string;
  /** Rounds in which all was measured. */
  readonly rounds: number;
  readonly moves: readonly MoveSample[];
  /** Migrations by whole page tables; none where this host moves most pages by themselves. */
  readonly tables: readonly MoveSample[];
  readonly channel: readonly ChannelTimes[];
  /** Descriptors that a channel can have at once, and bytes of one at most. */
  readonly channelLimits: { readonly capacity: number; readonly maxBytes: number };
  /** GB/s of all CPUs that copy at once. */
  readonly memoryGBps: readonly number[];
  readonly loopsPerSecond: readonly number[];
  readonly sliceNs: SourcedFigure;
  /** Base pages of a node. */
  readonly nodePages: number;
}
