import { fillIntegers, randomKey } from '@weightkit/numerics';
import type { ShapedNumbers } from '@weightkit/quantization';

/** What the network of the folder `dates` reads: one row for each of 36 signs, of which the last two are any other and none; the second is not used. */
const SIGNS = ' \u{0}0123456789abcdefghijlmnoprstuvwy';
const [KINDS, NONE, LENGTH, STATE] = [36, 35, 30, 64];

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const DAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

const WAYS = 5;

/** A date as people write it, in one of five ways. */
function written(date: Date, way: number): string {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const name = MONTHS[month]!;
  const ways = [
    `${day} ${name} ${year}`,
    `${name} ${day} ${year}`,
    `${day} ${name.slice(0, 3)} ${year}`,
    `${DAYS[date.getUTCDay()]} ${name} ${day} ${year}`,
    `${DAYS[date.getUTCDay()]} ${day} ${name} ${year}`,
  ];
  return ways[way]!;
}

/**
 * Days of 1950 to 2049 in words, sign by sign, and the two states of zeros that the network begins with: what it was made to read.
 *
 * @param count - how many
 */
export function writtenDates(count: number): ShapedNumbers[] {
  const [first, end] = [Date.UTC(1950, 0, 1), Date.UTC(2050, 0, 1)].map((time) => time / 864e5) as [number, number];
  const days = fillIntegers(new Int32Array(count), randomKey(1, 'days'), { min: first, max: end });
  const values = new Float32Array(count * LENGTH * KINDS);
  for (const [i, day] of days.entries()) {
    const text = written(new Date(day * 864e5), i % WAYS);
    for (let place = 0; place < LENGTH; place++) {
      const sign = place < text.length ? SIGNS.indexOf(text[place]!) : NONE;
      values[(i * LENGTH + place) * KINDS + sign] = 1;
    }
  }
  const state = { values: new Float32Array(count * STATE), shape: [count, STATE] };
  return [{ values, shape: [count, LENGTH, KINDS] }, state, state];
}
