import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { rfcByBatch, rfcByFolio, rfcByThreads } from '../../src/sim/experiments/rfc-figures.js';
import { type ClosedCell, closedNs } from '../../src/sim/fit/closed-form.js';
import { readFigures } from '../../src/sim/fit/figures-csv.js';
import { fitMachine, predicted } from '../../src/sim/fit/fit-machine.js';
import { figureIntervals, fittedFile } from '../../src/sim/fit/fitted-file.js';
import { readMachineSheet } from '../../src/sim/fit/machine-sheet.js';
import { intervalOf, predictionInterval } from '../../src/sim/fit/prediction.js';
import { kneeOf } from '../../src/sim/fit/sheet-profile.js';
import { readProfile } from '../../src/sim/profile/read-profile.js';
import { withFigures } from '../../src/sim/profile/with-figures.js';
import { zen3 } from './profiles.js';

const ZEN3 = {
  schema: 'pageferry.machine/1',
  name: 'zen3-by-its-sheet',
  cpus: 64,
  sockets: 2,
  domains: 8,
  cacheMiB: 32,
  memory: { channels: 8, channelGBps: 25.6, GiB: 250 },
  links: { count: 4, GBps: 36 },
  dma: { channels: 16, engineChannels: 2 },
};
const SHEET = readMachineSheet(ZEN3);
const GIB = 2 ** 30;

/** Six published cells of the RFC's machine. */
const SIX = `migrator,folio,channels,threads,value
baseline,4K,,,3.55
baseline,2M,,,10.88
dcbm,2M,1,,12.64
dcbm,64K,4,,7.36
dcbm,2M,16,,66.86
mtcopy,2M,,8,37
`;

/** Every published cell of the RFC's first two tables, and of mtcopy. */
function publishedCells(): { cell: ClosedCell; GBps: number }[] {
  const sizes = new Map([
    ['4K', 4096],
    ['16K', 16_384],
    ['64K', 65_536],
    ['256K', 262_144],
    ['1M', 2 ** 20],
    ['2M', 2 ** 21],
  ]);
  const byFolio = [...sizes].flatMap(([name, folio]) =>
    [0, 1, 2, 4, 8, 12, 16].map((channels) => {
      const migrator = channels === 0 ? ('baseline' as const) : ('dcbm' as const);
      return {
        cell: { migrator, channels, folio, folios: GIB / folio },
        GBps: rfcByFolio({ migrator, channels }, name)!,
      };
    }),
  );
  const byCount = [1, 8, 16, 32, 64, 256, 1024, 8192].map((folios) => ({
    cell: { migrator: 'dcbm' as const, channels: 1, folio: 2 ** 21, folios },
    GBps: rfcByBatch({ migrator: 'dcbm', channels: 1 }, folios)!,
  }));
  const byThreads = [1, 2, 4, 8, 16].map((threads) => ({
    cell: { migrator: 'mtcopy' as const, threads, folio: 2 ** 21, folios: 512 },
    GBps: rfcByThreads(threads)!,
  }));
  return [...byFolio, ...byCount, ...byThreads];
}

function gbpsOf(machine: ReturnType<typeof fitMachine>, cell: ClosedCell): number {
  return (cell.folio * cell.folios) / closedNs(machine.profile, cell);
}

test('six cells and a data sheet predict the other published cells, and the intervals hold', () => {
  const machine = fitMachine(SHEET, readFigures(SIX));
  const cells = publishedCells();
  const errors = cells.map(({ cell, GBps }) => Math.abs(gbpsOf(machine, cell) / GBps - 1));
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  assert.ok(mean < 0.09, `${mean}`);
  assert.ok(machine.meanError < 0.03, `${machine.meanError}`);
  const inside = cells.filter(({ cell, GBps }) => {
    const { low, high } = predictionInterval(machine.profile, cell, gbpsOf(machine, cell))!;
    return low <= GBps && GBps <= high;
  });
  assert.ok(inside.length >= 0.85 * cells.length, `${inside.length} of ${cells.length}`);
});

test('the same input gives the same profile, to the last digit', () => {
  const [one, other] = [1, 2].map(() => JSON.stringify(fittedFile(fitMachine(SHEET, readFigures(SIX)))));
  assert.equal(one, other);
});

test('figures that a known machine would give find that machine', () => {
  const profile = zen3();
  const cells: ClosedCell[] = publishedCells().map(({ cell }) => cell);
  const figures = cells.map((cell, i) => {
    const figure = { line: i + 2, metric: 'GBps' as const, cell, error: 0.01 };
    return { ...figure, value: predicted(profile, figure) };
  });
  const machine = fitMachine(SHEET, figures);
  assert.ok(machine.meanError < 0.02, `${machine.meanError}`);
  for (const path of ['folioNs', 'pageNs', 'copyGBps'] as const) {
    const ratio = machine.profile.cpu[path] / profile.cpu[path];
    assert.ok(Math.abs(ratio - 1) < 0.15, `${path}: ${ratio}`);
  }
});

test('more figures narrow what they are about, and leave the rest', () => {
  const width = (csv: string, path: string): number => {
    const { low, high } = figureIntervals(fitMachine(SHEET, readFigures(csv))).get(path)!;
    return Math.log(high / low);
  };
  const few = 'folio,value\n2M,10.88\n';
  assert.ok(width(SIX, 'dma.farGBps') < 0.5 * width(few, 'dma.farGBps'));
  assert.ok(width(SIX, 'cpu.pageNs') < width(few, 'cpu.pageNs'));
  const { median, spread } = fitMachine(SHEET, readFigures(few)).priors.find(
    ({ path }) => path === 'topology.deepWakeNs',
  )!;
  const prior = intervalOf(median, spread);
  assert.ok(Math.abs(width(few, 'topology.deepWakeNs') - Math.log(prior.high / prior.low)) < 1e-6);
});

test('the cell that it advises narrows the predictions, and as much as it says', () => {
  const before = fitMachine(SHEET, readFigures(SIX));
  const [best, second] = before.next;
  assert.ok(best!.then < best!.now && best!.then <= second!.then);
  const { cell } = best!;
  const by = cell.channels === undefined ? `mtcopy,,${cell.threads}` : `dcbm,${cell.channels},`;
  const [migrator, channels, threads] = by.split(',');
  const line = `${migrator},${cell.folio},${channels},${threads},${gbpsOf(before, cell)}\n`;
  const after = fitMachine(SHEET, readFigures(SIX + line));
  assert.ok(after.next[0]!.now < before.next[0]!.now);
  assert.ok(!after.next.some((next) => JSON.stringify(next.cell) === JSON.stringify(cell)));
});

test('a figure that was measured again does not count as a figure more', () => {
  const width = (csv: string, path: string): number => {
    const { low, high } = figureIntervals(fitMachine(SHEET, readFigures(csv))).get(path)!;
    return Math.log(high / low);
  };
  const exact = SIX.replace('value', 'value,error').replaceAll(/(\d)\n/g, '$1,0\n');
  const [first, ...lines] = exact.trim().split('\n');
  const repeated = [first, ...lines, ...lines, ...lines].join('\n');
  assert.equal(width(repeated, 'dma.farGBps'), width(exact, 'dma.farGBps'));
  // Runs that agree lower the error of the measurement.
  const rough = exact.replaceAll(/,0\n/g, ',0.3\n');
  const [head, ...runs] = rough.trim().split('\n');
  assert.ok(width([head, ...runs, ...runs].join('\n'), 'dma.farGBps') < width(rough, 'dma.farGBps'));
  // Runs that do not agree say how large it is.
  const apart = `${exact}dcbm,2M,1,,6,0\n`;
  assert.ok(width(apart, 'dma.farGBps') > width(exact, 'dma.farGBps'));
});

test('a figure that the machine cannot have is refused by its line and column', () => {
  const sheet = readMachineSheet({ ...ZEN3, dma: undefined });
  for (const [machine, csv, argument] of [
    [sheet, 'folio,channels,value\n2M,1,12\n', 'line 2, migrator'],
    [SHEET, 'folio,channels,value\n2M,16,60\n2M,17,60\n', 'line 3, channels'],
    [SHEET, 'folio,threads,value\n2M,65,60\n', 'line 2, threads'],
  ] as const) {
    assert.throws(
      () => fitMachine(machine, readFigures(csv)),
      (error) => error instanceof MigrationError && error.code === 'EINVAL' && error.argument === argument,
      argument,
    );
  }
});

test('what no machine near this one explains is doubted, with its unit, and so is what had to be assumed', () => {
  assert.deepEqual(fitMachine(SHEET, readFigures(SIX)).doubts, []);
  const [doubt, ...more] = fitMachine(SHEET, readFigures(`${SIX}baseline,64K,,,9000\n`)).doubts;
  assert.match(doubt!, /^line 8: .* Check its unit, which is GB\/s\.$/);
  assert.deepEqual(more, []);

  const unknown = readMachineSheet({ ...ZEN3, dma: { channels: 16 } });
  const machine = fitMachine(unknown, readFigures('migrator,folio,channels,value\ndcbm,2M,1,12.64\n'));
  assert.match(machine.doubts.join(), /^dma\.engineChannels is not in the data sheet/);
  // Two channels are as fast as one, or twice as fast.
  const two = { migrator: 'dcbm', channels: 2, folio: 2 ** 21, folios: 512 } as const;
  const { low, high } = predictionInterval(machine.profile, two, gbpsOf(machine, two))!;
  assert.ok(low > 0.85 * 12.64 && low < 1.15 * 12.64, `from ${low}`);
  assert.ok(high > 1.8 * 12.64 && high < 2.4 * 12.64, `to ${high}`);
});

test('every metric constrains the fit: the copy alone, its share, and the latency of one folio', () => {
  const csv = 'metric,folio,value\ncopyGBps,2M,8\ncopyShare,4K,0.3\nlatencyNs,4K,9000\n';
  const figures = readFigures(csv);
  assert.deepEqual(
    figures.map(({ cell }) => cell.folios),
    [512, 262_144, 1],
  );
  const machine = fitMachine(readMachineSheet({ ...ZEN3, dma: undefined }), figures);
  for (const { fitted, value, metric } of machine.figures) {
    assert.ok(Math.abs(fitted / value - 1) < 0.1, `${metric}: ${fitted}`);
  }
  assert.equal(machine.profile.dma.channels, 0);
});

test('the file is a profile with an interval of each fitted figure, and comes back the same', () => {
  const machine = fitMachine(SHEET, readFigures(SIX));
  const file = JSON.parse(JSON.stringify(fittedFile(machine)));
  const { low, value, high } = file.dma.descriptorNs;
  assert.ok(low < value && value < high);
  const profile = readProfile(file);
  assert.deepEqual(profile.uncertainty!.figures, machine.uncertainty.figures);
  const cell = { migrator: 'dcbm', channels: 4, folio: 65_536, folios: 16_384 } as const;
  const [here, there] = [machine.profile, profile].map((each) => predictionInterval(each, cell, 10)!);
  assert.ok(Math.abs(here!.low / there!.low - 1) < 0.01);
  // A figure that is set is exact, so the interval is narrower.
  const set = predictionInterval(withFigures(profile, { 'dma.descriptorNs': 9000 }), cell, 10)!;
  assert.ok(set.high - set.low < there!.high - there!.low);
  assert.equal(predictionInterval(zen3(), cell, 10), undefined);
});

test('a file whose uncertainty is wrong is refused by its path', () => {
  const file = (): Record<string, unknown> & { uncertainty: Record<string, unknown> } =>
    JSON.parse(JSON.stringify(fittedFile(fitMachine(SHEET, readFigures(SIX)))));
  for (const [path, change] of [
    ['uncertainty.model', { model: -1 }],
    ['uncertainty.figures', { figures: 3 }],
    ['uncertainty.figures[0]', { figures: ['cpu.nothing'] }],
    ['uncertainty.covariance', { covariance: [] }],
    ['uncertainty.more', { more: 1 }],
  ] as const) {
    const json = file();
    Object.assign(json.uncertainty, change);
    assert.throws(
      () => readProfile(json),
      (error) => error instanceof MigrationError && error.argument === path,
      path,
    );
  }
});

test('a wrong line of figures is refused by its line and column', () => {
  for (const [csv, argument] of [
    ['', 'figures'],
    ['folio,value\n', 'figures'],
    ['folio,speed\n4K,1\n', 'line 1, speed'],
    ['folio,folio,value\n4K,4K,1\n', 'line 1, folio'],
    ['folio\n4K\n', 'line 1, value'],
    ['folio,value\n4K\n', 'line 2'],
    ['folio,value\n\n# a comment\n3K,1\n', 'line 4, folio'],
    ['folio,value\n4K,\n', 'line 2, value'],
    ['folio,value\n4K,fast\n', 'line 2, value'],
    ['folio,value\n4K,-1\n', 'line 2, value'],
    ['folio,value,metric\n4K,1,speed\n', 'line 2, metric'],
    ['folio,value,metric\n4K,1.5,copyShare\n', 'line 2, value'],
    ['folio,value,migrator,channels\n4K,1,mtcopy,3\n', 'line 2, channels'],
    ['folio,value,migrator,threads\n4K,1,dcbm,3\n', 'line 2, threads'],
    ['folio,value,threads\n4K,1,1.5\n', 'line 2, threads'],
    ['folio,value,count,bytes\n4K,1,3,8K\n', 'line 2, bytes'],
    ['folio,value,bytes\n2M,1,3M\n', 'line 2, bytes'],
    ['folio,value,error\n2M,1,-1\n', 'line 2, error'],
  ] as const) {
    assert.throws(
      () => readFigures(csv),
      (error) => error instanceof MigrationError && error.code === 'EINVAL' && error.argument === argument,
      argument,
    );
  }
});

test('a wrong data sheet is refused by the path', () => {
  for (const [change, argument] of [
    [{ schema: 'x' }, 'schema'],
    [{ cpus: undefined }, 'cpus'],
    [{ cpus: 0 }, 'cpus'],
    [{ cores: 3 }, 'cores'],
    [{ memory: undefined }, 'memory'],
    [{ memory: { channels: 8 } }, 'memory.channelGBps'],
    [{ links: { count: 1.5, GBps: 3 } }, 'links.count'],
    [{ dma: { channels: 1, speed: 3 } }, 'dma.speed'],
    [{ dma: [] }, 'dma'],
    [{ name: '' }, 'name'],
    [{ name: 'a\u001b[31mb' }, 'name'],
    [{ name: 'a', description: 'two\nlines' }, 'description'],
    [{ sockets: 16 }, 'sockets'],
    [{ domains: 65 }, 'domains'],
    [{ cpus: 1, domains: undefined }, 'sockets'],
    [{ dma: { channels: 2, engineChannels: 4 } }, 'dma.engineChannels'],
    [{ latencyCurve: [[1, 2]] }, 'latencyCurve'],
    [
      {
        latencyCurve: [
          [1, 90],
          [1, 95],
          [2, 99],
        ],
      },
      'latencyCurve[1][0]',
    ],
  ] as const) {
    assert.throws(
      () => readMachineSheet({ ...ZEN3, ...change }),
      (error) => error instanceof MigrationError && error.argument === argument,
      argument,
    );
  }
});

test('a bandwidth-latency curve gives its knee', () => {
  for (const knee of [1.5, 3, 8]) {
    const limit = 100;
    const curve = [0, 10, 30, 50, 70, 90, 98].map((load): [number, number] => [
      load,
      90 * (1 - (load / limit) ** knee) ** (-1 / knee),
    ]);
    const found = kneeOf(curve);
    assert.ok(found > 0.8 * knee && found < 1.25 * knee, `${knee}: ${found}`);
  }
});
