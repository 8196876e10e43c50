import { formatSize } from '../../common/size.js';
import type { Sheet } from '../../report/sheet.js';
import type { ClosedCell } from '../../sim/fit/closed-form.js';
import { type FittedFigure, type FittedMachine, intervalBefore } from '../../sim/fit/fit-machine.js';
import { figureIntervals } from '../../sim/fit/fitted-file.js';
import { figureOf, figureRange } from '../../sim/profile/with-figures.js';
import { left, right } from '../ui/table.js';

/** The fitted figures with their intervals, the errors of the measured ones, and what to measure next. */
export function fitSheet(machine: FittedMachine): Sheet {
  const { profile, priors, figures, meanError, uncertainty, next } = machine;
  const intervals = figureIntervals(machine);
  return {
    title: 'pageferry sim fit',
    summary: `Profile ${profile.name}, fitted to ${figures.length} figure${figures.length === 1 ? '' : 's'} and its data sheet`,
    charts: [],
    tables: [
      {
        caption: 'Fitted figures: 90 % of what each may be',
        columns: [...left('figure'), ...right('before, from', 'to', 'fitted', 'from', 'to'), ...left('unit')],
        rows: priors.map((prior) => {
          const { path } = prior;
          const before = intervalBefore(prior, priors);
          const { low, high } = intervals.get(path)!;
          const values = [before.low, before.high, figureOf(profile, path), low, high];
          return [path, ...values.map(short), figureRange(path)!.unit];
        }),
      },
      {
        caption: 'The measured figures, and the fitted machine',
        columns: [...right('line'), ...left('cell', 'metric'), ...right('measured', 'fitted', 'error')],
        rows: figures.map((figure) => [
          String(figure.line),
          cellLabel(figure.cell),
          figure.metric,
          short(figure.value),
          short(figure.fitted),
          signed(figure.fitted / figure.value - 1),
        ]),
      },
      ...(next.length === 0
        ? []
        : [
            {
              caption: 'Measure next: cells that narrow the predictions of sim move most',
              columns: [...left('cell'), ...right('spread now', 'with it')],
              rows: next.map(({ cell, now, then }) => [cellLabel(cell), percent(now), percent(then)]),
            },
          ]),
    ],
    notes: [
      `mean absolute error of the figures ${percent(meanError)}; error of the model ${percent(uncertainty.model)}`,
      'before: from physics and the data sheet, without the figures',
      'spread: mean standard deviation of the predictions of sim move',
      ...machine.doubts,
    ],
  };
}

interface FitJson {
  readonly schema: string;
  readonly profile: Record<string, unknown>;
  readonly meanError: number;
  readonly modelError: number;
  readonly figures: readonly (FittedFigure & { readonly residual: number })[];
  readonly next: FittedMachine['next'];
  readonly doubts: readonly string[];
}

export function fitJson(machine: FittedMachine, file: Record<string, unknown>): FitJson {
  const { figures, meanError, uncertainty, next } = machine;
  return {
    schema: 'pageferry.sim.fit/1',
    meanError,
    modelError: uncertainty.model,
    figures: figures.map((figure: FittedFigure) => ({
      ...figure,
      residual: figure.fitted / figure.value - 1,
    })),
    next,
    doubts: machine.doubts,
    profile: file,
  };
}

function cellLabel({ migrator, folio, folios, threads, channels, placement }: ClosedCell): string {
  const by =
    migrator === 'dcbm'
      ? ` ${channels ?? 1} ch`
      : migrator === 'mtcopy'
        ? ` ${threads ?? 2} thr${placement === 'packed' ? ', packed' : ''}`
        : '';
  return `${migrator}${by}, ${folios} × ${formatSize(folio)}`;
}

function short(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function signed(part: number): string {
  return `${part >= 0 ? '+' : ''}${percent(part)}`;
}
