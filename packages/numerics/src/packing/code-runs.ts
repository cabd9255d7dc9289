import { LEAST_RUN, MOST_EACH } from '../wasm/code-kernels.ts';

/** Entries `start` to `end` of a part, in block k, or in blocks k, k + 1, … where each is one entry wide. */
export type VisitRun = (start: number, end: number, k: number, each: boolean) => void;

type Axes = readonly (readonly [length: number, edge: number])[];

/** Which block a row begins in, counted without the last axis. */
function rowBase(row: number, outer: Axes): number {
  let [rest, base, step] = [row, 0, 1];
  for (let a = outer.length - 1; a >= 0; a--) {
    const [n, edge] = outer[a]!;
    base += Math.floor((rest % n) / edge) * step;
    step *= Math.ceil(n / edge);
    rest = Math.floor(rest / n);
  }
  return base;
}

/** Hands over the runs of `count` row-major entries from place `from` on. */
export function eachRun(axes: Axes, from: number, count: number, visit: VisitRun): void {
  const outer = axes.slice(0, -1);
  const [width, edge] = axes.at(-1)!;
  const across = Math.ceil(width / edge);
  const each = edge === 1;
  const most = each ? MOST_EACH : edge;
  let row = Math.floor(from / width);
  let j = from % width;
  for (let i = 0; i < count; row++, j = 0) {
    const end = Math.min(count, i + width - j);
    const first = rowBase(row, outer) * across;
    for (let next = each ? most : edge - (j % edge); i < end; next = most) {
      const stop = Math.min(end, i + next);
      visit(i, stop, first + (each ? j : Math.floor(j / edge)), each);
      j += stop - i;
      i = stop;
    }
  }
}

/** Whether there are runs that kernels take. */
export function hasLongRuns(axes: Axes): boolean {
  const [width, edge] = axes.at(-1)!;
  return (edge === 1 ? width : edge) >= LEAST_RUN;
}

/** Zero points as float32 where all are so small that their sums with codes of 8 bits are exact there, else null. */
export function shortZeros(zeroPoints: Int32Array | null): Float32Array | null | undefined {
  if (!zeroPoints) return null;
  for (let k = 0; k < zeroPoints.length; k++) if (zeroPoints[k]! >> 23 !== 0 && zeroPoints[k]! >> 23 !== -1) return;
  return Float32Array.from(zeroPoints);
}
