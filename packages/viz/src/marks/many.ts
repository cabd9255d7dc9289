/** Which of `count` things are drawn when at most `most` are: evenly spread, the first and the last among them. */
export function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}

/** How many neighbors make one when `count` things shall become at most `most`. */
export const groupSize = (count: number, most: number): number => Math.ceil(count / most);

/** Neighbors in groups of a size, the last one perhaps smaller. */
export function grouped<T>(things: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(things.length / size) }, (_, i) => things.slice(i * size, (i + 1) * size));
}

/** A whole number for a sentence: thousands apart from ten thousand on. */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, count < 1e4 ? '' : ',');
