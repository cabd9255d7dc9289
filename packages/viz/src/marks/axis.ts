import { type AxisScale, LEAST_TICKS, tickFormat, ticksOf } from './ticks.ts';

/** One direction of a plot: where values lie in it, and what stands along it. Nothing here knows pixels. */
export interface Axis {
  readonly domain: readonly [number, number];
  readonly scale: AxisScale;
  readonly ticks: readonly number[];
  /** Writes a tick. */
  readonly format: (value: number) => string;
  /** The place of a finite value: 0 at the start of the domain, 1 at its end, never further than {@link FAR} from it. */
  readonly place: (value: number) => number;
}

/** Beyond this many lengths of the axis, far is far. */
export const FAR = 1e150;

/** However long an axis is, more numbers than about these say no more. */
const MOST_PIECES = 20;

/** Makes an axis of a domain that ascends; on a log scale it is above 0. `whole` says that there is nothing between whole numbers. */
export function makeAxis(
  domain: readonly [number, number],
  scale: AxisScale,
  count: number,
  format?: (value: number) => string,
  whole = false,
): Axis {
  const all = ticksOf(domain, scale, Math.min(count, MOST_PIECES));
  const integers = whole ? all.filter(Number.isInteger) : [];
  const ticks = integers.length >= LEAST_TICKS ? integers : all;
  const share = scale === 'log' ? logShare(domain) : linearShare(domain);
  const place = (value: number) => Math.min(FAR, Math.max(-FAR, share(value)));
  return { domain, scale, ticks, format: format ?? tickFormat(ticks), place };
}

// A range from -1e308 to 1e308 overflows, and so does a value far outside the domain: halves do not.
function linearShare([from, to]: readonly [number, number]): (value: number) => number {
  const unit = Number.isFinite(to - from) ? 1 : 0.5;
  const length = to * unit - from * unit;
  return (value) => {
    const offset = value - from;
    return Number.isFinite(offset) ? (offset * unit) / length : (value / 2 - from / 2) / (length / 2 / unit);
  };
}

function logShare([from, to]: readonly [number, number]): (value: number) => number {
  const length = logRatio(to, from);
  return (value) => logRatio(value, from) / length;
}

// The difference of two logarithms loses all its digits where they are nearly the same.
function logRatio(value: number, from: number): number {
  const ratio = value / from;
  return ratio > 0.5 && ratio < 2 ? Math.log1p((value - from) / from) : Math.log(value) - Math.log(from);
}
