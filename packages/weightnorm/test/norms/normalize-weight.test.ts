import * as tf from '@tensorflow/tfjs';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeWeight } from '../../src/index.ts';
import golden from '../golden/normalize-weight.json' with { type: 'json' };

const ULP = 2 ** -24; // half a unit in the last place of 1: the largest relative error of one float32 rounding

/** w, dv and dg of Σ w · dw. */
async function run(
  v: tf.Tensor,
  g: tf.Tensor,
  axis: number | number[] | null | undefined,
  dw: tf.Tensor,
): Promise<[Float32Array, Float32Array, Float32Array]> {
  const options = axis === undefined ? {} : { axis };
  const w = normalizeWeight(v, g, options);
  const [dv, dg] = tf.grads((v, g) => tf.sum(tf.mul(normalizeWeight(v, g, options), dw)))([v, g]);
  return Promise.all([valuesOf(w), valuesOf(dv!), valuesOf(dg!)]);
}

const norm = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
const columns = (x: ArrayLike<number>, units: number): number[][] =>
  Array.from({ length: units }, (_, j) => Array.from(x).filter((_, i) => i % units === j));

describe('normalizeWeight against torch.nn.utils.parametrizations.weight_norm', () => {
  for (const { call, axis, shape, gShape, v, g, dw, ...expected } of golden.cases)
    it(`normalizeWeight(v, g, {axis: ${JSON.stringify(axis)}}) and its gradients equal ${call}`, async () => {
      const [w, dv, dg] = await run(tf.tensor(v, shape), tf.tensor(g, gShape), axis, tf.tensor(dw, shape));
      // A sum of at most 12 squares, a root, two quotients and a product: at most 20 roundings of w.
      const longest = Math.max(...g.map(Math.abs));
      expect(maxAbsDifference(w, expected.w)).toBeLessThanOrEqual(20 * ULP * longest);
      // dg adds 12 products of such numbers: 40 roundings of ‖dw‖. dv doubles that and multiplies by g / ‖v‖ = w / v.
      const size = norm(dw);
      const rate = Math.max(...expected.w.map((w, i) => Math.abs(w / v[i]!)));
      expect(maxAbsDifference(dg, expected.dg)).toBeLessThanOrEqual(40 * ULP * size);
      expect(maxAbsDifference(dv, expected.dv)).toBeLessThanOrEqual(80 * ULP * size * rate);
    });
});

describe('normalizeWeight', () => {
  it('normalizeWeight(v, g) has norm |g| in each column and v’s direction, for any finite v', async () => {
    const entry = fc.float({ min: Math.fround(-1e30), max: Math.fround(1e30), noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 6, maxLength: 6 }),
        fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 2, maxLength: 2 }),
        async (v, g) => {
          const w = await valuesOf(tf.tidy(() => normalizeWeight(tf.tensor2d(v, [3, 2]), tf.tensor1d(g))));
          for (const [j, column] of columns(w, 2).entries()) {
            const direction = columns(v, 2)[j]!;
            const isZero = Math.max(...direction.map(Math.abs)) < 2 ** -126;
            // Below 2⁻¹⁰⁰ the products are near the subnormal numbers, which have fewer bits (and some backends none).
            if (Math.abs(g[j]!) < 2 ** -100) continue;
            const length = isZero ? 0 : Math.abs(g[j]!);
            expect(Math.abs(norm(column) - length)).toBeLessThanOrEqual(20 * ULP * length);
            for (const [i, value] of column.entries())
              if (!isZero) expect(Math.sign(value) * Math.sign(g[j]! * direction[i]!)).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });

  it('normalizeWeight(v, g) has value 0 and gradients 0 where v is zero, and the others are as without it', async () => {
    const dw = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const [w, dv, dg] = await run(
      tf.tensor2d([
        [0, 3],
        [-0, 4],
      ]),
      tf.tensor1d([7, 10]),
      undefined,
      dw,
    );
    expect([...w]).toEqual([0, 6, -0, 8].map((x) => expect.closeTo(x, 6)));
    // v̂ = (0.6, 0.8): dg = 2 · 0.6 + 4 · 0.8, dv = 10 / 5 · (dw − v̂ dg).
    expect([...dg]).toEqual([0, expect.closeTo(4.4, 5)]);
    expect([...dv]).toEqual([0, expect.closeTo(2 * (2 - 0.6 * 4.4), 5), 0, expect.closeTo(2 * (4 - 0.8 * 4.4), 5)]);
  });

  it('normalizeWeight(v, g) is +0 where v is 0, under a negative g too, so that a mask below keeps its zeros', async () => {
    const w = normalizeWeight(
      tf.tensor2d([
        [0, 0],
        [-0, 3],
        [0, 4],
      ]),
      tf.tensor1d([-1, -10]),
    );
    const values = await valuesOf(w);
    expect([...values].map((x) => Object.is(x, 0))).toEqual([true, true, true, false, true, false]);
    expect(values[3]).toBeCloseTo(-6, 6);
  });

  it('normalizeWeight(v, g) does not under- or overflow where the squares would', async () => {
    for (const size of [2 ** -120, 2 ** -75, 2 ** 70, 2 ** 120]) {
      const [w, dv] = await run(
        tf.tensor2d([3 * size, 4 * size], [2, 1]),
        tf.tensor1d([5]),
        undefined,
        tf.tensor2d([size, 0], [2, 1]),
      );
      expect(maxAbsDifference(w, [3, 4])).toBeLessThanOrEqual(20 * ULP * 5);
      // dv = 5 / (5 size) · (dw − v̂ (v̂ · dw)) = (1 − 0.36, −0.48), free of the size.
      expect(maxAbsDifference(dv, [0.64, -0.48])).toBeLessThanOrEqual(40 * ULP);
    }
  });

  it('normalizeWeight(v, g, {axis}) and its gradients are the formula in float64, for any shape and axes', async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 });
    const cases = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        axes: fc.subarray(
          shape.map((_, i) => i),
          { maxLength: shape.length - 1 },
        ),
        seed: fc.nat(1000),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, axes, seed }) => {
        const gShape = axes.map((i) => shape[i]!);
        const [v, dw] = [1, 2].map((i) => tf.randomNormal(shape, 0, 1, 'float32', seed + i)) as [tf.Tensor, tf.Tensor];
        const g = tf.randomNormal(gShape, 0, 1, 'float32', seed + 3);
        const actual = await run(v, g, axes.length === 0 ? null : axes, dw);
        const [vs, gs, dws] = await Promise.all([v.data(), g.data(), dw.data()]);
        // The unit of each entry: its place in the row-major order of the unit axes.
        const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
        const unitOf = (at: number) =>
          axes.reduce((unit, i) => unit * shape[i]! + (Math.floor(at / strides[i]!) % shape[i]!), 0);
        const [squares, dots] = [new Float64Array(gs.length), new Float64Array(gs.length)];
        for (let i = 0; i < vs.length; i++) squares[unitOf(i)]! += vs[i]! ** 2;
        for (let i = 0; i < vs.length; i++) dots[unitOf(i)]! += (dws[i]! * vs[i]!) / Math.sqrt(squares[unitOf(i)]!);
        const expected: [number[], number[], number[]] = [[], [], Array.from(dots)];
        for (let i = 0; i < vs.length; i++) {
          const unit = unitOf(i);
          const direction = vs[i]! / Math.sqrt(squares[unit]!);
          expected[0].push(gs[unit]! * direction);
          expected[1].push((gs[unit]! / Math.sqrt(squares[unit]!)) * (dws[i]! - direction * dots[unit]!));
        }
        // As for the goldens, with units of up to 5³ entries in place of 12: 133, 266 and 532 roundings of the same sizes.
        const size = norm(Array.from(dws));
        const rate = Math.max(...Array.from(gs, (g, unit) => Math.abs(g) / Math.sqrt(squares[unit]!)));
        expect(maxAbsDifference(actual[0], expected[0])).toBeLessThanOrEqual(133 * ULP * Math.max(...gs.map(Math.abs)));
        expect(maxAbsDifference(actual[1], expected[1])).toBeLessThanOrEqual(532 * ULP * size * rate);
        expect(maxAbsDifference(actual[2], expected[2])).toBeLessThanOrEqual(266 * ULP * size);
        tf.dispose([v, g, dw]);
      }),
      { numRuns: 25, seed: 5 },
    );
  });

  it('normalizeWeight(v, g) treats units of sizes 2¹²⁰, 1, 2⁻¹²⁰, 2⁻¹³⁰ and 0 side by side, those below 2⁻¹²⁶ as zero', async () => {
    const sizes = [2 ** 120, 1, 2 ** -120, 2 ** -130, 0];
    const v = tf.tensor2d([...sizes.map((size) => 3 * size), ...sizes.map((size) => -4 * size)], [2, 5]);
    const [w, dv, dg] = await run(v, tf.tensor1d([5, 5, 5, -5, -5]), undefined, tf.ones([2, 5]));
    expect(maxAbsDifference(w, [3, 3, 3, 0, 0, -4, -4, -4, 0, 0])).toBeLessThanOrEqual(20 * ULP * 5);
    // dg = v̂ · dw = 0.6 − 0.8.
    expect(maxAbsDifference(dg, [-0.2, -0.2, -0.2, 0, 0])).toBeLessThanOrEqual(40 * ULP * 2);
    expect([dv[3], dv[4], dv[8], dv[9]].map((x) => x! + 0)).toEqual([0, 0, 0, 0]);
    // dv = 5 / (5 size) · (1 + 0.2 · 0.6, 1 − 0.2 · 0.8).
    for (const [j, size] of sizes.slice(0, 3).entries())
      expect(maxAbsDifference([dv[j]! * size, dv[j + 5]! * size], [1.12, 0.84])).toBeLessThanOrEqual(80 * ULP * 2);
  });

  // 20,480 entries are computed by operations on tfjs-node, and units of which one is zero or large with scaled entries.
  it.each([
    ['plain', (g: number) => g, () => 1],
    ['with a g of 0', (g: number, j: number) => (j === 3 ? 0 : g), () => 1],
    ['with a zero unit', (g: number) => g, (j: number) => (j === 5 ? 0 : 1)],
    ['with a unit of size 2^70', (g: number) => g, (j: number) => (j === 5 ? 2 ** 70 : 1)],
  ])(
    'normalizeWeight(v, g) of a large weight, %s, and its gradients are the formula in float64',
    async (_, ofG, sizeOf) => {
      const [rows, units] = [160, 128];
      const [vs, dws, normal] = [1, 2, 3].map((seed) =>
        tf.randomNormal([rows, units], 0, 1, 'float32', seed).dataSync(),
      );
      for (let i = 0; i < rows * units; i++) vs![i]! *= sizeOf(i % units);
      vs![7] = -0;
      const gs = Float32Array.from({ length: units }, (_, j) => ofG(normal![j]!, j));
      const [v, dw, g] = [tf.tensor2d(vs!, [rows, units]), tf.tensor2d(dws!, [rows, units]), tf.tensor1d(gs)];
      const [w, dv, dg] = await run(v, g, undefined, dw);
      expect(Object.is(w[7], 0)).toBe(true);
      const [size, longest] = [norm(Array.from(dws!)), Math.max(...gs.map(Math.abs))];
      for (let j = 0; j < units; j++) {
        const [column, along] = [vs!, dws!].map((x) => Array.from({ length: rows }, (_, i) => x[i * units + j]!));
        const length = norm(column!) || Number.POSITIVE_INFINITY;
        const dot = column!.reduce((sum, x, i) => sum + (x / length) * along![i]!, 0);
        const rate = Math.abs(gs[j]!) / length;
        // Sums of 160 terms: 168 roundings of w, 336 of dg and 672 of dv, of the sizes of the goldens above.
        expect(Math.abs(dg[j]! - dot)).toBeLessThanOrEqual(336 * ULP * size);
        for (let i = 0; i < rows; i++) {
          const [at, direction] = [i * units + j, column![i]! / length];
          expect(Math.abs(w[at]! - gs[j]! * direction)).toBeLessThanOrEqual(168 * ULP * longest);
          const expected = (gs[j]! / length) * (along![i]! - direction * dot);
          expect(Math.abs(dv[at]! - expected)).toBeLessThanOrEqual(672 * ULP * size * rate);
        }
      }
      tf.dispose([v, dw, g]);
    },
  );

  it('normalizeWeight(v, g) has dv orthogonal to v', async () => {
    const v = tf.randomNormal([5, 4], 0, 1, 'float32', 1);
    const [, dv] = await run(v, tf.ones([4]), undefined, tf.randomNormal([5, 4], 0, 1, 'float32', 2));
    const values = await v.data();
    for (let j = 0; j < 4; j++) {
      const dot = columns(values, 4)[j]!.reduce((sum, x, i) => sum + x * columns(dv, 4)[j]![i]!, 0);
      expect(Math.abs(dot)).toBeLessThan(80 * ULP * norm(columns(dv, 4)[j]!) * norm(columns(values, 4)[j]!));
    }
  });

  it('normalizeWeight passes what is not finite on, in its unit alone', async () => {
    const w = await valuesOf(
      normalizeWeight(
        tf.tensor2d([
          [Number.NaN, 3],
          [1, 4],
        ]),
        tf.tensor1d([1, 5]),
      ),
    );
    expect(w[0]).toBeNaN();
    expect([w[1], w[3]]).toEqual([expect.closeTo(3, 5), expect.closeTo(4, 5)]);
  });

  it('normalizeWeight refuses what is no tensor, an axis that is not there, a g that does not fit and unknown options', () => {
    const [v, g] = [tf.ones([3, 2]), tf.ones([2])];
    const wrong = (axis: unknown) => () => normalizeWeight(v, g, { axis: axis as number });
    expect(() => normalizeWeight([1] as never, g)).toThrow('normalizeWeight: v must be a tensor of float32, got [1]');
    expect(() => normalizeWeight(v, 1 as never)).toThrow('normalizeWeight: g must be a tensor of float32, got 1');
    expect(wrong(2)).toThrow('normalizeWeight: axis must be an integer in [-2, 2), got 2');
    expect(wrong(Number.NaN)).toThrow('normalizeWeight: axis must be an integer in [-2, 2), got NaN');
    expect(wrong('last')).toThrow('normalizeWeight: axis must be a number, a list of numbers or null, got "last"');
    expect(wrong([1, -1])).toThrow('normalizeWeight: axis must name each axis once, got [1, -1]');
    expect(wrong([0, 1])).toThrow(
      'normalizeWeight: axis must leave an axis to take the norm over (or be null), for rank 2',
    );
    expect(wrong(0)).toThrow('normalizeWeight: g must have shape [3], got [2]');
    expect(wrong(null)).toThrow('normalizeWeight: g must have shape [], got [2]');
    expect(() => normalizeWeight(v, g, { axes: 1 } as never)).toThrow('normalizeWeight: options must be among axis');
  });

  it('normalizeWeight leaves its arguments alone and no tensor behind', async () => {
    const [v, g] = [tf.randomNormal([3, 2]), tf.ones([2])];
    const leak = await leakOf(() => {
      normalizeWeight(v, g).dispose();
      tf.dispose(tf.grads((v, g) => normalizeWeight(v, g))([v, g]));
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(v.isDisposed || g.isDisposed).toBe(false);
  });
});
