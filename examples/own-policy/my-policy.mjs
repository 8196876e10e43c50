import { bytesOfUnit, FAST, NO_NODE } from 'pageferry/policy';

/**
 * A policy with one rule: the hottest unit of the slow node changes places with the coldest one of the fast node, if it
 * is `contrast` times as hot, and so on with the next pair.
 *
 * @param {{ contrast?: number }} [options]
 * @returns {import('pageferry/policy').Policy}
 */
export default function createPolicy({ contrast = 2 } = {}) {
  if (!(contrast >= 1)) throw new TypeError(`contrast must be a number from 1 on, not ${contrast}`);
  return {
    name: 'swap',
    decide(input, moves) {
      const { heat, nodeOf, nodes, maxBytes, moveNsPerByte } = input;
      const byRate = (a, b) => heat.rate[a] - heat.rate[b];
      // The rate of a unit of which nothing is known is NaN. Such a unit must not be promoted.
      const known = [...nodeOf.keys()].filter((unit) => nodeOf[unit] !== NO_NODE && heat.rate[unit] >= 0);
      const cold = known.filter((unit) => nodeOf[unit] === FAST).sort(byRate);
      const hot = known.filter((unit) => nodeOf[unit] === FAST + 1).sort(byRate);
      const push = (unit, target, reason) =>
        moves.push(unit, target, reason, 1, 0, bytesOfUnit(heat, unit) * moveNsPerByte);

      let left = maxBytes;
      let fastFree = Math.max(0, nodes[FAST].freeBytes - nodes[FAST].headroomBytes);
      let slowFree = nodes[FAST + 1].freeBytes;
      let next = 0;
      while (hot.length > 0) {
        const unit = hot.pop();
        const bytes = bytesOfUnit(heat, unit);
        if (heat.rate[unit] === 0) return;
        if (fastFree < bytes) {
          const victim = cold[next++];
          if (victim === undefined || heat.rate[unit] < contrast * heat.rate[victim]) return;
          const room = bytesOfUnit(heat, victim);
          // The last unit of a region may be smaller than the others.
          if (room > slowFree || room + bytes > left || fastFree + room < bytes) return;
          push(victim, FAST + 1, 'demotion');
          left -= room;
          slowFree -= room;
          fastFree += room;
        }
        if (bytes > left) return;
        push(unit, FAST, 'numa_misplaced');
        left -= bytes;
        slowFree += bytes;
        fastFree -= bytes;
      }
    },
  };
}
