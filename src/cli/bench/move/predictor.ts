import type { Cell } from '../../../bench/move/cells.js';
import type { MoveOptions } from '../../../bench/move/options.js';
import { type Prediction, predictMoves, withPrediction } from '../../../bench/move/predict.js';
import type { MoveReport } from '../../../bench/move/report.js';
import { profileOf } from '../../sim/profile-option.js';
import { UsageError } from '../../ui/errors.js';
import { checkDistinct } from '../../ui/json-file.js';
import { checkNewFile, writeNewFile } from '../../ui/new-file.js';
import type { MoveFlags } from './flags.js';

export const PREDICTIONS_FILE = 'predictions.json';

/** Predicts the rows of a bench before its first run, and compares them afterwards. */
export interface Predictor {
  onCells(cells: readonly Cell[]): void;
  compare(report: MoveReport): MoveReport;
}

/** @throws UsageError naming the option that does not fit, or the profile that is wrong. */
export function predictorOf(
  { predict, predictions, force = false }: MoveFlags,
  options: MoveOptions,
): Predictor {
  if (predict === undefined) {
    if (predictions !== undefined)
      throw new UsageError('--predictions: needs --predict, which names the profile');
    if (force) throw new UsageError('--force: needs --predict, whose file it overwrites');
    return { onCells: () => undefined, compare: (report) => report };
  }
  if (options.layout !== 'contiguous') {
    throw new UsageError(
      `--predict: cannot be combined with --layout ${options.layout}. Use --layout contiguous`,
    );
  }
  if (options.inject !== undefined) {
    throw new UsageError('--predict: cannot be combined with --inject. Faults are not predicted');
  }
  const file = predictions ?? PREDICTIONS_FILE;
  checkNewFile('--predictions', file, force);
  checkDistinct(['--predictions', file], ['--predict', predict]);
  const profile = profileOf({ profile: predict }, '--predict');
  let prediction: Prediction | undefined;
  return {
    onCells: (cells) => {
      prediction = predictMoves(options, cells, profile);
      writeNewFile('--predictions', file, force, `${JSON.stringify(prediction, null, 2)}\n`);
    },
    compare: (report) => (prediction === undefined ? report : withPrediction(report, prediction, file)),
  };
}
