/** The entry of a list in descending order that is closest to x; the later one of two that are as close. */
export function closest(values: Float64Array, x: number): number {
  let low = 0;
  let high = values.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle]! > x) low = middle;
    else high = middle;
  }
  return Math.abs(values[low]! - x) < Math.abs(values[high]! - x) ? values[low]! : values[high]!;
}
