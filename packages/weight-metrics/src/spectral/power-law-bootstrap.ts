import { fillBits, foldIn, type Key } from '@weightkit/numerics';
import { ln } from '../values/log-exp.ts';
import type { TailFit } from './power-law-fit.ts';

/** Random numbers in [0, 1), multiples of 2^-53. */
function uniforms(count: number, key: Key): Float64Array {
  const words = fillBits(new Uint32Array(2 * count), key);
  return Float64Array.from(
    { length: count },
    (_, i) => ((words[2 * i]! >>> 5) * 2 ** 26 + (words[2 * i + 1]! >>> 6)) / 2 ** 53,
  );
}

/** Draws from ascending values with replacement, ascending. */
function drawn(values: Float64Array, from: Float64Array): Float64Array {
  const times = new Uint32Array(values.length);
  for (const u of from) times[Math.floor(u * values.length)]!++;
  const result = new Float64Array(from.length);
  let filled = 0;
  for (const [i, count] of times.entries()) {
    result.fill(values[i]!, filled, filled + count);
    filled += count;
  }
  return result;
}

/** As many values, drawn from all with replacement, ascending: what another sample might have been. */
export const resample = (logs: Float64Array, key: Key): Float64Array => drawn(logs, uniforms(logs.length, key));

/**
 * As many values of a source of which the fit is true, ascending: each is, with the share of the tail, a draw from the power law, and
 * else one of the values below the tail (Clauset et al. 2009, section 4.1).
 */
export function simulate(logs: Float64Array, { start, logXmin, rate }: TailFit, key: Key): Float64Array {
  const places = uniforms(logs.length, foldIn(key, 0));
  const draws = uniforms(logs.length, foldIn(key, 1));
  const below = draws.filter((_, i) => places[i]! * logs.length < start);
  const result = new Float64Array(logs.length);
  result.set(drawn(logs.subarray(0, start), below));
  let filled = below.length;
  for (const [i, u] of draws.entries())
    if (places[i]! * logs.length >= start) result[filled++] = logXmin - ln(1 - u) / rate;
  result.subarray(below.length).sort();
  return result;
}
