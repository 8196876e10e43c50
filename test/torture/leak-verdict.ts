/**
 * Whether a figure grows with the work that is done. A leak adds to it in each part of the work, as long as that goes on.
 * A buffer that is made once, or an allocator that has to grow, adds to it in one part. So two things must rise
 * by more than `limit`: half of the steps from one look to the next, and half of the slopes between any two looks. The first
 * ignores steps that happen once, the second a figure that goes up and down.
 * @param looks the figure after equal parts of the work, at least 3.
 * @param limit by which it may grow in one such part.
 */
export function grows(looks: readonly number[], limit: number): boolean {
  if (looks.length < 3) throw new RangeError(`three looks or more, not ${looks.length}`);
  const steps: number[] = [];
  const slopes: number[] = [];
  for (let i = 0; i < looks.length; i++) {
    for (let j = i + 1; j < looks.length; j++) {
      const slope = (looks[j]! - looks[i]!) / (j - i);
      slopes.push(slope);
      if (j === i + 1) steps.push(slope);
    }
  }
  return median(steps) > limit && median(slopes) > limit;
}

/** The lower one of the two in the middle, where there are two: so that half of the values lie above the limit. */
function median(values: number[]): number {
  return values.sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}
