import { type AxisScale, linearTicks, tickOf, tickUnit } from './ticks.ts';

const LARGEST = Number.MAX_VALUE;

// Ends nearer to each other than this share of the larger one are one number, up to rounding: they stand in the middle of
// a wider axis, since twelve digits, the most that one can read, would not tell its ticks apart.
const NARROW = 2 ** -36;

// Below this, doubles are too coarse for ticks: 2024 of them lie between 0 and here.
const TINY = 1e-320;

/** The smallest interval that holds all finite values; where they are (nearly) the same, one that has them in its middle. */
export function domainOf(values: Iterable<number>, scale: AxisScale, withZero = false): [number, number] {
  let low = withZero ? 0 : Number.POSITIVE_INFINITY;
  let high = withZero ? 0 : Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return scale === 'log' ? [1, 10] : [0, 1];
  if (!isNarrow(low, high)) return [low, high];
  if (scale === 'log') return [Math.max(low / 2, Number.MIN_VALUE), Math.min(high * 2, LARGEST)];
  if (low === 0 && high === 0) return [0, 1];
  const half = (value: number) => Math.max(Math.abs(value) / 2, TINY / 2);
  return [Math.max(low - half(low), -LARGEST), Math.min(high + half(high), LARGEST)];
}

/** What an axis of values spans at least, as a share of the largest of them in size. */
const LEAST_SPAN = 0.05;

/** Where shares end. An axis does not go beyond for room alone. */
const ENDS = [0, 1, 100];

/**
 * The domain of an axis of values: it spans at least 5 % of the largest in size, so that a fall from 1.105 to 1.1 does not look like one
 * to nothing. On a log axis, where distances are ratios, its ends are as far apart as 1 and 1.05. Positions, such as steps, are no values:
 * they have {@link domainOf}.
 */
export function valueDomain(values: Iterable<number>, scale: AxisScale, withZero = false): [number, number] {
  const [low, high] = domainOf(values, scale, withZero);
  if (scale === 'log') {
    const more = Math.sqrt((1 + LEAST_SPAN) / (high / low));
    return more > 1 ? [Math.max(low / more, Number.MIN_VALUE), Math.min(high * more, LARGEST)] : [low, high];
  }
  const span = LEAST_SPAN * Math.max(Math.abs(low), Math.abs(high));
  if (high - low >= span) return [low, high];
  const from = low / 2 + high / 2 - span / 2;
  for (const end of ENDS) {
    if (high <= end && from + span > end) return [end - span, end];
    if (low >= end && from < end) return [end, end + span];
  }
  return [Math.max(from, -LARGEST), Math.min(from + span, LARGEST)];
}

function isNarrow(low: number, high: number): boolean {
  return high - low <= Math.max(NARROW * Math.max(Math.abs(low), Math.abs(high)), TINY / 2);
}

/** Widens an interval to the next multiples of the distance between its ticks; on a log scale, if it spans two decades or more, to powers of ten. */
export function nice(domain: readonly [number, number], scale: AxisScale, count: number): [number, number] {
  const [from, to] = domain;
  if (scale === 'log') {
    if (to < 100 * from) return [from, to];
    const low = Number(`1e${Math.floor(Math.log10(from) + 1e-9)}`);
    const high = Number(`1e${Math.ceil(Math.log10(to) - 1e-9)}`);
    return [low > 0 ? low : from, Number.isFinite(high) ? high : to];
  }
  const unit = tickUnit(from, to, count);
  if (unit === undefined || linearTicks(domain, count).length < 2) return [from, to];
  const low = tickOf(Math.floor(from / unit.step + 1e-9), unit);
  const high = tickOf(Math.ceil(to / unit.step - 1e-9), unit);
  return [Number.isFinite(low) ? low : from, Number.isFinite(high) ? high : to];
}

/** Less than this share of an axis filled is a waste of room. */
const LEAST_FILLED = 0.6;
const PIECES = 5;

/** Widens an interval as {@link nice} does, but to multiples of less where much of a short axis would be empty. */
export function snug(domain: readonly [number, number], scale: AxisScale, count: number): [number, number] {
  const wide = nice(domain, scale, count);
  const filled = (domain[1] / 2 - domain[0] / 2) / (wide[1] / 2 - wide[0] / 2);
  return scale === 'log' || filled >= LEAST_FILLED ? wide : nice(domain, scale, Math.max(count, PIECES));
}
