/** Puts the entry that is kth in ascending order at k, smaller ones before it: Hoare's selection. */
function select(values: Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    // The middle of three keeps sorted input from being the worst.
    const [a, b, c] = [values[low]!, values[(low + high) >> 1]!, values[high]!];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k]!;
}

/**
 * The mask without the smallest scores, in float64: of equal ones those with the lowest indices are kept.
 *
 * @param scores - no NaN
 * @param zeros - how many go, from 0 to their number
 * @returns 0 for each that goes, 1 for each that stays
 */
export function withoutSmallest(scores: Float64Array, zeros: number): Uint8Array {
  const mask = new Uint8Array(scores.length).fill(1);
  if (zeros === 0) return mask;
  const threshold = select(scores.slice(), zeros - 1);
  let gone = 0;
  for (let i = 0; i < scores.length; i++)
    if (scores[i]! < threshold) {
      mask[i] = 0;
      gone++;
    }
  for (let i = scores.length - 1; gone < zeros; i--)
    if (scores[i] === threshold) {
      mask[i] = 0;
      gone++;
    }
  return mask;
}
