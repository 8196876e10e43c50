import { RandomStream } from '../../../common/random.js';
import { normalize, type ProgramSize, type TieredProgram, unitsOf } from './program.js';

/** Part of the memory that has the vertices, after the edges. They are allocated when the edges have been read. */
const VERTICES = 1 / 8;
const VERTEX_ACCESSES = 0.5;
/** Skew of the vertices: few have most of the neighbours. */
const SKEW = 0.8;
/** One traversal, and the steps in which it reaches all edges. The steps in the middle reach most of them. */
const TRAVERSAL_MS = 4000;
const STEPS = [0.02, 0.18, 0.5, 0.25, 0.05] as const;

/** Breadth-first traversals of a graph: vertices that are always hot, and edges of which each step reads others. */
export function graph(size: ProgramSize): TieredProgram {
  const units = unitsOf(size);
  const vertices = Math.max(1, Math.round(units * VERTICES));
  const edges = units - vertices;
  const hot = new Float64Array(vertices);
  const ranks = new RandomStream(size.seed);
  for (let rank = 1; rank <= vertices * 16; rank++) hot[ranks.below(vertices)]! += rank ** -SKEW;
  normalize(hot);
  return {
    ...size,
    name: 'graph',
    overlap: 3,
    thinkNs: 10,
    accessesPerOperation: 1,
    writes: 0.1,
    // Edges are only read. Each step marks the vertices that it reaches.
    writesTo: (unit) => (unit >= edges ? 0.1 / VERTEX_ACCESSES : 0),
    fill(shares, fromMs) {
      for (let unit = 0; unit < vertices; unit++) shares[edges + unit] = hot[unit]! * VERTEX_ACCESSES;
      const traversal = Math.floor(fromMs / TRAVERSAL_MS);
      const step = Math.floor((fromMs / TRAVERSAL_MS - traversal) * STEPS.length);
      // Each traversal starts at another vertex, and so reaches the edges in another order.
      const random = new RandomStream(size.seed ^ (traversal + 1));
      let before = 0;
      for (let i = 0; i < step; i++) before += STEPS[i]!;
      for (let unit = 0; unit < edges; unit++) {
        const place = random.next() / 2 ** 32;
        shares[unit] = place >= before && place < before + STEPS[step]! ? 1 : 0;
      }
      let sum = 0;
      for (let unit = 0; unit < edges; unit++) sum += shares[unit]!;
      for (let unit = 0; unit < edges && sum > 0; unit++) shares[unit]! *= (1 - VERTEX_ACCESSES) / sum;
      normalize(shares);
    },
  };
}
