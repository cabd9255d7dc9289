import { round } from './tree.ts';

/** The corners of a line; NaN in either where it breaks. */
export interface Corners {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A line through corners as the text of a path. A corner without neighbors is a point, which round ends make visible. */
export function linePath({ x, y }: Corners): string {
  let d = '';
  let run = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i]!) || Number.isNaN(y[i]!)) {
      if (run === 1) d += 'Z';
      run = 0;
    } else d += `${run++ === 0 ? 'M' : 'L'}${round(x[i]!)},${round(y[i]!)}`;
  }
  return run === 1 ? `${d}Z` : d;
}

/** The areas between two lines over the same x as the text of a path, one for each run without NaN. */
export function areaPath(x: readonly number[], from: readonly number[], to: readonly number[]): string {
  let d = '';
  let back = '';
  for (let i = 0; i <= x.length; i++) {
    // The place after the last is a gap as well.
    if (!Number.isNaN((x[i] ?? Number.NaN) + from[i]! + to[i]!)) {
      d += `${back === '' ? 'M' : 'L'}${round(x[i]!)},${round(to[i]!)}`;
      back = `L${round(x[i]!)},${round(from[i]!)}${back}`;
    } else if (back !== '') {
      d += `${back}Z`;
      back = '';
    }
  }
  return d;
}
