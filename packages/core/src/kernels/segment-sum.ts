/**
 * The sums of the rows of each segment, in float64; a row whose segment is not among them is in none. Of an embedding's gradient rows
 * are words read, and segments the words of the table.
 *
 * @param x - rows of `row` values
 * @param ids - the segment of each `block` values: of whole rows where ids are a list
 * @param segments - how many segments there are
 */
export function segmentSum(
  x: ArrayLike<number>,
  ids: ArrayLike<number>,
  segments: number,
  row: number,
  block: number,
): Float64Array {
  const sums = new Float64Array(segments * row);
  for (let i = 0; i < ids.length; i++) {
    const segment = ids[i]!;
    if (segment < 0 || segment >= segments) continue;
    const from = i * block;
    const to = segment * row + (from % row);
    for (let j = 0; j < block; j++) sums[to + j]! += x[from + j]!;
  }
  return sums;
}
