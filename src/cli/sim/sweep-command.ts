import { setMaxListeners } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import { PAGE_SIZE } from '../../common/page.js';
import { CellCache } from '../../runner/cell-cache.js';
import { modelVersion } from '../../runner/model-version.js';
import { runSweep } from '../../runner/run-sweep.js';
import { SIM_MIGRATORS } from '../../sim/experiments/move.js';
import type { ChosenSweep } from '../../sim/sweep/choose.js';
import { countCells, SAMPLINGS } from '../../sim/sweep/plan.js';
import { sweepSheet } from '../../sim/sweep/sheet/sweep-sheet.js';
import { SweepCollector, type SweepReport } from '../../sim/sweep/summary.js';
import { addRunnerOptions, checkRunner, type RunnerFlags, startRunner } from '../runner/runner-options.js';
import { channelCounts, folioSizes, simSeed, threadCounts } from '../ui/common-options.js';
import { UsageError } from '../ui/errors.js';
import { EXIT, helpText, type SetExitCode, SWEEP_EXIT_HELP } from '../ui/exit-code.js';
import { Interruption } from '../ui/interruption.js';
import { checkDistinct } from '../ui/json-file.js';
import { listOf, oneOf, size, wholeNumber } from '../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { startProgress } from '../ui/progress.js';
import { addBatchOptions, addMachineOptions } from './flags.js';
import { addProfileOptions } from './profile-option.js';
import { checkSweepFiles, type SweepFileFlags, SweepFiles } from './sweep-files.js';
import { chosenSweep, OBJECTIVE_NAMES, type PlanFlags, type SamplePlan } from './sweep-plan.js';
import { sweepText } from './sweep-report.js';

interface SweepFlags extends PlanFlags, SweepFileFlags, RunnerFlags, OutputFlags {
  readonly cache?: string;
}

const MAX_SAMPLES = 2 ** 31 - 1;

const EXPLANATION = `
Names for --vary are figures of the profile, such as dma.descriptorNs, and
folio, migrator, channels, threads, bytes, batch, depth, copyMode, cutoverPages,
hogs, busyCpus, placement, mapping, pageTables.
Values are a list (4K,64K,2M), a range (1..16), or a number of values of a range
(500..20000:8, or :log8 for logarithmic steps). An option with several values is
an axis, too.

A sample takes values from the whole of each range, so its ranges need no steps.`;

const EXAMPLES = [
  'pageferry sim sweep --vary channels=1..16 --vary dma.descriptorNs=500..2000:8',
  'pageferry sim sweep --vary dma.descriptorNs=500..20000:log --sample latin:2000',
  'pageferry sim sweep --channels 1,2 --folio 4K,2M --break-even channels,folio',
];

export function addSimSweepCommand(sim: Command, setExitCode: SetExitCode): void {
  const command = sim
    .command('sweep')
    .description(
      'simulate migrations over a whole space of machines and settings: Pareto front, sensitivities, break-even',
    );
  addProfileOptions(command)
    .option(
      '--vary <name=values>',
      'vary a figure or a parameter; may be repeated',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .addOption(folioSizes('2M'))
    .option(
      '--migrator <names>',
      'serial, baseline, cpu, mtcopy, dcbm (default: dcbm)',
      listOf(oneOf(SIM_MIGRATORS)),
    )
    .addOption(channelCounts('1'))
    .addOption(threadCounts('2'))
    .option(
      '--bytes <size>',
      'memory migrated in each cell (default: 256M)',
      size(PAGE_SIZE, 2 ** 40, PAGE_SIZE),
    );
  addMachineOptions(addBatchOptions(command))
    .option('--sample <kind:count>', 'grid, random:COUNT or latin:COUNT cells (default: grid)', sample)
    .addOption(simSeed('sample'))
    .option(
      '--objective <names>',
      `${OBJECTIVE_NAMES.join(', ')} (default: GBps,cpu,firstFolioNs)`,
      listOf(oneOf(OBJECTIVE_NAMES)),
    )
    .option('--break-even <x,y>', 'two axes: where offload is faster than no migrator', twoNames)
    .option('--jsonl <file>', 'write every cell as a line of JSON')
    .option('--csv <file>', 'write every cell as a row of CSV')
    .option('--resume', 'continue the file of --jsonl where it ends')
    .option('--force', 'overwrite an existing file')
    .option('--cache <folder>', 'read and keep the figures of cells, by a hash of all that they depend on');
  addRunnerOptions(command);
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, SWEEP_EXIT_HELP))
    .action(async (flags: SweepFlags) => {
      checkOutputs(flags);
      checkSweepFiles(flags);
      checkReports(flags);
      const chosen = chosenSweep(flags);
      checkRunner(flags);
      const { report, stopped, pace } = await sweep(chosen, flags);
      const { plan } = chosen;
      const figures = {
        schema: 'pageferry.sim.sweep/1',
        model: modelVersion(),
        seed: plan.seed,
        ...report,
      };
      deliver(flags, {
        figures,
        text: () => `${sweepText(report)}\n- ${pace}`,
        sheet: () => sweepSheet(report),
      });
      if (stopped) {
        const again = flags.jsonl === undefined ? '' : '. Add --resume to continue';
        console.error(`interrupted after ${report.done} of ${report.cells} cells${again}`);
      }
      setExitCode(stopped ? EXIT.failed : EXIT.ok);
    });
}

/** A file is not written twice, and the profile is not replaced by what is simulated with it. */
function checkReports({ profile, json, html, jsonl, csv }: SweepFlags): void {
  const cells = [
    ['--jsonl', jsonl],
    ['--csv', csv],
  ] as const;
  const reports = [
    ['--json', json],
    ['--html', html],
  ] as const;
  for (const each of cells) for (const report of reports) checkDistinct(each, report);
  for (const each of [...cells, ...reports]) checkDistinct(each, ['--profile', profile]);
}

interface Swept {
  readonly report: SweepReport;
  /** A signal has ended it before its last cell. */
  readonly stopped: boolean;
  /** Cells a second, for people. */
  readonly pace: string;
}

async function sweep({ plan, objectives, surface }: ChosenSweep, flags: SweepFlags): Promise<Swept> {
  const collector = new SweepCollector(plan, objectives, surface);
  const cells = countCells(plan);
  const cache = flags.cache === undefined ? undefined : openCache(flags.cache);
  const interruption = new Interruption();
  const stop = new AbortController();
  // Each task that waits has a listener.
  setMaxListeners(0, stop.signal);
  let stopped = false;
  void interruption.happened.then(() => {
    stopped = true;
    stop.abort(new Error('interrupted'));
  });
  let started: Awaited<ReturnType<typeof startRunner>> | undefined;
  let files: SweepFiles | undefined;
  let from = 0;
  let began = performance.now();
  try {
    started = await startRunner(flags);
    ({ files, from } = await SweepFiles.open(plan, flags, (row) => collector.add(row)));
    const progress = startProgress('sim sweep', cells, { traced: false });
    began = performance.now();
    try {
      const { runner } = started;
      for await (const row of runSweep({ plan, runner, cache, from, signal: stop.signal })) {
        files.add(row);
        collector.add(row);
        progress.update(collector.done, `cell ${collector.done} of ${cells}`);
        if (stopped) break;
      }
    } catch (error) {
      if (!stopped) throw error;
    } finally {
      progress.stop();
    }
  } finally {
    interruption.end();
    files?.close();
    cache?.close();
    await started?.runner.close();
  }
  const seconds = (performance.now() - began) / 1000;
  const done = collector.done - from;
  const cached = cache === undefined ? '' : `, ${cache.hits} of them from --cache`;
  const kept = from === 0 ? '' : `, after ${from} that ${flags.jsonl} had`;
  const pace = `${done} cells in ${seconds.toFixed(1)} s, ${(done / seconds).toFixed(1)} cells/s with ${started!.name}${cached}${kept}`;
  const report = { ...collector.summary, profile: plan.profile.name, sampling: plan.sampling };
  return { report, stopped: stopped && collector.done < cells, pace };
}

function openCache(folder: string): CellCache {
  try {
    return new CellCache(folder);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UsageError(`--cache: cannot use the folder '${folder}' (${code ?? message}). Name another`, {
      cause,
    });
  }
}

function sample(text: string): SamplePlan {
  const [kind = '', count, ...more] = text.split(':');
  const sampling = oneOf(SAMPLINGS)(kind);
  if (more.length > 0 || (sampling === 'grid') !== (count === undefined)) {
    throw new InvalidArgumentError('Write grid, or a kind and its number of cells, such as latin:1000.');
  }
  return { sampling, samples: count === undefined ? 0 : wholeNumber(1, MAX_SAMPLES)(count) };
}

function twoNames(text: string): readonly [string, string] {
  const [x, y, ...more] = text.split(',').map((name) => name.trim());
  if (!x || !y || more.length > 0) {
    throw new InvalidArgumentError('Write the names of two axes, such as channels,folio.');
  }
  return [x, y];
}
