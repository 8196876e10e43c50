import type { PolicyName } from '../../policy/policies.js';
import type { BreakevenRow, BreakevenSettings } from '../experiments/breakeven.js';
import type { CallerBatch } from '../experiments/caller-batch.js';
import type { CompactionCell, CompactionSettings } from '../experiments/compaction.js';
import type { MoveFigures, MoveSettings } from '../experiments/move.js';
import type { Story } from '../explore/story.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';
import type { ChosenSweep } from '../sweep/choose.js';
import type { ObjectiveName } from '../sweep/objectives.js';
import type { SweepReport } from '../sweep/summary.js';
import type { Baseline } from '../tiering/baselines.js';
import type { MigrationSetup } from '../tiering/migration-costs.js';
import type { ProgramName } from '../tiering/programs/programs.js';
import type { TieringFigures } from '../tiering/tiering.js';
import type { TieringOptions } from '../tiering/tiering-options.js';
import type { SurfaceCell } from './surface-plan.js';
import type { ZoneFrame } from './zone-session.js';

/** Requests of the lab to the simulating thread. Plain data. */
export type LabRequest =
  | SurfaceRequest
  | BreakevenRequest
  | ZoneRequest
  | AdvanceRequest
  | TieringRequest
  | SweepRequest
  | CellsRequest
  | RaceRequest;

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

export interface TieringRequest {
  readonly kind: 'tiering';
  /** The file of a machine with tiers, parsed. */
  readonly machine: unknown;
  /** The costs of migrations. */
  readonly costs: HardwareProfile;
  readonly setup: MigrationSetup;
  readonly program: ProgramName;
  /** Bytes of the program's memory. */
  readonly memory: number;
  readonly policies: readonly PolicyName[];
  readonly options: TieringOptions;
}

/** A whole sweep. */
export interface SweepRequest extends ChosenSweep {
  readonly kind: 'sweep';
}

/** The cells of a sweep that a file has. */
export interface CellsRequest {
  readonly kind: 'cells';
  /** A file of `pageferry sim sweep --jsonl`. */
  readonly file: Blob;
  /** Its name, for errors. */
  readonly name: string;
  readonly objectives: readonly ObjectiveName[];
  readonly breakEven?: readonly [x: string, y: string] | undefined;
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
  | { readonly kind: 'placed'; readonly placement: Baseline | PolicyName; readonly figures: TieringFigures }
  | { readonly kind: 'swept'; readonly report: SweepReport }
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
