import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { initialize, torchDefault } from '@weightkit/initializers';
import { initialValues, type Lesson, type Values } from '@weightkit/lesson';
import { prune, shrink } from '@weightkit/pruning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound, expectStopped } from '../corners.ts';
import { INPUTS } from '../siamese/size.ts';
import { type Params, pruneAgain, type Result, SHARES, UNSEEN } from './experiment.ts';
import { figures } from './figure.ts';
import { fileSizesOf } from './files.ts';
import { free } from './free.ts';
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';
import { accuracyOf, buildNet, type Examples, examplesOf, netOf, readNet, trainNet, UNITS } from './network.ts';
import { type Choice, pruneNow, RULES, SCOPES, WHATS } from './prune-net.ts';

const data = nodeData();
const SMALL: Params = { ...BASE, images: 100, steps: 10, tune: 3, timed: false, seed: 0 };
const run = (params: Partial<Params>): Promise<Result> => lesson.experiment({ ...SMALL, ...params }, { data });
/** One run for the tests that only read it. */
let kept: Promise<Result> | undefined;
const small = (): Promise<Result> => {
  kept ??= run({ compare: true });
  return kept;
};
const again = (result: Result, params: Partial<Params>) => pruneAgain(result, { ...SMALL, ...params }, { data });
const numbered = (count: number) => Array.from({ length: count }, (_, i) => i);
const all = (masks: readonly Uint8Array[]): number[] => masks.flatMap((mask) => [...mask]);
const CHOICE: Choice = {
  sparsity: 50,
  what: 'units',
  by: 'smallest first',
  scope: 'each layer',
  tune: 0,
  seed: 0,
};

/** What a network says of rows of numbers, by hand and in double precision. */
function byHand({ kernels, biases }: Result['net'], images: Float32Array, row: number): number[] {
  let values = Array.from(images.slice(row * INPUTS, (row + 1) * INPUTS));
  for (const [layer, units] of UNITS.entries()) {
    const sums = numbered(units).map((unit) =>
      values.reduce((sum, value, i) => sum + value * kernels[layer]![i * units + unit]!, biases[layer]![unit]!),
    );
    values = layer < 2 ? sums.map((sum) => Math.max(0, sum)) : sums;
  }
  return values;
}

describe('pruning', () => {
  it('counts zeros exactly; the smallest weights of the whole network go, or of each layer, or as the seed has it', async () => {
    const result = await small();
    const magnitudes = result.net.kernels.flatMap((kernel) => Array.from(kernel, Math.abs));
    const total = magnitudes.length;
    expect(total).toBe(33_920);
    for (const sparsity of [37, 99]) {
      const { pruned } = await again(result, { sparsity });
      expect([pruned.zeros, pruned.weights]).toEqual([Math.round((sparsity / 100) * total), total]);
      const bits = all(pruned.kept);
      const goes = magnitudes.filter((_, i) => bits[i] === 0);
      const stays = magnitudes.filter((_, i) => bits[i] === 1);
      expect(goes).toHaveLength(pruned.zeros);
      expect(goes.reduce((a, b) => Math.max(a, b), 0)).toBeLessThanOrEqual(stays.reduce((a, b) => Math.min(a, b)));
    }
    const { pruned: layered } = await again(result, { sparsity: 75, scope: 'each layer' });
    for (const mask of layered.kept) expect(mask.filter((bit) => bit === 0)).toHaveLength(0.75 * mask.length);
    const [one, other] = [await again(result, { by: 'at random' }), await again(result, { by: 'at random', seed: 1 })];
    expect([one, other].map(({ pruned }) => pruned.zeros)).toEqual([30_528, 30_528]);
    expect(other.pruned.kept).not.toEqual(one.pruned.kept);
  }, 240_000);

  it('2:4 keeps two of each four neighbors, the larger two; units go whole, and the ten digits stay', async () => {
    const result = await small();
    const { pruned } = await again(result, { what: '2:4' });
    for (const [layer, units] of UNITS.entries()) {
      const [mask, kernel] = [pruned.kept[layer]!, result.net.kernels[layer]!];
      for (let unit = 0; unit < units; unit++)
        for (let row = 0; row < mask.length / units; row += 4) {
          const places = numbered(4).map((i) => (row + i) * units + unit);
          const stays = places.filter((place) => mask[place] === 1);
          expect(stays).toHaveLength(2);
          const magnitude = (place: number) => Math.abs(kernel[place]!);
          const goes = places.filter((place) => mask[place] === 0);
          expect(Math.max(...goes.map(magnitude))).toBeLessThanOrEqual(Math.min(...stays.map(magnitude)));
        }
    }
    const half = await again(result, { what: 'units', scope: 'each layer', sparsity: 50 });
    expect(half.smaller.units).toEqual([64, 32]);
    expect(half.pruned.kept[2]!.every((bit) => bit === 1)).toBe(true);
    for (const layer of [0, 1]) {
      const units = UNITS[layer]!;
      const columns = numbered(units).map((unit) => half.pruned.kept[layer]!.filter((_, i) => i % units === unit));
      expect(columns.every((column) => new Set(column).size === 1)).toBe(true);
    }
  }, 240_000);

  it('accuracy is that of the network by hand; at 0 % it is the dense one, by every order', async () => {
    const result = await small();
    const { test } = await data.digits({ train: 1, test: UNSEEN });
    const unseen = examplesOf(test);
    const images = (await unseen.x.data()) as Float32Array;
    tf.dispose([unseen.x, unseen.labels]);
    const masked = {
      ...result.net,
      kernels: result.net.kernels.map((kernel, i) => kernel.map((w, at) => w * result.pruned.kept[i]![at]!)),
    };
    let [right, close] = [0, 0];
    for (let i = 0; i < UNSEEN; i++) {
      const scores = byHand(masked, images, i);
      const order = [...scores].sort((a, b) => b - a);
      if (scores.indexOf(order[0]!) === test.labels[i]) right++;
      // Floats may decide otherwise where two scores are next to equal.
      if (order[0]! - order[1]! < 1e-4) close++;
    }
    expect(Math.abs(right - UNSEEN * result.pruned.atOnce)).toBeLessThanOrEqual(close);
    const { dense, curve } = result;
    expect([curve.network[0], curve.layer[0], curve.random[0]]).toEqual([dense, dense, dense]);
    expect(curve.network).toHaveLength(SHARES.length);
    expect(curve.network[SHARES.indexOf(90)]).toBe(result.pruned.atOnce);
  }, 240_000);

  it('zeros are zeros after training on, and little by little all of them have gone', async () => {
    const { pruned } = await small();
    expect(pruned.alive).toBe(0);
    for (const value of [pruned.tuned, pruned.gradual]) expect(value).toBeGreaterThan(0);
    const result = await again(await small(), {});
    expect([result.pruned.tuned, result.pruned.gradual]).toEqual([null, null]);
    expect(result.pruned.kept).toEqual(pruned.kept);
    expect(result.pruned.atOnce).toBe(pruned.atOnce);
  }, 240_000);

  it('units taken out: the smaller network gives the same to what rounding allows, and calls every digit the same', async () => {
    const { net } = await small();
    const model = netOf(net);
    const pruning = await pruneNow(model, CHOICE);
    const { model: smaller } = await shrink(model);
    // As each sum of n products and a bias rounds by at most (n + 1) u of the sum of magnitudes, both networks together by twice that.
    const probe = tf.randomUniform([64, INPUTS], 0, 1, 'float32', 7);
    const without = (one: tf.LayersModel) =>
      tf.tidy(() => {
        let values = probe as tf.Tensor2D;
        let size = probe as tf.Tensor2D;
        for (const [i, layer] of one.layers.entries()) {
          const [kernel, bias] = layer.getWeights() as [tf.Tensor2D, tf.Tensor1D];
          const sums = tf.add(tf.matMul(values, kernel), bias) as tf.Tensor2D;
          size = tf.add(tf.matMul(size, tf.abs(kernel)), tf.abs(bias)) as tf.Tensor2D;
          values = i < 2 ? tf.relu(sums) : sums;
        }
        return [values, size] as const;
      });
    pruning.fold();
    const [[masked, size], [shrunk, other]] = [without(model), without(smaller)];
    const [a, b, magnitude] = (await Promise.all([masked.data(), shrunk.data(), size.data()])) as Float32Array[];
    const rounding = 2 * UNITS.reduce((sum, _, i) => sum + (i === 0 ? INPUTS : UNITS[i - 1]!) + 1, 0) * 2 ** -24;
    for (const [i, value] of a!.entries())
      expect(Math.abs(value - b![i]!)).toBeLessThanOrEqual(rounding * magnitude![i]!);
    tf.dispose([probe, masked, size, shrunk, other]);
    for (const one of [model, smaller]) one.dispose();
    const { smaller: said } = await again(await small(), { what: 'units', scope: 'each layer', sparsity: 50 });
    expect(said.same).toBe(1);
    // A probability moves by at most half of what its score does.
    expect(said.largest).toBeLessThan(1e-5);
  }, 240_000);

  it('zeros leave the file as long as it was, and gzip finds them; fewer units make it shorter', async () => {
    const { saved } = await small();
    const [dense, zeros, units] = saved;
    const parameters = UNITS.reduce((sum, count, i) => sum + count * ((i === 0 ? INPUTS : UNITS[i - 1]!) + 1), 0);
    expect([dense!.bytes, zeros!.bytes]).toEqual([4 * parameters, 4 * parameters]);
    expect(zeros!.gzip).toBeLessThan(0.25 * dense!.gzip);
    const [first, second] = [13, 6];
    expect(units!.bytes).toBe(4 * ((INPUTS + 1) * first + (first + 1) * second + 10 * (second + 1)));
    const untouched = await again(await small(), { sparsity: 0 });
    expect(untouched.saved.map(({ bytes }) => bytes)).toEqual([dense!.bytes, dense!.bytes, dense!.bytes]);
    // What is saved is what stock TensorFlow.js loads: floats, one after the other.
    const model = buildNet(3);
    expect((await fileSizesOf(model)).bytes).toBe(4 * parameters);
    model.dispose();
  }, 240_000);

  it('times all three networks where it is asked to', async () => {
    const { saved } = await again(await small(), { timed: true });
    for (const { ms } of saved) expect(ms).toBeGreaterThan(0);
    expect((await small()).saved.map(({ ms }) => ms)).toEqual([null, null, null]);
  }, 240_000);

  it('the steps of training are those of fit: the loss of stock TensorFlow.js falls by them, and masks hold', async () => {
    const model = buildNet(0);
    const { train } = await data.digits({ train: 128, test: 1 });
    const examples: Examples = examplesOf(train);
    const loss = () => {
      const y = tf.tidy(() => tf.cast(tf.oneHot(examples.labels, 10), 'float32'));
      model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      const value = model.evaluate(examples.x, y, { batchSize: 128 }) as tf.Scalar;
      const [number] = value.dataSync();
      tf.dispose([y, value]);
      return number!;
    };
    const before = loss();
    const pruning = await prune(model, { sparsity: 0.5 });
    await trainNet(model, examples, 8, 0, () => undefined);
    expect(await pruning.verify()).toMatchObject({ nonzero: 0 });
    expect(loss()).toBeLessThan(0.8 * before);
    const net = await readNet(model);
    expect(
      all(net.kernels.map((kernel) => Uint8Array.from(kernel, (w) => Number(w === 0)))).filter(Boolean),
    ).toHaveLength(33_920 / 2);
    const copy = netOf(net);
    const [own, copied] = [await accuracyOf(model, examples), await accuracyOf(copy, examples)];
    expect(copied).toBe(own);
    tf.dispose([examples.x, examples.labels]);
    for (const one of [model, copy]) one.dispose();
  }, 240_000);

  it('the threshold of the slide takes 31.6 % of its weights in the mean', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 5, inputShape: [10] })] });
    let below = 0;
    const runs = 200;
    for (let seed = 0; seed < runs; seed++) {
      initialize(model, { '**': torchDefault() }, { seed });
      below += model
        .getWeights()[0]!
        .dataSync()
        .filter((w) => Math.abs(w) <= 0.1).length;
    }
    model.dispose();
    // Each of the 10,000 weights is below with p = 0.1 · √10; five standard deviations of the mean.
    const p = 0.1 * Math.sqrt(10);
    expect(Math.abs(below / (50 * runs) - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / (50 * runs)));
  });

  it('says how many weights are free: none after the first share that costs more than a point', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SHARES.length }), (bad) => {
        const network: number[] = SHARES.map((_, i) => (i === 0 || i < bad ? 0.895 : 0.88));
        network[0] = 0.9;
        const expected = SHARES[Math.max(0, Math.min(bad === 0 ? 0 : bad - 1, SHARES.length - 1))];
        expect(free({ curve: { network, layer: [], random: [] }, dense: 0.9 })).toBe(expected);
      }),
    );
  });

  it('draws what it counts: each weight is in the histogram once, each pixel has what is left of its weights', async () => {
    const result = await small();
    const drawn = figures(result, SMALL);
    const { table } = drawn.cut!;
    expect(JSON.stringify(table)).not.toMatch(/NaN|undefined/);
    expect(drawn.cut!.title).toContain('90 % zeros');
    expect(drawn.files!.table.rows).toHaveLength(3);
    expect(Object.keys(drawn)).not.toContain('times');
    expect(figures(await again(result, { what: '2:4' }), { ...SMALL, what: '2:4' }).mask!.description).toMatch(
      /all [\d,]+ groups keep at most 2/,
    );
  }, 240_000);

  it('only another choice of what is pruned is answered without training; the challenge asks for a small file and for accuracy', async () => {
    const result = await small();
    const live = await lesson.rerun!(result, SMALL, { ...SMALL, sparsity: 50, what: 'units' }, { data });
    expect(live!.net).toBe(result.net);
    expect(live!.pruned.tuned).toBeNull();
    for (const more of [{ seed: 1 }, { tune: 4 }, { steps: 11 }])
      expect(lesson.rerun!(result, SMALL, { ...SMALL, ...more }, { data })).toBeUndefined();
    const met = (gzip: number, tuned: number | null) =>
      lesson.check(
        { ...result, pruned: { ...result.pruned, tuned }, saved: result.saved.map((one) => ({ ...one, gzip })) },
        SMALL,
      ).met;
    expect([met(15_999, 0.91), met(16_000, 0.91), met(15_999, 0.9095), met(15_999, null)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(lesson.answer(result, SMALL)).toBe(free(result));
  }, 240_000);

  it('leaves no tensor where it is stopped, and shows nothing that is no number at the corners of its controls', async () => {
    await expectStopped(lesson, SMALL, 0.7);
    if (tf.getBackend() === 'cpu') return;
    // The other corners are in the deep tier.
    const tiny = {
      what: ['units'],
      by: ['smallest first'],
      scope: ['the whole network'],
      tune: [0],
      compare: [true],
      timed: [false],
      tickets: [false],
      steps: [10],
      images: [100],
      seed: [0],
    };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 240_000);

  it('begins with what the table was measured with', () => {
    expect(initialValues<Values>(lesson as unknown as Lesson)).toEqual({ ...BASE, seed: 0 });
    const { what, by, scope } = lesson.parameters;
    expect([what, by, scope]).toMatchObject([{ options: WHATS }, { options: RULES }, { options: SCOPES }]);
  });

  it.each([
    [{ sparsity: 100 }, 'pruning: sparsity must be an integer in [0, 99], got 100'],
    [{ what: 'layers' as never }, 'pruning: what must be one of weights, 2:4, units, got "layers"'],
    [{ by: 'size' as never }, 'pruning: by must be one of smallest first, at random, got "size"'],
    [{ scope: 1 as never }, 'pruning: scope must be one of the whole network, each layer, got 1'],
    [{ tune: -1 }, 'pruning: tune must be an integer in [0, 2000], got -1'],
    [{ compare: 0 as never }, 'pruning: compare must be true or false, got 0'],
    [{ timed: 'no' as never }, 'pruning: timed must be true or false, got "no"'],
    [{ tickets: 1 as never }, 'pruning: tickets must be true or false, got 1'],
    [{ images: 63 }, 'pruning: images must be an integer in [64, 20000], got 63'],
    [{ steps: 0 }, 'pruning: steps must be an integer in [1, 5000], got 0'],
    [{ seed: 0.5 }, 'pruning: seed must be a safe integer, got 0.5'],
  ])('refuses %j', async (wrong, message) => {
    await expect(run(wrong)).rejects.toThrow(message);
  });
});
