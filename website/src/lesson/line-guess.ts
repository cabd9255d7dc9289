/** Heights of a line that is being drawn, one for each of its places; undefined where nothing is yet. */
export type Drawing = readonly (number | undefined)[];

/** A number as it is read out: to two digits behind the point. */
const show = (value: number): string => String(Number(value.toFixed(2)));

/** The place that is nearest to `x`. */
export const nearest = (places: readonly number[], x: number): number =>
  places.reduce((best, place, i) => (Math.abs(place - x) < Math.abs(places[best]! - x) ? i : best), 0);

/** A height of 0 to `max` in whole steps. */
export const snap = (height: number, max: number, step: number): number =>
  Number((Math.round(Math.min(max, Math.max(0, height)) / step) * step).toFixed(6));

/** The drawing after a stroke from one place to another: on the way heights go straight from that of the first to `height`. */
export function stroke(drawing: Drawing, from: number, to: number, height: number): Drawing {
  const begin = drawing[from] ?? height;
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  return drawing.map((old, i) => {
    if (i < low || i > high || (i === from && i !== to)) return old;
    return from === to ? height : begin + ((height - begin) * (i - from)) / (to - from);
  });
}

/** The whole line: straight between what was drawn, level before and behind it; nothing where nothing was drawn. */
export function whole(places: readonly number[], drawing: Drawing): number[] | undefined {
  const known = drawing.flatMap((height, i) => (height === undefined ? [] : [{ x: places[i]!, height }]));
  if (known.length === 0) return undefined;
  return places.map((x) => {
    const before = known.filter((point) => point.x <= x).at(-1) ?? known[0]!;
    const after = known.find((point) => point.x >= x) ?? known.at(-1)!;
    const share = after.x === before.x ? 0 : (x - before.x) / (after.x - before.x);
    return before.height + share * (after.height - before.height);
  });
}

/** A line in words: `from 1.1 to 0.09, highest at epoch 2 with 1.98`. */
export function inWords(places: readonly number[], heights: readonly number[], xLabel: string): string {
  const most = Math.max(...heights);
  return (
    `from ${show(heights[0]!)} to ${show(heights.at(-1)!)}, ` +
    `highest at ${xLabel} ${places[heights.indexOf(most)]} with ${show(most)}`
  );
}
