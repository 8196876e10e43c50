import assert from 'node:assert/strict';
import { checkCounters } from '../../src/mm/audit/counter-equations.js';
import type { MovePlan, WriteProtectOptions } from '../../src/mm/pipeline/batch-slot.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { type MigrateRequest, migratePages } from '../../src/mm/pipeline/migrate-pages.js';
import type { Machine } from '../../src/mm/ports/machine.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { BatchOffload } from '../../src/offload/batch-offload.js';
import type { Migrator } from '../../src/offload/migrator.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import type { Setting } from '../../src/offload/settings.js';
import { FakeMachine, type FakeMachineOptions } from '../machine/fake-machine.js';
import type { Folio } from '../machine/hand-migration.js';

/** The first page of the program in the tests of the pipeline; two 2M folios have room from here on. */
export const FIRST = 512;
export const PAGES = 1024;
export const SOURCE = 0;
export const TARGET = 1;

/** A machine with a program on node 0 and, unless said otherwise, plenty of room on node 1. */
export function machineWith(options: FakeMachineOptions = {}): FakeMachine {
  const fake = new FakeMachine({ capacity: [2048, 2048], pageBytes: 64, ...options });
  fake.memory.populate(FIRST, PAGES, SOURCE);
  return fake;
}

export interface MigrateOptions extends Partial<Pick<MovePlan, 'reason' | 'mode' | 'batchPages'>> {
  readonly migrator?: Migrator;
  readonly reasonMask?: number;
  readonly settings?: Partial<Record<Setting, number>>;
  /** Readers go on: base pages of a piece (by default a whole batch), and whether copies are compared. */
  readonly writeProtected?: { readonly pages?: number; readonly compare?: boolean };
  /** What the pipeline is to see instead of the fake itself. */
  readonly machine?: Machine;
}

export interface Failure {
  readonly page: number;
  readonly pages: number;
  readonly errno: number;
}

export interface Outcome {
  readonly result: number;
  readonly stats: MigrateStats;
  readonly failures: Failure[];
}

export function folioList(folios: readonly Folio[]): FolioList {
  const list = new FolioList();
  for (const [page, order] of folios) list.push(page, order);
  return list;
}

/** `count` folios of `order`, one after the other. */
export function row(count: number, order = 0, first = FIRST): Folio[] {
  return Array.from({ length: count }, (_, i): Folio => [first + (i << order), order]);
}

/** What of a request is to be other than `requestOn` has it. */
export type RequestOptions = Partial<Omit<MigrateRequest, 'plan'> & Omit<MovePlan, 'target'>>;

/** A migration of the fake's program to the target node, four base pages a batch, unless `more` says otherwise. */
export function requestOn(
  fake: FakeMachine,
  registry: MigratorRegistry,
  { reason = 'syscall', mode = 'sync', batchPages = 4, ...more }: RequestOptions = {},
): MigrateRequest {
  return {
    machine: fake,
    offload: new BatchOffload(registry, more.machine ?? fake),
    space: fake.space,
    plan: { target: TARGET, reason, mode, batchPages },
    ...more,
  };
}

export function writeProtectedOf({
  pages = 262_144,
  compare = false,
}: NonNullable<MigrateOptions['writeProtected']> = {}): WriteProtectOptions {
  return { piecePages: () => pages, compare: () => compare };
}

/** Migrates `folios` to the target node. Whatever comes of it, the machine must come out whole. */
export function migrate(fake: FakeMachine, folios: readonly Folio[], options: MigrateOptions = {}): Outcome {
  const machine = options.machine ?? fake;
  const registry = new MigratorRegistry();
  if (options.reasonMask !== undefined) registry.settings.set('reason_mask', options.reasonMask);
  for (const [setting, value] of Object.entries(options.settings ?? {})) {
    registry.settings.set(setting as Setting, value);
  }
  if (options.migrator !== undefined) registry.register(options.migrator);
  const stats = new MigrateStats();
  const failures: Failure[] = [];
  try {
    const request = requestOn(fake, registry, {
      machine,
      reason: options.reason ?? 'syscall',
      mode: options.mode ?? 'sync',
      batchPages: options.batchPages ?? 512,
      ...(options.writeProtected === undefined
        ? {}
        : { writeProtected: writeProtectedOf(options.writeProtected) }),
      stats,
      onFailure: (page, pages, errno) => failures.push({ page, pages, errno }),
    });
    const result = migratePages(request, folioList(folios));
    assert.deepEqual(checkCounters(stats), []);
    return { result, stats, failures };
  } finally {
    fake.audit();
  }
}

/** Asserts that the folios are on `node`, and that they have kept their content wherever they are. */
export function checkFolios(fake: FakeMachine, folios: readonly Folio[], node: number): void {
  for (const [first, order] of folios) {
    const pages = 1 << order;
    fake.memory.checkContent(first, pages);
    for (let page = first; page < first + pages; page++) {
      assert.equal(fake.memory.nodeOf(page), node, `page ${page} is on the wrong node`);
    }
  }
}

/** Asserts the values of these counters. */
export function checkStats(stats: MigrateStats, expected: Partial<Record<string, number>>): void {
  const all: Record<string, number> = stats.toObject();
  const actual = Object.fromEntries(Object.keys(expected).map((name) => [name, all[name]]));
  assert.deepEqual(actual, expected);
}
