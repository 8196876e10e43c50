import { PAGE_SIZE } from '../../common/page.js';
import type { PlacementQuery } from '../sys/mempolicy.js';
import { AddressSpace, type Span } from './address-space.js';
import type { NodePools } from './node-pools.js';

/** The regions under management, by handle, and the number of their pages on each node. */
export class Regions {
  readonly #pools: NodePools;
  readonly #placement: PlacementQuery | undefined;
  readonly #spaces = new Map<number, AddressSpace>();
  /** The regions under migration. They are few, however many regions there are. */
  readonly #migrating = new Set<AddressSpace>();
  /** Number of changes to the node of pages in the books without a migration: attached, detached, corrected. */
  revision = 0;
  #nextId = 1;
  /** The last region that was looked up, because a batch looks up the same one for each folio. */
  #recentId = 0;
  #recentSpace: AddressSpace | undefined;

  /** @param placement On a host with several NUMA nodes: queries the real node of a page. */
  constructor(pools: NodePools, placement: PlacementQuery | undefined) {
    this.#pools = pools;
    this.#placement = placement;
  }

  get count(): number {
    return this.#spaces.size;
  }

  get all(): ReadonlyMap<number, AddressSpace> {
    return this.#spaces;
  }

  /** Takes pages of the program under management. `node` is their presumed node. `movable`: see AddressSpace.movable. */
  attach(spans: readonly Span[], node: number, movable = false): number {
    const space = new AddressSpace(spans, node, movable);
    const id = this.#nextId++;
    this.#spaces.set(id, space);
    this.#countPages(space, 1);
    this.locate(id, 0, space.pages);
    return id;
  }

  /**
   * Replaces a handle when the region's memory has moved or grown. Old pages keep their recorded node. `node` is the
   * presumed node of the others.
   */
  replace(id: number, spans: readonly Span[], node: number): number {
    const old = this.space(id);
    const next = this.attach(spans, node, old.movable);
    const space = this.space(next);
    for (const span of space.spans) {
      for (let page = span.page; page < span.page + span.pages; page++) {
        if (old.lost || !old.holds(page)) continue;
        const at = old.nodeAt(page);
        if (at !== space.nodeAt(page)) this.#relabel(space, page, at);
      }
    }
    this.detach(id);
    return next;
  }

  detach(id: number): void {
    const space = this.space(id);
    this.#countPages(space, -1);
    this.#migrating.delete(space);
    this.#spaces.delete(id);
    this.#recentId = 0;
  }

  space(id: number): AddressSpace {
    if (id === this.#recentId) return this.#recentSpace!;
    const space = this.#spaces.get(id);
    if (space === undefined) throw new RangeError(`unknown region ${id}`);
    this.#recentId = id;
    this.#recentSpace = space;
    return space;
  }

  /** From before the region's first batch until after its last one. */
  setMigrating(space: AddressSpace, migrating: boolean): void {
    space.migrating = migrating;
    if (migrating) this.#migrating.add(space);
    else this.#migrating.delete(space);
  }

  /** Whether a migration has isolated the page. Between two steps of a migration, that means that it is unmapped. */
  isIsolated(page: number): boolean {
    for (const space of this.#migrating) if (space.isIsolated(page)) return true;
    return false;
  }

  /** Queries the kernel for the nodes of pages, if it knows them better, and corrects the books. */
  locate(id: number, from: number, pages: number): void {
    const placement = this.#placement;
    if (placement === undefined) return;
    const space = this.space(id);
    for (const span of space.spans) {
      const first = Math.max(from, span.index);
      const count = Math.min(from + pages, span.index + span.pages) - first;
      if (count <= 0) continue;
      const page = span.page + (first - span.index);
      placement.range(page * PAGE_SIZE, count, (i, status) => {
        // Several nodes may be on one NUMA node, and the kernel knows only the NUMA node.
        if (status < 0 || this.#pools.all[space.nodeAt(page + i)]!.numaNode === status) return;
        const node = this.#pools.all.findIndex((pool) => pool.numaNode === status);
        if (node >= 0) this.#relabel(space, page + i, node);
      });
    }
  }

  #relabel(space: AddressSpace, page: number, node: number): void {
    this.#pools.all[space.nodeAt(page)]!.programPages--;
    this.#pools.all[node]!.programPages++;
    space.setNode(page, node);
    this.revision++;
  }

  #countPages(space: AddressSpace, sign: number): void {
    this.revision++;
    const counts = space.pagesByNode(this.#pools.all.length);
    for (const [i, pool] of this.#pools.all.entries()) pool.programPages += sign * counts[i]!;
  }
}
