import type { BreakevenRow, BreakevenSettings } from '../experiments/breakeven.js';
import type { CallerBatch } from '../experiments/caller-batch.js';
import type { CompactionCell, CompactionSettings } from '../experiments/compaction.js';
import type { MoveFigures, MoveSettings } from '../experiments/move.js';
import type { Story } from '../explore/story.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import type { SurfaceCell } from './surface-plan.js';
import type { ZoneFrame } from './zone-session.js';

/** Requests of the lab to the simulating thread. Plain data. */
export type LabRequest = SurfaceRequest | BreakevenRequest | ZoneRequest | AdvanceRequest | RaceRequest;

export interface SurfaceRequest {
  readonly kind: 'surface';
  /** The cells, in the order of the results. */
  readonly cells: readonly SurfaceCell[];
  readonly settings: MoveSettings;
}

export interface BreakevenRequest {
  readonly kind: 'breakeven';
  /** Bytes of a folio. The first is also for the caller's own batch. */
  readonly folios: readonly number[];
  readonly settings: BreakevenSettings;
}

/** Makes a zone. `advance` continues with it. */
export interface ZoneRequest {
  readonly kind: 'zone';
  readonly cell: CompactionCell;
  readonly settings: CompactionSettings;
}

export interface AdvanceRequest {
  readonly kind: 'advance';
  readonly steps: number;
}

export interface RaceRequest {
  readonly kind: 'race';
  /** A name of `RACES`. */
  readonly race: string;
  readonly profile: HardwareProfile;
  readonly seed: number;
  /** Maximum number of schedules. */
  readonly schedules: number;
}

/** Results and progress of a request. */
export type LabEvent =
  | { readonly kind: 'cell'; readonly cell: SurfaceCell; readonly figures: MoveFigures }
  | { readonly kind: 'breakeven'; readonly row: BreakevenRow }
  | { readonly kind: 'caller'; readonly caller: CallerBatch | null }
  | { readonly kind: 'zone'; readonly frame: ZoneFrame }
  | { readonly kind: 'searched'; readonly schedules: number }
  | RaceFound;

/** A schedule that violates an invariant, and the same schedule of the real code. */
export interface RaceFound {
  readonly kind: 'race';
  readonly schedules: number;
  /** Null when none was found. */
  readonly broken: Story | null;
  readonly real: Story | null;
}

/** The reason for which a request was refused. */
export interface LabRefusal {
  readonly problem: string;
}
