// What was measured by bits.mjs, row by row, and its figures.
import { meanInterval } from '@weightkit/lesson';
import { bandChart } from '@weightkit/viz';

export const WHOLE = 'one scale';
export const OUTPUT = 'a scale for each output';
export const GROUPS = 'groups of 32';
/** The networks whose points are counted. */
export const TITLES = { dense: 'A network 784-64-32-10 on MNIST', convnet: 'A convnet on MNIST' };

/** What was measured of a method at so many bits; undefined where it has none. */
export const rowOf = ({ rows }, method, grid, bits) =>
  rows.find((row) => row.method === method && row.grid === grid && row.bits === bits);

/** Points lost by each seed. */
export const lostOf = ({ whole }, { right }) => right.map((value, i) => whole.right[i] - value);

/** Points that a method names more than another, by each seed. */
export const gainOf = (one, other) => one.right.map((value, i) => value - other.right[i]);

/** What the figures show. */
const DRAWN = {
  nearest: OUTPUT,
  '`gptq`': OUTPUT,
  '`adaRound`': OUTPUT,
  '`hqq`': GROUPS,
  '`mixedPrecision`': GROUPS,
  '`trainQuantized`, `learned`': OUTPUT,
};

/** A figure for each of the networks on MNIST: points lost by bits for a weight. */
export function bitsFigures({ networks }) {
  return Object.fromEntries(
    Object.entries(TITLES).map(([name, title]) => {
      const network = networks[name];
      const bands = Object.entries(DRAWN).map(([method, grid]) => {
        const rows = network.rows
          .filter((row) => row.method === method && row.grid === grid)
          .sort((a, b) => a.stored - b.stored);
        const ranges = rows.map((row) => meanInterval(lostOf(network, row)));
        return {
          name: method.replaceAll('`', ''),
          x: rows.map((row) => row.stored),
          low: ranges.map(({ low }) => low),
          high: ranges.map(({ high }) => high),
          middle: ranges.map(({ mean }) => mean),
        };
      });
      const axes = { xLabel: 'bits for a weight', yLabel: 'points lost', xDomain: [2, 8.2], yDomain: [-2, 12] };
      return [name, bandChart({ bands }, { title, ...axes })];
    }),
  );
}
