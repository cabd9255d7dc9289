import { formatNumber } from './format.ts';

/** How values become positions along an axis. */
export type AxisScale = 'linear' | 'log';

/** The distance between ticks: `factor` (1, 2, 5 or 10) times ten to the `power`. */
interface TickUnit {
  factor: number;
  power: number;
  step: number;
}

// More steps than this from 0 to the domain, and doubles begin to skip ticks.
const MOST_STEPS = 1e14;

/** Fewer ticks say too little of where values are. */
export const LEAST_TICKS = 3;

/** The tick values of an axis: round numbers, or powers of ten (and 2, 5 times them) on a log scale. */
export function ticksOf(domain: readonly [number, number], scale: AxisScale, count: number): number[] {
  if (scale === 'linear') {
    // Steps are up to 2.5 / n of the length of a domain, so that at 8 there are three, but for domains where doubles are too coarse.
    return enough(count, (n) => linearTicks(domain, n));
  }
  const ticks = enough(count, (n) => logTicks(domain, n));
  if (ticks.length > 1) return ticks;
  const [from, to] = domain;
  if (to >= 100 * from) return [from, to];
  // Nothing widens the domain here, and a distance up to 2.5 / count of its length can miss it: from 5 on it has two or more.
  const fine = [count, 5].map((n) => linearTicks(domain, n).filter((tick) => tick > 0));
  return fine.find((some) => some.length > 1) ?? [from, to];
}

/** The ticks for `count`, or for the next more of which there are enough; else the most. */
function enough(count: number, ticksFor: (n: number) => number[]): number[] {
  let most: number[] = [];
  for (let n = count; n <= Math.max(count, 8) && most.length < LEAST_TICKS; n++) {
    const ticks = ticksFor(n);
    if (ticks.length > most.length) most = ticks;
  }
  return most;
}

function logTicks([from, to]: readonly [number, number], count: number): number[] {
  const first = Math.floor(Math.log10(from) + 1e-9);
  const last = Math.ceil(Math.log10(to) - 1e-9);
  const steps = last - first > 2 ? [1] : [1, 2, 5];
  const every = Math.max(1, Math.ceil((last - first) / count));
  const ticks: number[] = [];
  for (let power = Math.ceil(first / every) * every; power <= last; power += every) {
    for (const step of steps) ticks.push(Number(`${step}e${power}`));
  }
  const inside = (tick: number) => tick >= from * (1 - 1e-9) && tick <= to * (1 + 1e-9);
  return ticks.filter((tick) => tick > 0 && Number.isFinite(tick) && inside(tick));
}

/** The multiples of a round distance that cuts a domain into at most `count` pieces; there may be none. */
export function linearTicks([from, to]: readonly [number, number], count: number): number[] {
  const unit = tickUnit(from, to, count);
  if (unit === undefined) return [from, to];
  const ticks: number[] = [];
  const last = Math.floor(to / unit.step + 1e-9);
  for (let i = Math.ceil(from / unit.step - 1e-9); i <= last; i++) ticks.push(tickOf(i, unit));
  return ticks;
}

/** The i-th multiple of the distance between ticks, as near as a double comes to it. */
export const tickOf = (i: number, { factor, power }: TickUnit): number => Number(`${i * factor}e${power}`) + 0;

/**
 * The distance between ticks that cuts an interval into at most `count` pieces, or undefined where doubles are too coarse for
 * that: at a length of a few units in the last place, or of a few of the least doubles.
 */
export function tickUnit(from: number, to: number, count: number): TickUnit | undefined {
  const unit = unitOf(to / count - from / count);
  const reach = Math.max(Math.abs(from), Math.abs(to)) / unit.step;
  return unit.step >= 1e-322 && reach <= MOST_STEPS ? unit : undefined;
}

/** The distance 1, 2 or 5 times a power of ten that cuts a length into at most `count` pieces. */
export const tickStep = (length: number, count: number): number => unitOf(length / count).step;

function unitOf(rough: number): TickUnit {
  const power = Math.floor(Math.log10(rough));
  const stepOf = (factor: number) => Number(`${factor}e${power}`);
  const factor = [1, 2, 5, 10].find((factor) => stepOf(factor) >= rough * 0.999)!;
  return { factor, power, step: stepOf(factor) };
}

/** A format for the numbers of an axis: three significant digits, or as many as tell the ticks apart. */
export function tickFormat(ticks: readonly number[]): (value: number) => string {
  const tells = (digits: number) => new Set(ticks.map((tick) => formatNumber(tick, digits))).size === ticks.length;
  let digits = 3;
  while (digits < 17 && !tells(digits)) digits++;
  return (value) => formatNumber(value, digits);
}
