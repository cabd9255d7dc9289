import { nodeData } from '@weightkit/datasets/node';
import { normal } from '@weightkit/initializers';
import { type Lesson, runLesson } from '@weightkit/lesson';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { type Params, type Result, STDS } from './experiment.ts';
import { kept } from './figure.ts';
import { lesson } from './lesson.ts';
import { slopeOf } from './measure.ts';
import { median } from './parts.ts';

const data = nodeData();
/** The slide's layers with few inputs: what is said of them holds for many as well. */
const FEW: Partial<Params> = { samples: 20 };

async function run(params: Partial<Params>): Promise<Result> {
  const { result, leaked } = await runLesson(lesson, { ...FEW, ...params }, { data });
  expect(leaked).toBe(0);
  return result;
}

const ACTIVATIONS = {
  relu: (z: number) => Math.max(0, z),
  linear: (z: number) => z,
  tanh: Math.tanh,
  sigmoid: (z: number) => 1 / (1 + Math.exp(-z)),
};
const SLOPES = {
  relu: (z: number) => (z > 0 ? 1 : 0),
  linear: () => 1,
  // As exact where tanh is near 1: sech².
  tanh: (z: number) => 1 / Math.cosh(z) ** 2,
  sigmoid: (z: number) => Math.exp(-Math.abs(z)) / (1 + Math.exp(-Math.abs(z))) ** 2,
};

/** The same layers by loops in 64 bits, which have room for all of these numbers: logarithms of root mean squares. */
function inLoops({ std, activation, depth, units, samples, seed }: Params) {
  const of = (name: string, rows: number, columns: number) => {
    const values = fillNormal(new Float32Array(rows * columns), randomKey(seed, name));
    return Array.from({ length: rows }, (_, i) => Array.from(values.subarray(i * columns, (i + 1) * columns)));
  };
  const kernels = Array.from({ length: depth }, (_, l) => of(`layer${l + 1}/kernel`, units, units));
  const scale = (rows: readonly (readonly number[])[]) =>
    Math.log10(Math.sqrt(rows.flat().reduce((sum, x) => sum + x * x, 0) / rows.flat().length));
  const product = (x: readonly (readonly number[])[], weight: (from: number, to: number) => number) =>
    x.map((row) => row.map((_, to) => std * row.reduce((sum, value, from) => sum + value * weight(from, to), 0)));
  let x = of('x', samples, units);
  const sums = kernels.map((kernel) => {
    const z = product(x, (from, to) => kernel[from]![to]!);
    x = z.map((row) => row.map(ACTIVATIONS[activation]));
    return { z, sums: scale(z), activations: scale(x) };
  });
  let back = of('gradient', samples, units);
  const gradients: number[] = [];
  for (let l = depth - 1; l >= 0; l--) {
    const at = back.map((row, i) => row.map((value, j) => value * SLOPES[activation](sums[l]!.z[i]![j]!)));
    gradients[l] = scale(at);
    back = product(at, (from, to) => kernels[l]![to]![from]!);
  }
  return sums.map(({ sums, activations }, l) => ({ sums, activations, gradients: gradients[l]! }));
}

describe('signal propagation', () => {
  it.each(Object.keys(ACTIVATIONS) as Params['activation'][])(
    'has the scales that loops in 64 bits have, forward and back, from the smallest weights to large ones (%s)',
    async (activation) => {
      for (const std of [1e-4, 0.02, 0.3, 2]) {
        const params: Params = { std, activation, depth: 6, units: 20, samples: 10, train: false, seed: 3 };
        const { layers } = await run(params);
        // Six layers of sums of 20 products in 32 bits: 6 x 20 x 2^-24 of a value is 7e-6, 3e-6 of its logarithm. A unit near
        // the kink of ReLU, or 1 - tanh² near 1 - 1, may weigh more.
        for (const [l, expected] of inLoops(params).entries())
          for (const name of ['sums', 'activations', 'gradients'] as const)
            expect(Math.abs(layers[l]![name] - expected[name]), `${activation} ${std} ${name} ${l}`).toBeLessThan(1e-3);
      }
    },
  );

  it('starts from the weights that initialize gives a model, which signalReport looks at', async () => {
    const one = normal({ std: 1 })([20, 20], { seed: 3, path: 'layer1/kernel' });
    const [mine] = [fillNormal(new Float32Array(400), randomKey(3, 'layer1/kernel'))];
    expect(await one.data()).toEqual(mine);
    one.dispose();
  });

  it('the last scale against the standard deviation is a line whose slope is the number of layers', async () => {
    const x = STDS.map(Math.log10);
    for (const seed of [0, 1])
      for (const depth of [3, 10]) {
        const { sweep } = await run({ depth, seed });
        expect(sweep).toHaveLength(50);
        // ReLU commutes with a scale, so all but rounding: 1e-6 of a layer over 5 powers of ten.
        expect(
          Math.abs(
            slopeOf(
              x,
              sweep.map(({ final }) => final),
            ) - depth,
          ),
        ).toBeLessThan(1e-4);
      }
    // And with other weights and inputs at every scale: each is off by sqrt(5 L / n) / 2 = 0.35 of e, 0.15 powers of ten, so the
    // slope of 6 over 5 powers of ten by 0.15 / (1.7 sqrt(6)) = 0.036. Four of these.
    const stds = Array.from({ length: 6 }, (_, i) => Math.max(1e-4, 10 ** (-4 + i)));
    const finals = [];
    for (const [seed, std] of stds.entries()) finals.push((await run({ std, seed })).layers.at(-1)!.activations);
    const slope = slopeOf(stds.map(Math.log10), finals);
    expect(Math.abs(slope - 10), String(slope)).toBeLessThan(0.15);
  }, 120_000);

  it('at √(2/n) the median of E[x²] over 20 seeds stays between 0.5 and 1.5 in every layer', async () => {
    const squares: number[][] = [];
    for (let seed = 0; seed < 20; seed++) {
      const { layers } = await run({ std: kept(100), seed });
      layers.forEach(({ activations }, l) => {
        squares[l] = [...(squares[l] ?? []), 10 ** (2 * activations)];
      });
    }
    for (const layer of squares) {
      expect(median(layer)).toBeGreaterThan(0.5);
      expect(median(layer)).toBeLessThan(1.5);
    }
  }, 120_000);

  it('at 0.0001 the scales do not vanish, where the mean square in 32 bits does', async () => {
    const { layers } = await run({ std: 1e-4 });
    // 10 log10(1e-4 sqrt(50)) = -31.5, and the 0.15 from above, four times.
    expect(Math.abs(layers.at(-1)!.activations + 31.5)).toBeLessThan(0.6);
    expect(Math.fround(10 ** (2 * layers.at(-1)!.activations))).toBe(0);
    const { layers: deep } = await run({ std: 1e-4, depth: 30, units: 10 });
    expect(deep.at(-1)!.activations).toBeLessThan(-45 - 45);
    expect(Number.isFinite(deep.at(-1)!.activations)).toBe(true);
  });

  it.each([
    ['relu', 0.1],
    ['linear', 0.05],
    ['tanh', 0.1],
    ['tanh', 1e-4],
    ['sigmoid', 0.1],
  ] as const)('signalReport predicts what is measured: %s at %d', async (activation, std) => {
    const off: { sums: number; gradients: number }[] = [];
    for (const seed of [0, 1, 2]) {
      const { layers } = await run({ activation, std, seed });
      off.push({
        sums: layers.at(-1)!.sums - layers.at(-1)!.predicted.sums,
        gradients: layers[0]!.gradients - layers[0]!.predicted.gradients,
      });
    }
    // A mean over 3 seeds, each off by 0.15 powers of ten: 0.09, four times, and a bias of half the variance of the logarithm.
    for (const name of ['sums', 'gradients'] as const)
      expect(Math.abs(off.reduce((sum, one) => sum + one[name], 0) / 3)).toBeLessThan(0.4);
  });

  it('shows nothing that is no number at the corners of its controls', async () => {
    const small = { samples: [10], units: [10], train: [false], seed: [999] };
    const wide = { ...small, units: [300], depth: [1], activation: ['relu', 'sigmoid'] };
    for (const instead of [small, wide])
      for (const values of cornersOf(lesson as unknown as Lesson, instead))
        await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it('meets its challenge at the right scale, and not at the one that it opens with', async () => {
    const at = async (std: number) => {
      const params = { std, activation: 'relu', depth: 20, units: 50, samples: 200, train: false, seed: 0 } as const;
      return lesson.check(await run(params), params).met;
    };
    expect(await at(0.1)).toBe(false);
    const tried = [];
    for (const std of [0.19, 0.2, 0.21, 0.22]) tried.push(await at(std));
    expect(tried).toContain(true);
  });
});
