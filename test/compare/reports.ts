/** Reports as small as their schemas allow. */
type Json = Record<string, unknown>;

export const moveRow = (more: Json = {}): Json => ({
  folio: '4K',
  migrator: 'dcbm',
  channels: 2,
  layout: 'contiguous',
  bytes: 2 ** 24,
  runs: 5,
  medianGBps: 5,
  minGBps: 4,
  maxGBps: 6,
  threads: 1,
  batch: null,
  gaps: 'skip',
  ...more,
});

export const moveReport = (rows: readonly Json[], more: Json = {}): Json => ({
  schema: 'pageferry.bench.move/2',
  host: { kernel: 'Linux 6.18', cpus: 2, nodes: [{ id: 0 }, { id: 1 }] },
  options: { depth: 2, inject: {} },
  rows,
  ...more,
});

export const stallRow = (more: Json = {}): Json => ({
  folio: '4K',
  batchBytes: 2 ** 21,
  copyMode: 'exclusive',
  cutoverBytes: null,
  migrator: 'mtcopy',
  channels: 1,
  threads: 2,
  role: 'reader',
  p9999us: 100,
  GBps: 4,
  rounds: [
    { GBps: 3, p9999us: 90 },
    { GBps: 4, p9999us: 100 },
    { GBps: 5, p9999us: 110 },
  ],
  ...more,
});

export const heatRow = (more: Json = {}): Json => ({
  program: 'hot-set',
  source: 'hint',
  truth: 'interval',
  snapshots: 26,
  precision: { median: 0.9, min: 0.8, max: 1 },
  recall: { median: 0.9, min: 0.8, max: 1 },
  lag: { moves: 5, unseen: 0, medianMs: 1000, minMs: 900, maxMs: 1200 },
  cpuOfSnapshots: { median: 0.9, min: 0.8, max: 1.1 },
  slowdownPercent: 1,
  onP9999us: 50,
  rounds: [
    { slowdownPercent: 0.5, onP9999us: 40 },
    { slowdownPercent: 1, onP9999us: 50 },
    { slowdownPercent: 2, onP9999us: 60 },
  ],
  ...more,
});

export const accessRow = (more: Json = {}): Json => ({
  how: 'promote',
  pages: 'prefilled',
  migrator: 'baseline',
  threads: 1,
  copyMode: 'exclusive',
  runs: 3,
  medianGBps: 5,
  minGBps: 4,
  maxGBps: 6,
  ...more,
});

export const compactionRun = (
  mode: string,
  nsPerPage: number | null,
  hogIterations: number | null,
): Json => ({
  mode,
  trigger: 'sysctl',
  nsPerPage,
  hogIterations,
});

export const simRow = (more: Json = {}): Json => ({
  folio: '4K',
  folios: 16,
  migrator: 'baseline',
  GBps: 3,
  sysNs: 100,
  idleNs: 0,
  fallbacks: 0,
  wrongPages: 0,
  ...more,
});

export const simCompactionRow = (more: Json = {}): Json => ({
  migrator: 'dcbm',
  channels: 1,
  hogs: 0,
  wallMs: 10,
  migrated: 100,
  offloaded: 100,
  hogIterations: 0,
  scanned: 400,
  userPercent: 0,
  sysPercent: 80,
  idlePercent: 20,
  wrongPages: 0,
  ...more,
});
