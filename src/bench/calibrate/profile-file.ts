import { summarize } from '../../common/summary.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import { OPTIONAL_FIGURES, PROFILE_FIGURES, PROFILE_SCHEMA } from '../../sim/profile/read-profile.js';
import type { Measurements } from './measure.js';
import { type MoveSample, spreadOf } from './move-sample.js';

/** Significant digits of a measured figure. More would claim too much. */
const DIGITS = 4;

/** A figure as the file has it. */
interface FileFigure {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

/** The content of a profile file, with the source of each figure. */
export function profileFile(profile: HardwareProfile, measured: Measurements): Record<string, unknown> {
  const sources = sourcesOf(profile, measured);
  const ranges =
    profile.tables === undefined ? PROFILE_FIGURES : { ...PROFILE_FIGURES, tables: OPTIONAL_FIGURES.tables };
  const groups = Object.entries(ranges).map(([group, figures]) => {
    const values = profile[group as keyof Sources] as unknown as Record<string, number>;
    const texts = sources[group as keyof Sources] as Record<string, string>;
    const entries = Object.entries(figures).map(([name, { unit }]): [string, FileFigure] => [
      name,
      { value: rounded(values[name]!), unit, source: texts[name]! },
    ]);
    return [group, Object.fromEntries(entries)] as const;
  });
  const { name, description } = profile;
  return { schema: PROFILE_SCHEMA, name, description, ...Object.fromEntries(groups) };
}

type Ranges = typeof PROFILE_FIGURES & Pick<typeof OPTIONAL_FIGURES, 'tables' | 'soft'>;

type Sources = {
  readonly [Group in keyof Ranges]: { readonly [Figure in keyof Ranges[Group]]: string };
};

function sourcesOf({ cpu }: HardwareProfile, measured: Measurements): Sources {
  const { date, rounds, moves, channel, memoryGBps, loopsPerSecond } = measured;
  const on = `measured ${date} by pageferry calibrate`;
  const taken = (what: string, spread: number) =>
    `${on}: ${what}, median of ${rounds} rounds, middle half within ${Math.round(100 * spread)} %`;
  const plain = moves.filter(({ migrator }) => migrator === 'baseline');
  const offloaded = moves.filter(({ migrator }) => migrator !== 'baseline');
  const [plainSpread, offloadedSpread] = [typicalSpread(plain), typicalSpread(offloaded)];
  const phases = taken(`fitted to ${plain.length} rows of migrations without a migrator`, plainSpread);
  const whole = taken(
    `fitted to ${plain.length + offloaded.length} rows of migrations, with and without offload`,
    plainSpread,
  );
  const copies = taken(
    `fitted to ${offloaded.length} rows of migrations with mtcopy and dcbm`,
    offloadedSpread,
  );
  const direct = summarize(memoryGBps).median.toFixed(1);
  const cold = cpu.coldMiB > 0 ? phases : `${phases}: no slower start was measured`;
  const trips = (spread: number) => taken('round trips of 64-byte descriptors of a soft channel', spread);
  const soft = 'soft channels: src/dmaengine/soft';
  const tables = taken(
    `fitted to ${measured.tables.length} rows of migrations by whole page tables`,
    typicalSpread(measured.tables),
  );
  const rate = `${copies}; soft channels are identical`;
  return {
    cpu: {
      callNs: phases,
      folioNs: whole,
      pageNs: whole,
      pmdNs: whole,
      unmapShare: phases,
      flushNs: whole,
      copyCallNs: whole,
      copyGBps: whole,
      coldNsPerMiB: cold,
      coldMiB: cold,
      wakeNs: trips(spreadOf(channel.map(({ wakeNs }) => wakeNs))),
      sliceNs: measured.sliceNs.source,
      cpus: 'os.availableParallelism()',
      loopsPerSecond: taken('an empty counting loop in JavaScript', spreadOf(loopsPerSecond)),
    },
    memory: {
      copyGBps: `${copies}; all CPUs copying, with no other work, reached ${direct} GB/s`,
      nodePages: '/proc/meminfo or /sys/devices/system/node: memory of the target node',
    },
    dma: {
      channels: `${soft}; dcbm uses up to 16`,
      nearChannels: `${soft} are identical`,
      nearGBps: rate,
      farGBps: rate,
      descriptorNs: trips(spreadOf(channel.map(({ descriptorNs }) => descriptorNs))),
      submitNs: trips(spreadOf(channel.map(({ submitNs }) => submitNs))),
      queueDepth: soft,
      iommu: `${soft} copy with the addresses of the program`,
      maxSegmentBytes: soft,
    },
    tables: {
      supported: `${on}: most pages of these migrations moved with their page tables`,
      leaveNs: tables,
      arriveNs: tables,
      callNs: tables,
    },
    soft: { channelCpus: `${soft}: each is a thread` },
    compaction: { scanNs: 'not measured: no compaction by the kernel was started' },
  };
}

function typicalSpread(rows: readonly MoveSample[]): number {
  return rows.length === 0 ? 0 : summarize(rows.map(({ spread }) => spread)).median;
}

/** Leaves whole numbers unchanged, as a count has no error. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
}
