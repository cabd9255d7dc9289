import { nodeData } from '@weightkit/datasets/node';
import { glorotNormal, normal } from '@weightkit/initializers';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { permutation, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { NETS, type NetName, type Params, type Result, type Stats } from './experiment.ts';
import { fallOf } from './fall.ts';
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';

const data = nodeData();
/** One step of 50 digits: what is said of gradients at the start needs no more. */
const ONE_STEP: Partial<Params> = { epochs: 1, examples: 50 };

async function run(params: Partial<Params>): Promise<Result> {
  const { result, leaked } = await runLesson(lesson, params, { data });
  expect(leaked).toBe(0);
  return result;
}
const netOf = ({ nets }: Result, name: NetName) => nets.find((net) => net.name === name)!;
const firstOf = (result: Result, name: NetName) => netOf(result, name).moments[0]!.layers;

type Matrix = number[][];
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
const transposed = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));
const each = (a: Matrix, f: (value: number, i: number, j: number) => number): Matrix =>
  a.map((row, i) => row.map((value, j) => f(value, i, j)));

/** The gradients of the sigmoid network at its first step by the chain rule, in loops of 64 bits. */
async function byHand({ depth, units, scale, seed, examples }: Params): Promise<Matrix[]> {
  const { train } = await data.digits({ train: examples, test: 500 });
  const order = permutation(examples, randomKey(seed, 'order/0'));
  const rows = Array.from(order.subarray(0, 50));
  const x = rows.map((row) =>
    Array.from(train.pixels.subarray(row * 784, (row + 1) * 784), (pixel) => (pixel / 255 - 0.1307) / 0.3081),
  );
  const kernel = async (path: string, from: number, to: number, law = glorotNormal()): Promise<Matrix> => {
    const tensor = law([from, to], { seed, path });
    const values = Array.from(await tensor.data());
    tensor.dispose();
    return Array.from({ length: from }, (_, i) => values.slice(i * to, (i + 1) * to));
  };
  const sigmoid = (sums: Matrix) => each(sums, (value) => 1 / (1 + Math.exp(-value)));
  const hidden: Matrix[] = [];
  for (let l = 1; l <= depth; l++)
    hidden.push(await kernel(`layer${l}/kernel`, units, units, normal({ std: scale / Math.sqrt(units) })));
  const outputs = [sigmoid(product(x, await kernel('first/kernel', 784, units)))];
  for (const weights of hidden) outputs.push(sigmoid(product(outputs.at(-1)!, weights)));
  const last = await kernel('output/kernel', units, 10);
  const scores = product(outputs.at(-1)!, last);
  const wrong = scores.map((row, i) => {
    const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
    return row.map((value, k) => (Math.exp(value) / total - (train.labels[rows[i]!] === k ? 1 : 0)) / 50);
  });
  let back = product(wrong, transposed(last));
  const gradients: Matrix[] = [];
  for (let l = depth - 1; l >= 0; l--) {
    const h = outputs[l + 1]!;
    const at = each(back, (value, i, j) => value * h[i]![j]! * (1 - h[i]![j]!));
    gradients[l] = product(transposed(outputs[l]!), at);
    back = product(at, transposed(hidden[l]!));
  }
  return gradients;
}

describe('gradient flow', () => {
  it('keeps mean, std, min, max and size of the gradients that the chain rule gives in loops of 64 bits', async () => {
    const params: Params = { ...BASE, ...ONE_STEP, depth: 4, units: 8, scale: 1.5, seed: 3 } as Params;
    const layers = firstOf(await run(params), 'sigmoid');
    for (const [l, gradient] of (await byHand(params)).entries()) {
      const all = gradient.flat();
      const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
      const expected: Stats = {
        mean,
        std: Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length),
        min: Math.min(...all),
        max: Math.max(...all),
        size: all.reduce((sum, value) => sum + Math.abs(value), 0) / all.length,
      };
      // Some hundred roundings of 2^-24 on the way through five layers, of values up to the largest.
      for (const name of Object.keys(expected) as (keyof Stats)[])
        expect(Math.abs(layers[l]![name] - expected[name]), `${name} ${l}`).toBeLessThan(1e-3 * expected.std);
    }
  });

  it('fits a geometric sequence exactly, and says nothing where a gradient is 0', () => {
    const stats = (std: number): Stats => ({ mean: 0, std, min: -std, max: std, size: std });
    const factor = fc.double({ min: 0.05, max: 20, noNaN: true });
    fc.assert(
      fc.property(
        factor,
        fc.double({ min: 1e-9, max: 10, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (by, from, n) => {
          const fall = fallOf(Array.from({ length: n }, (_, l) => stats(from * by ** l)))!;
          expect(fall.factor / by).toBeCloseTo(1, 9);
          expect(fall.line[0]! / from).toBeCloseTo(1, 9);
          expect(fall.ends / by ** (n - 1)).toBeCloseTo(1, 9);
        },
      ),
    );
    expect(fallOf([stats(1), stats(0)])).toBeUndefined();
    expect(fallOf([stats(1), stats(Number.NaN)])).toBeUndefined();
    expect(fallOf([stats(1), stats(8), stats(1)])!.explained).toBeLessThan(0.01);
  });

  it('in the sigmoid net the fall over depth is geometric, with shortcuts and with ReLU there is hardly any: six seeds', async () => {
    const logs: Record<NetName, number[]> = { sigmoid: [], ReLU: [], 'sigmoid with shortcuts': [] };
    for (let seed = 0; seed < 6; seed++) {
      const result = await run({ ...ONE_STEP, seed });
      for (const name of NETS) logs[name].push(Math.log10(fallOf(firstOf(result, name))!.factor));
      // A straight line through the logarithms leaves next to nothing.
      expect(fallOf(firstOf(result, 'sigmoid'))!.explained).toBeGreaterThan(0.98);
    }
    const [sigmoid, relu, shortcuts] = NETS.map((name) => meanInterval(logs[name]));
    // At least 4 from layer to layer, as the slope of sigmoid is at most 1/4.
    expect(sigmoid!.low).toBeGreaterThan(Math.log10(4));
    expect(sigmoid!.high).toBeLessThan(Math.log10(5));
    for (const level of [relu!, shortcuts!]) {
      expect(level.high).toBeLessThan(Math.log10(1.25));
      expect(level.low).toBeGreaterThan(Math.log10(0.8));
    }
    const apart = meanInterval(logs.sigmoid.map((log, i) => log - logs['sigmoid with shortcuts'][i]!));
    expect(apart.low).toBeGreaterThan(Math.log10(3));
  }, 120_000);

  it('the fall of small weights is 4 over their scale: σ′ is 1/4, and a layer multiplies by its scale', async () => {
    const factors: number[] = [];
    for (let seed = 0; seed < 5; seed++) {
      const result = await run({ ...ONE_STEP, scale: 0.25, depth: 8, seed });
      factors.push(Math.log(fallOf(firstOf(result, 'sigmoid'))!.factor));
    }
    // Each layer of 30 units is off by 1 / sqrt(2 x 30); a slope over 8 layers and 5 seeds by 0.02, four times; and σ′ of sums of 0.1 by 1 %.
    expect(Math.abs(meanInterval(factors).mean - Math.log(16))).toBeLessThan(0.1);
  }, 120_000);

  it('opens with what the page says: nearly six powers of ten for ten layers, and about twice as many for twenty', async () => {
    const ten = firstOf(await run(ONE_STEP), 'sigmoid');
    const { ends } = fallOf(ten)!;
    expect(Math.round(Math.log10(ten[0]!.std))).toBe(-8);
    expect(Math.log10(ends)).toBeGreaterThan(5.5);
    expect(Math.log10(ends)).toBeLessThan(6);
    const twenty = firstOf(await run({ ...ONE_STEP, depth: 20 }), 'sigmoid');
    const { ends: twice } = fallOf(twenty)!;
    expect(Math.abs(Math.log10(twenty[0]!.std) + 15)).toBeLessThan(1);
    expect(Math.round(Math.log10(twice))).toBe(12);
  });

  it('meets its challenge with large first weights, and not at the scale that it opens with', async () => {
    const met = async (scale: number) =>
      lesson.check(await run({ ...ONE_STEP, scale }), { ...BASE, scale, seed: 0 } as Params).met;
    expect(await met(1)).toBe(false);
    expect(await met(12)).toBe(true);
  }, 60_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const tiny = { depth: [2], epochs: [1], examples: [50], units: [5], seed: [0], net: ['sigmoid with shortcuts'] };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it.each([
    [{ depth: 1 }, 'gradientFlow: depth must be in [2, 100], got 1'],
    [{ examples: 60.5 }, 'gradientFlow: examples must be an integer, got 60.5'],
    [{ net: 'tanh' }, 'gradientFlow: net must be among sigmoid, ReLU, sigmoid with shortcuts, got "tanh"'],
  ])('refuses %j', async (wrong, message) => {
    await expect(lesson.experiment({ ...BASE, seed: 0, ...wrong } as Params, { data })).rejects.toThrow(message);
  });
});
