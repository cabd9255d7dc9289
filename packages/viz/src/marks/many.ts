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

/**
 * Which of some things are the largest, the largest first and equal ones in their order: as many as `most`, or all. Of a million it sorts
 * few: what is above the least of those found so far.
 */
export function largest<T>(things: ArrayLike<T>, most: number, sizeOf: (thing: T) => number): number[] {
  const sizes = new Float64Array(things.length);
  for (let i = 0; i < sizes.length; i++) sizes[i] = sizeOf(things[i]!);
  let found: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  const cut = () => {
    found = found.sort((a, b) => sizes[b]! - sizes[a]! || a - b).slice(0, most);
    if (found.length === most) least = sizes[found.at(-1)!]!;
  };
  for (let i = 0; i < sizes.length; i++) {
    if (!(sizes[i]! > least) && least !== Number.NEGATIVE_INFINITY) continue;
    if (found.push(i) >= 2 * most + 64) cut();
  }
  cut();
  return found;
}

/** A whole number for a sentence: thousands apart from ten thousand on. */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, count < 1e4 ? '' : ',');

/** Of things at ascending heights those that are as far below the one kept before: rows too low for texts have some of them. */
export function apartBy<T>(things: readonly T[], heightOf: (thing: T) => number, far: number): T[] {
  let last = Number.NEGATIVE_INFINITY;
  return things.filter((thing) => {
    const height = heightOf(thing);
    if (height < last + far) return false;
    last = height;
    return true;
  });
}
