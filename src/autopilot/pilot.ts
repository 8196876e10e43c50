import { describe, describeThrown } from '../common/describe-value.js';
import { clearInterval, clearTimeout, setInterval, setTimeout } from '../common/host-timers.js';
import { invalidArgument, MigrationError } from '../common/migration-error.js';
import { PAGE_SIZE } from '../common/page.js';
import type { Ferry } from '../ferry/ferry.js';
import { defaultHalfLife, type HeatOptions } from '../ferry/heat.js';
import { Region } from '../ferry/region.js';
import type { ActuatorName, ActuatorReport, Autopilot, AutopilotReport } from './autopilot.js';
import { countAutopilot } from './autopilots-of.js';
import { Budget } from './budget.js';
import { Decider } from './decider.js';
import { CpuShortage, hasLockedMemory, hugePageSetting, type Swap, swapOf } from './host-state.js';
import { HugePlacement } from './huge-pages.js';
import { Ledger } from './ledger.js';
import { locate, type ManagedRegion, noteLocked } from './managed-region.js';
import { Mover } from './mover.js';
import { NodeTimes } from './node-times.js';
import { type FilledOptions, OPERATION } from './options.js';
import { PageOut } from './page-out.js';
import { Pauses } from './pauses.js';
import { type DecisionObserver, type Epoch, NodePlacement } from './placement.js';
import { hasEnded, RegionWatch, type WatchRegion } from './region-watch.js';
import { Units } from './units.js';

/** Any time will do. */
const ALIVE_MS = 1000;
/** Of the CPU time, the part for watching. */
const WATCHING = 0.5;

/** An autopilot: in each epoch it watches, decides and acts. */
export class Pilot implements Autopilot {
  readonly #ferry: Ferry;
  readonly #options: FilledOptions;
  readonly #watchRegion: WatchRegion;
  readonly #failed: (problem: string) => void;
  readonly #managed = new Map<number, ManagedRegion>();
  readonly #units = new Units();
  readonly #ledger = new Ledger();
  readonly #budget: Budget;
  readonly #pauses: Pauses;
  readonly #mover: Mover;
  readonly #decider: Decider;
  readonly #nodes: NodePlacement;
  readonly #huge: HugePlacement;
  readonly #pageOut: PageOut;
  readonly #cpus = new CpuShortage();
  readonly #actuators: Record<ActuatorName, ActuatorReport>;
  readonly #stop = new AbortController();
  /** Regions that were added, and those that were removed. */
  readonly #added = new Set<Region>();
  readonly #removed = new WeakSet<Region>();
  readonly #startedAt = performance.now();
  /** Index of each node of the ferry, the fastest first. */
  #order: readonly number[];
  /** Access times in the order of the ferry's nodes. */
  #accessNs: readonly number[];
  #times: NodeTimes | undefined;
  #nextIndex = 0;
  #source: string | null = null;
  #state: AutopilotReport['state'] = 'running';
  #problem: string | null = null;
  #epochs = 0;
  #yielded = 0;
  #raisedPriority = false;
  #endedAt: number | undefined;
  /** When the heat of the last epoch was taken, on its clock. */
  #lastAtMs: number | undefined;
  /** CPU time of the watches of regions that it does not have any more. */
  #formerWatchingNs = 0;
  readonly #ended: () => void;
  readonly #over: Promise<void>;

  /**
   * @param watch Watches a region. Tests know the heat.
   * @param failed Is called if it ends by an error of its own. The report has the problem, too.
   * @param observer For benches.
   */
  constructor(
    ferry: Ferry,
    options: FilledOptions,
    watch: WatchRegion = (region, given) => region.heat(given),
    failed: (problem: string) => void = warn,
    observer?: DecisionObserver,
  ) {
    const now = performance.now();
    this.#ferry = ferry;
    this.#options = options;
    this.#watchRegion = watch;
    this.#failed = failed;
    const units = this.#units;
    const ledger = this.#ledger;
    this.#budget = new Budget(options.bytesPerSecond, options.cpuShare * (1 - WATCHING), now);
    this.#pauses = new Pauses(options.maxPauseMs * 1e6, ferry.batchBytes);
    const parts = { units, ledger, budget: this.#budget, pauses: this.#pauses, signal: this.#stop.signal };
    this.#mover = new Mover(ferry, parts);
    this.#decider = new Decider(ferry, options.policy);
    this.#nodes = new NodePlacement(ferry, options.headroom, { ...parts, decider: this.#decider, observer });
    this.#huge = new HugePlacement(ferry, parts);
    this.#pageOut = new PageOut(ferry, options.coldMs, ledger);
    this.#accessNs = options.accessNs ?? ferry.nodeIds.map(() => 1);
    this.#order = fastestFirst(this.#accessNs);
    this.#actuators = actuatorsOf(ferry, options);
    this.#cpus.look(now);
    this.#ended = countAutopilot(ferry, () => this.report());
    this.#over = this.#run();
  }

  add(region: Region): void {
    this.#checkRegion('add', region);
    if (!this.#ferry.regions.includes(region)) {
      throw invalidArgument('autopilot.add', 'region', 'must be a region of the ferry that is not released');
    }
    this.#removed.delete(region);
    this.#added.add(region);
  }

  remove(region: Region): void {
    this.#checkRegion('remove', region);
    this.#added.delete(region);
    this.#removed.add(region);
    for (const managed of this.#managed.values()) if (managed.region === region) managed.watch.end();
  }

  report(): AutopilotReport {
    const managed = [...this.#managed.values()];
    const watchingNs = managed.reduce((sum, { watch }) => sum + watch.cpuNs, this.#formerWatchingNs);
    const bytesOf = (of: readonly ManagedRegion[]) =>
      of.reduce((sum, { region }) => sum + region.migratableBytes, 0);
    const { batches, p999Ns, maxNs, batchBytes } = this.#pauses;
    return {
      state: this.#state,
      problem: this.#problem,
      policy: this.#decider.name,
      policyError: errorOf(this.#decider.problem),
      source: this.#source,
      actuators: this.#actuatorReports(),
      regions: managed.length,
      bytes: bytesOf(managed),
      unwatchedBytes: bytesOf(managed.filter(({ watch }) => watch.problem !== undefined)),
      elapsedMs: (this.#endedAt ?? performance.now()) - this.#startedAt,
      epochs: this.#epochs,
      yieldedEpochs: this.#yielded,
      moves: this.#ledger.moves,
      refused: this.#ledger.refusals,
      pingPongs: this.#ledger.pingPongs,
      hugeBytes: this.#ledger.hugeBytes,
      hitRatio: this.#nodes.hitRatio,
      predictedGainNs: this.#ledger.predictedGainNs,
      pauses: { batches, p999Ns, maxNs, raisedPriority: this.#raisedPriority },
      batchBytes,
      cpuNs: { watching: watchingNs, moving: this.#mover.cpuNs },
      nodes: this.#order.map((node) => ({ id: this.#ferry.nodeIds[node]!, accessNs: this.#accessNs[node]! })),
    };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    for (const { watch } of this.#managed.values()) watch.end();
    const deciding = this.#decider.close();
    // Watches do not keep the process alive. The caller waits for the end.
    const alive = setInterval(() => undefined, ALIVE_MS);
    await Promise.all([this.#over, deciding]).finally(() => clearInterval(alive));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    try {
      this.#raisePriority();
      if (this.#actuators.nodes.on && this.#options.accessNs === undefined) this.#startTimes();
      while (!this.#stop.signal.aborted) {
        await this.#watch();
        if (this.#stop.signal.aborted) break;
        await this.#act();
        this.#epochs++;
      }
      this.#end();
    } catch (error) {
      if (hasEnded(error)) this.#end();
      else this.#fail(error);
    } finally {
      this.#endedAt = performance.now();
      this.#ended();
      for (const { watch } of this.#managed.values()) watch.end();
      await Promise.all([
        this.#decider.close(),
        this.#times?.close().catch(() => undefined),
        // A ferry that has ended has no thread any more.
        this.#ferry.raisePriority(false).catch(() => undefined),
      ]);
    }
  }

  /** The migration thread has little to do. A thread that touches a page in flight waits until that thread gets a CPU. */
  #raisePriority(): void {
    const raised = (done: boolean): void => {
      this.#raisedPriority = done;
    };
    // It rejects if the ferry has ended.
    this.#ferry.raisePriority(true).then(raised, () => undefined);
  }

  /** It was stopped, or its ferry has ended. */
  #end(): void {
    this.#state = 'stopped';
    try {
      this.#ferry.checkOpen(OPERATION);
    } catch (error) {
      // A closed ferry has stopped it. A failed one has reported the failure itself.
      if (!(error instanceof MigrationError) || error.code === 'EBADF') return;
      this.#state = 'failed';
      this.#problem = error.message;
    }
  }

  /** An error that nobody expects. Memory stays where it is, and the program continues. */
  #fail(error: unknown): void {
    this.#state = 'failed';
    this.#problem = describeThrown(error);
    this.#failed(this.#problem);
  }

  #startTimes(): void {
    try {
      this.#times = NodeTimes.start(this.#ferry);
    } catch (error) {
      if (!(error instanceof MigrationError) || hasEnded(error)) throw error;
      this.#actuators.nodes = { on: false, why: `the access times cannot be measured: ${error.problem}` };
    }
  }

  /** Watches all regions for an epoch. */
  async #watch(): Promise<void> {
    this.#takeRegions();
    const managed = [...this.#managed.values()];
    const now = performance.now();
    const share = this.#options.cpuShare * WATCHING;
    // In powers of two, because a watch with another share begins from the beginning.
    const cpuShare = share / 2 ** Math.ceil(Math.log2(Math.max(1, managed.length)));
    const { epochMs, source } = this.#options;
    const options: HeatOptions = {
      source,
      intervalMs: epochMs,
      halfLifeMs: defaultHalfLife(source),
      cpuShare,
      stallShare: cpuShare,
      keepAlive: false,
    };
    const seen = await Promise.all(
      managed.map(async (each) => {
        each.latest = await each.watch.next(options, now);
        return each.latest;
      }),
    );
    if (!seen.some((each) => each !== undefined)) await this.#sleep(epochMs);
  }

  /** Takes regions that have come, and drops those that are gone. */
  #takeRegions(): void {
    const { regions } = this.#options;
    const wanted = new Set<Region>(this.#added);
    if (regions === 'all') for (const region of this.#ferry.regions) wanted.add(region);
    for (const region of wanted) {
      if (region.released || this.#removed.has(region) || this.#times?.owns(region) === true)
        wanted.delete(region);
    }
    for (const region of this.#added) if (region.released) this.#added.delete(region);
    for (const [index, managed] of this.#managed) {
      if (wanted.delete(managed.region)) continue;
      managed.watch.end();
      this.#formerWatchingNs += managed.watch.cpuNs;
      this.#units.drop(managed.units);
      this.#managed.delete(index);
    }
    for (const region of wanted) {
      const index = this.#nextIndex++;
      this.#managed.set(index, {
        region,
        index,
        watch: new RegionWatch(region, this.#watchRegion, {}),
        units: { extents: [], units: 0, pages: 0 },
        latest: undefined,
        watchedNs: 0,
        hand: 0,
        locked: false,
      });
    }
    if (this.#units.compact([...this.#managed.values()].map(({ units }) => units))) this.#decider.reset();
  }

  async #act(): Promise<void> {
    const now = performance.now();
    const short = this.#cpus.look(now);
    if (short) this.#yielded++;
    const maxBytes = this.#budget.begin(now, short);
    const numberOf = new Map(this.#order.map((node, number) => [this.#ferry.nodeIds[node]!, number]));
    const locked = hasLockedMemory();
    let atMs = 0;
    let latest: ManagedRegion['latest'];
    const seen: ManagedRegion[] = [];
    for (const managed of this.#managed.values()) {
      if (managed.latest === undefined || managed.region.released) continue;
      const { snapshot } = managed.latest;
      this.#units.fit(managed.units, managed.index, snapshot.bytes / PAGE_SIZE);
      this.#units.take(managed.units, snapshot, now);
      noteLocked(managed, this.#units, locked);
      seen.push(managed);
      if (snapshot.atMs >= atMs) {
        atMs = snapshot.atMs;
        latest = managed.latest;
      }
    }
    // All at once, because a region answers only after its migrations, which may be many.
    await Promise.all(
      seen.map((managed) => this.#guarded(managed, () => locate(managed, this.#units, numberOf))),
    );
    if (latest === undefined || this.#stop.signal.aborted) return;
    this.#source = latest.snapshot.source;
    await this.#measureNodes(now);
    // By the clock of the heat, as the ages and the rates are.
    const epochMs = atMs - (this.#lastAtMs ?? atMs - this.#options.epochMs);
    this.#lastAtMs = atMs;
    const epoch: Epoch = {
      now,
      epochMs: Math.max(1, epochMs),
      halfLifeMs: defaultHalfLife(this.#options.source),
      heat: this.#units.heat(atMs, latest.snapshot.source, latest.snapshot.sees),
      accessNs: this.#order.map((node) => this.#accessNs[node]!),
      maxBytes,
      managed: this.#managed,
      stopping: () => this.#stop.signal.aborted,
    };
    this.#mover.begin();
    try {
      const { nodes, hugePages, pageOut } = this.#actuators;
      if (nodes.on) await this.#nodes.act(epoch, this.#units, this.#mover, this.#order);
      const { coldMs } = this.#pageOut;
      if (hugePages.on) await this.#huge.act(epoch, this.#units, this.#mover, this.#order, coldMs);
      if (pageOut.on) await this.#pageOut.act(epoch, this.#units, this.#mover, this.#order);
    } finally {
      this.#mover.end();
      this.#budget.end();
    }
  }

  /** Does something with a region, which the program may release at any time. Its units are then left alone until it is dropped. */
  async #guarded(managed: ManagedRegion, use: () => Promise<void>): Promise<void> {
    try {
      await use();
    } catch (error) {
      if (!(error instanceof MigrationError) || hasEnded(error)) throw error;
      this.#units.drop(managed.units);
      managed.units.pages = 0;
    }
  }

  async #measureNodes(now: number): Promise<void> {
    const times = await this.#times?.measure(now);
    if (times === undefined) return;
    // The order is that without load, and stays: a policy knows the nodes by it.
    const first = this.#accessNs.every((ns) => ns === 1);
    this.#accessNs = times;
    if (!first) return;
    this.#order = fastestFirst(times);
    // Units were located by the order before.
    for (const { units } of this.#managed.values()) {
      this.#units.drop(units);
      units.pages = 0;
    }
    this.#decider.reset();
  }

  /** Without a policy that decides, the nodes are off. */
  #actuatorReports(): Record<ActuatorName, ActuatorReport> {
    const { problem } = this.#decider;
    if (problem === undefined || !this.#actuators.nodes.on) return { ...this.#actuators };
    return { ...this.#actuators, nodes: { on: false, why: problem.problem } };
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const timer = setTimeout(end, ms);
      timer.unref();
      function end(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      }
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }

  #checkRegion(operation: string, region: unknown): void {
    if (region instanceof Region) return;
    throw invalidArgument(
      `autopilot.${operation}`,
      'region',
      `must be a region of the ferry, not ${describe(region)}`,
    );
  }
}

function warn(problem: string): void {
  process.emitWarning(`the autopilot has ended: ${problem}`, { code: 'PAGEFERRY_AUTOPILOT_FAILED' });
}

function errorOf(error: MigrationError | undefined): AutopilotReport['policyError'] {
  return error === undefined ? null : { code: error.code, message: error.message };
}

function fastestFirst(accessNs: readonly number[]): number[] {
  return accessNs.map((_, node) => node).sort((a, b) => accessNs[a]! - accessNs[b]! || a - b);
}

/** Which actuators are on, and why. */
function actuatorsOf(ferry: Ferry, options: FilledOptions): Record<ActuatorName, ActuatorReport> {
  const { actuators, accessNs } = options;
  const asked = (name: ActuatorName, possible: string | undefined): ActuatorReport | undefined => {
    if (actuators[name] === false) return { on: false, why: 'switched off by options.actuators' };
    if (possible !== undefined) return { on: false, why: possible };
    if (actuators[name] === true) return { on: true, why: 'switched on by options.actuators' };
    return undefined;
  };
  return {
    nodes:
      asked('nodes', ferry.nodeIds.length < 2 ? 'the ferry has one node' : undefined) ??
      byNodes(ferry, accessNs),
    hugePages: asked('hugePages', undefined) ?? byHugePages(hugePageSetting()),
    pageOut: asked('pageOut', undefined) ?? bySwap(swapOf()),
  };
}

function byNodes(ferry: Ferry, accessNs: readonly number[] | undefined): ActuatorReport {
  if (accessNs !== undefined) {
    const differ = new Set(accessNs).size > 1;
    return { on: differ, why: differ ? 'options.accessNs differ' : 'options.accessNs do not differ' };
  }
  const numa = new Set(ferry.nodes.map(({ numaNode }) => numaNode)).size;
  if (numa > 1) return { on: true, why: `the nodes are on ${numa} NUMA nodes` };
  return { on: false, why: 'all nodes are on the same NUMA node, so no access gets faster' };
}

function byHugePages(setting: string | undefined): ActuatorReport {
  if (setting === 'always' || setting === 'madvise') {
    return { on: true, why: `the host makes huge pages (transparent_hugepage/enabled is '${setting}')` };
  }
  if (setting === undefined) return { on: false, why: 'the kernel has no transparent huge pages' };
  return {
    on: false,
    why: `the host does not want huge pages (transparent_hugepage/enabled is '${setting}')`,
  };
}

function bySwap(swap: Swap): ActuatorReport {
  if (swap === 'memory') return { on: true, why: 'the swap of the host is in memory (zram)' };
  if (swap === 'none') return { on: false, why: 'the host has no swap' };
  return {
    on: false,
    why: 'the swap of the host is on a disk. options.actuators.pageOut: true switches it on',
  };
}
