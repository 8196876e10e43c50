import { PAGE_SIZE } from '../../common/page.js';
import {
  checkBooks,
  type MachineBooks,
  type NodeBooks,
  type Violation,
} from '../../mm/audit/machine-books.js';
import type { NodePools } from '../memory/node-pools.js';
import type { PagesOut } from '../memory/pages-out.js';
import type { Quarantine } from '../memory/quarantine.js';
import type { Regions } from '../memory/regions.js';
import type { Journal } from '../rescue/journal.js';
import { isMapped } from '../sys/mman.js';
import type { Pagemap } from '../sys/pagemap.js';
import type { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import {
  checkCounts,
  checkPages,
  checkShadow,
  countChunks,
  countFrames,
  type QuarantinedRun,
} from './pool-audit.js';

export interface AuditedParts {
  readonly uffd: Userfaultfd;
  readonly pagemap: Pagemap;
  readonly pools: NodePools;
  readonly regions: Regions;
  readonly out: PagesOut;
  readonly journal: Journal;
  readonly quarantine: Quarantine;
}

/**
 * Audits real memory between two steps of a migration. It checks the books against themselves and against the kernel's page
 * tables. It changes nothing.
 */
export class MachineAudit {
  readonly #parts: AuditedParts;
  /** Program pages of each node at the last audit, and Regions.revision then. */
  #before: number[] = [];
  #revision = -1;

  constructor(parts: AuditedParts) {
    this.#parts = parts;
  }

  /** Checks what follows from sums: some microseconds. */
  quick(): Violation[] {
    return checkBooks(this.#books(countChunks, false));
  }

  /** Checks everything: each frame of the pools, each page of the regions, and the page tables of the pools. */
  full(): Violation[] {
    const { pools, pagemap } = this.#parts;
    const found = checkBooks(this.#books(countFrames, true));
    for (const [node, pool] of pools.all.entries()) {
      found.push(...checkCounts(node, pool.table), ...checkPages(node, pool, pagemap));
    }
    for (const shadow of pools.shadows.all) {
      found.push(...checkCounts(shadow.node, shadow.table), ...checkShadow(shadow, pagemap));
    }
    found.push(...this.#checkSources(), ...this.#checkCapacity(), ...this.#checkRegistered());
    return found;
  }

  #books(count: typeof countFrames, each: boolean): MachineBooks {
    const { pools, regions, out, journal } = this.#parts;
    const quarantined = this.#quarantinedByNode();
    const lying = new Float64Array(pools.all.length);
    let isolatedPages = 0;
    if (each) {
      for (const space of regions.all.values()) {
        isolatedPages += space.isolatedPages;
        for (const [node, pages] of space.pagesByNode(lying.length).entries())
          lying[node] = lying[node]! + pages;
      }
    }
    const nodes = pools.all.map(
      (pool, node): NodeBooks => ({
        ...count({ tables: pools.tablesOf(node), promisedPages: pool.promisedPages }, quarantined[node]!),
        programPages: pool.programPages,
        regionPages: each ? lying[node]! : pool.programPages,
      }),
    );
    return { nodes, foliosOut: out.allFolios, journalRuns: journal.runs().length, isolatedPages };
  }

  #quarantinedByNode(): QuarantinedRun[][] {
    const { pools, quarantine } = this.#parts;
    const quarantined: QuarantinedRun[][] = pools.all.map(() => []);
    quarantine.eachRun((frame, pages) => quarantined[pools.nodeOf(frame)]!.push({ frame, pages }));
    return quarantined;
  }

  /** A source that waits for its quarantine belongs to an unmapped folio. */
  #checkSources(): Violation[] {
    const { pending } = this.#parts.quarantine;
    if (pending === 0) return [];
    return [{ invariant: 'no source waits for its quarantine', figures: `${pending} folios` }];
  }

  /** Migrations fill a node up to its capacity only. Adopted memory may exceed it, but must not grow further. */
  #checkCapacity(): Violation[] {
    const { pools, regions } = this.#parts;
    const found: Violation[] = [];
    const known = this.#revision === regions.revision;
    for (const [node, { programPages, capacityPages }] of pools.all.entries()) {
      if (!known || programPages <= capacityPages || programPages <= this.#before[node]!) continue;
      found.push({
        invariant: 'no node is filled beyond its capacity',
        figures: `node ${node}: ${programPages} pages, capacity ${capacityPages}`,
      });
    }
    this.#revision = regions.revision;
    this.#before = pools.all.map(({ programPages }) => programPages);
    return found;
  }

  /** A region without a migration is ordinary memory. */
  #checkRegistered(): Violation[] {
    const { regions, uffd, pools, journal } = this.#parts;
    const empty = pools.all[0]!.stagingAreas[0]!.address;
    let registered = 0;
    const migrated = new Set(journal.spans().map(({ address }) => address));
    for (const { spans, movable } of regions.all.values()) {
      // Its owner registers it, in order to learn of its unmapping.
      if (movable) continue;
      for (const { address } of spans) {
        // Memory that its program has unmapped cannot be probed.
        if (migrated.has(address) || !isMapped(address, PAGE_SIZE)) continue;
        if (uffd.isRegistered(address, empty)) registered++;
      }
    }
    if (registered === 0) return [];
    return [
      {
        invariant: 'only what is migrated is registered',
        figures: `${registered} ranges are registered without a migration`,
      },
    ];
  }
}
