import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absoluteWeights } from '../../src/attribution/absolute-weights.ts';
import { garson } from '../../src/attribution/garson.ts';
import { gaussLegendre } from '../../src/attribution/gauss-legendre.ts';
import type { Kernel } from '../../src/attribution/kernel.ts';
import { olden } from '../../src/attribution/olden.ts';
import { rankCorrelation } from '../../src/attribution/rank-correlation.ts';
import golden from '../golden/attribution.json' with { type: 'json' };
import { float64Error } from '../golden-values.ts';

const near = (a: ArrayLike<number>, b: ArrayLike<number>, most: number) => {
  expect(a).toHaveLength(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThanOrEqual(most);
};
const kernel = (values: readonly number[], inputs: number, units: number): Kernel => ({ values, inputs, units });
/** Weights of either sign, none so small that products underflow. */
const weight = fc.integer({ min: -50, max: 50 }).map((n) => n / 8);
const kernelOf = (inputs: number, units: number) =>
  fc
    .array(weight, { minLength: inputs * units, maxLength: inputs * units })
    .map((values) => kernel(values, inputs, units));

describe('absoluteWeights', () => {
  it("absoluteWeights gives the slide's five numbers, and sums over the units of a layer", () => {
    const slide = absoluteWeights(kernel([-0.5, 1.2, 0.8, -0.3, 2.1], 5, 1));
    near(slide, [0.102, 0.245, 0.163, 0.061, 0.429], 5e-4);
    near(
      slide,
      [5, 12, 8, 3, 21].map((w) => w / 49),
      float64Error(10),
    );
    expect(Array.from(absoluteWeights(kernel([1, -1, 0, 2], 2, 2)))).toEqual([0.5, 0.5]);
    expect(Array.from(absoluteWeights(kernel([0, 0], 2, 1)))).toEqual([0, 0]);
    expect(Array.from(absoluteWeights(kernel([1, Number.NaN], 2, 1)))).toEqual([Number.NaN, Number.NaN]);
  });

  it('wrong kernels are refused by name', () => {
    expect(() => absoluteWeights(kernel([1, 2], 3, 1))).toThrow(
      'absoluteWeights: kernel.values must have inputs * units = 3 entries, got 2',
    );
    expect(() => absoluteWeights(kernel([1], 1, 0))).toThrow(
      'absoluteWeights: kernel.units must be an integer of 1 or more, got 0',
    );
    expect(() => absoluteWeights([1] as never)).toThrow(
      'absoluteWeights: kernel must be { values, inputs, units }, got [1]',
    );
  });
});

describe('garson and olden', () => {
  it.each(golden.weights)('they equal the formulas of NeuralNetTools: $call', (one) => {
    const [inputs, units, outputs] = one.sizes as [number, number, number];
    const [hidden, out] = [kernel(one.hidden, inputs, units), kernel(one.out, units, outputs)];
    near(garson(hidden, out, { output: one.output }), one.garson, float64Error(inputs + units));
    near(olden([hidden, out], { output: one.output }), one.olden, 4 * float64Error(units));
  });

  it('the scale of a hidden unit, taken out behind it, changes neither; absoluteWeights sees it', () => {
    fc.assert(
      fc.property(kernelOf(3, 2), kernelOf(2, 2), fc.constantFrom(0.25, 2, 16), (hidden, out, scale) => {
        const scaled = kernel(
          Array.from(hidden.values, (w, i) => (i % 2 === 0 ? w * scale : w)),
          3,
          2,
        );
        const back = kernel(
          Array.from(out.values, (v, i) => (i < 2 ? v / scale : v)),
          2,
          2,
        );
        // Powers of two: exact.
        expect(garson(scaled, back)).toEqual(garson(hidden, out));
        expect(olden([scaled, back])).toEqual(olden([hidden, out]));
      }),
    );
    expect(absoluteWeights(kernel([1, 0, 0, 1], 2, 2))).not.toEqual(absoluteWeights(kernel([2, 0, 0, 1], 2, 2)));
  });

  it('another order of the hidden units changes neither, but for rounding; shares are 1 together', () => {
    fc.assert(
      fc.property(kernelOf(3, 4), kernelOf(4, 1), (hidden, out) => {
        const order = [2, 0, 3, 1];
        const shuffled = kernel(
          [0, 1, 2].flatMap((i) => order.map((j) => hidden.values[i * 4 + j]!)),
          3,
          4,
        );
        const moved = kernel(
          order.map((j) => out.values[j]!),
          4,
          1,
        );
        const shares = garson(hidden, out);
        near(garson(shuffled, moved), shares, float64Error(8));
        near(olden([shuffled, moved]), olden([hidden, out]), 0);
        const sum = shares.reduce((total, share) => total + share, 0);
        expect(sum === 0 || Math.abs(sum - 1) < float64Error(8)).toBe(true);
      }),
    );
  });

  it('an input without weights has nothing; the weights behind the hidden units cancel out of garson unless they are 0', () => {
    const hidden = kernel([1, 2, 0, 0, 3, -2], 3, 2);
    for (const v of [
      [1, 1],
      [5, -0.5],
    ])
      near(garson(hidden, kernel(v, 2, 1)), [3 / 8, 0, 5 / 8], float64Error(8));
    near(garson(hidden, kernel([1, 0], 2, 1)), [1 / 4, 0, 3 / 4], float64Error(8));
    expect(Array.from(garson(hidden, kernel([0, 0], 2, 1)))).toEqual([0, 0, 0]);
    expect(Array.from(olden([hidden, kernel([1, 1], 2, 1)]))).toEqual([3, 0, 1]);
  });

  it('olden of one layer is its column, of three their product; kernels that do not follow one another are refused', () => {
    expect(Array.from(olden([kernel([1, 2, 3, 4], 2, 2)], { output: 1 }))).toEqual([2, 4]);
    const [a, b] = [kernel([1, 2], 1, 2), kernel([3, 4], 2, 1)];
    expect(Array.from(olden([a, b, a], { output: 1 }))).toEqual([2 * (1 * 3 + 2 * 4)]);
    expect(() => olden([a, a])).toThrow('olden: kernels[1].inputs must be 2, got 1');
    expect(() => olden([])).toThrow('olden: kernels must be a list of one or more, got []');
    expect(() => olden([a], { output: 2 })).toThrow('olden: output must be an integer from 0 to 1, got 2');
    expect(() => garson(a, a)).toThrow('garson: out.inputs must be the 2 hidden units, got 1');
  });
});

describe('rankCorrelation and gaussLegendre', () => {
  it.each(golden.ranks)('rankCorrelation equals $call of $a.length numbers with ties', ({ a, b, correlation }) => {
    expect(Math.abs(rankCorrelation(a, b)! - correlation)).toBeLessThan(float64Error(a.length));
  });

  it('rankCorrelation is 1 for any rising function and has no value for a constant', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -99, max: 99 }), { minLength: 2 }), (x) => {
        expect(
          rankCorrelation(
            x,
            x.map((n) => n ** 3),
          ),
        ).toBeCloseTo(1, 12);
        expect(
          rankCorrelation(
            x,
            x.map((n) => -n),
          ),
        ).toBeCloseTo(-1, 12);
        expect(
          rankCorrelation(
            x,
            x.map(() => 1),
          ),
        ).toBeNull();
      }),
    );
  });

  it.each(golden.rules)('gaussLegendre equals $call', ({ nodes, weights }) => {
    const rule = gaussLegendre(nodes.length);
    near(
      rule.nodes,
      nodes.map((x) => (1 + x) / 2),
      4 * 2 ** -52,
    );
    // The slope of the polynomial is a recursion of n steps.
    near(
      rule.weights,
      weights.map((w) => w / 2),
      float64Error(nodes.length + 4),
    );
  });
});
