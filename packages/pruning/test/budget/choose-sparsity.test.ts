import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, isParametrized } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { chooseSparsity } from '../../src/budget/choose-sparsity.ts';
import { type Sensitivity, sensitivity } from '../../src/budget/sensitivity.ts';
import { prune } from '../../src/masks/prune.ts';
import { shrink } from '../../src/shrink/shrink.ts';
import { readWeight, setWeight, zerosAt } from '../models.ts';

/** Numbers that gzip cannot make shorter but by their zeros. */
function noise(n: number, seed: number): Float32Array {
  const values = new Float32Array(n);
  for (let i = 0, state = seed; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  return values;
}

/** in[20] -> a[30] -> b[30] -> c[4]: kernels of 600, 900 and 120 entries. */
function net(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 30, inputShape: [20], name: 'a' }),
      tf.layers.dense({ units: 30, name: 'b' }),
      tf.layers.dense({ units: 4, name: 'c' }),
    ],
  });
  for (const [i, path] of ['a/kernel', 'b/kernel', 'c/kernel'].entries())
    setWeight(model, path, noise([600, 900, 120][i]!, 7 + i));
  return model;
}

const plain = (model: tf.LayersModel): boolean => !isParametrized(model);

/** A zero of a costs 8 times one of b, and one of c 40 times. */
async function evaluate(model: tf.LayersModel): Promise<number> {
  const [a, b, c] = await Promise.all(
    ['a/kernel', 'b/kernel', 'c/kernel'].map(async (path) => zerosAt(await readWeight(model, path)).length),
  );
  return 1 - (8 * a! + b! + 40 * c!) / 10000;
}

async function gzipped(bytes: Uint8Array): Promise<number> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

/** The weights' bytes by gzip, of the artifacts that are saved. */
async function weightsGzipped(model: tf.LayersModel): Promise<number> {
  const { weightData } = await foldedArtifacts(model);
  return gzipped(new Uint8Array(weightData as ArrayBuffer));
}

const judged = async (model: tf.LayersModel): Promise<Sensitivity> =>
  sensitivity(model, { evaluate, sparsities: [0.5, 0.8, 0.9] });

describe('chooseSparsity', () => {
  it.each([3000, 4000, 5000])('keeps files to %i bytes by gzip and uses nearly all of them', async (gzip) => {
    const model = net();
    const found = await judged(model);
    const choice = await chooseSparsity(model, found, { gzip, evaluate });
    expect(choice.cost).toBeLessThanOrEqual(gzip);
    expect(choice.cost).toBeGreaterThanOrEqual(0.98 * gzip);
    expect(plain(model)).toBe(true);
    const all = await weightsGzipped(model);
    const pruning = await prune(model, { sparsity: choice.sparsity });
    expect(await evaluate(model)).toBe(choice.value);
    expect(choice.drop).toBeCloseTo(1 - choice.value!, 12);
    // model.json alone lies between, and is the same in all: what weighs less is the weights.
    const rest = choice.cost - (await weightsGzipped(model));
    expect(rest).toBeGreaterThan(0);
    expect(rest + all).toBeGreaterThan(gzip);
    pruning.dispose();
    model.dispose();
  });

  it('takes from the layer that matters least, and beats the same sparsity everywhere', async () => {
    const model = net();
    const choice = await chooseSparsity(model, await judged(model), { gzip: 4500, evaluate });
    const { 'a/kernel': a, 'b/kernel': b, 'c/kernel': c } = choice.sparsity;
    expect(b).toBeGreaterThan(a!);
    expect(a).toBeGreaterThanOrEqual(c!);
    // The same bytes by one sparsity for all: less than what was chosen for b, more than for c.
    let [low, high] = [0, 0.95];
    const at = async (sparsity: number): Promise<{ bytes: number; value: number }> => {
      const pruning = await prune(model, { sparsity });
      const result = { bytes: await weightsGzipped(model), value: await evaluate(model) };
      pruning.dispose();
      return result;
    };
    const pruning = await prune(model, { sparsity: choice.sparsity });
    const bytes = await weightsGzipped(model);
    pruning.dispose();
    for (let i = 0; i < 12; i++) {
      const middle = (low + high) / 2;
      if ((await at(middle)).bytes > bytes) low = middle;
      else high = middle;
    }
    expect(choice.value).toBeGreaterThan((await at(high)).value);
    model.dispose();
  });

  it('keeps to a drop, with fewer bytes than the model has', async () => {
    const model = net();
    const found = await judged(model);
    const whole = await chooseSparsity(model, found, { gzip: 1e9 });
    for (const drop of [0.05, 0.2]) {
      const choice = await chooseSparsity(model, found, { drop, evaluate });
      expect(choice.drop).toBeLessThanOrEqual(drop);
      // b alone can lose 810 entries for 0.081.
      expect(choice.drop).toBeGreaterThan(drop / 2);
      expect(choice.cost).toBeLessThan(whole.cost);
    }
    model.dispose();
  });

  it('leaves everything where the budget asks for nothing', async () => {
    const model = net();
    const choice = await chooseSparsity(model, await judged(model), { gzip: 1e9 });
    expect(choice.sparsity).toEqual({ 'a/kernel': 0, 'b/kernel': 0, 'c/kernel': 0 });
    expect([choice.value, choice.drop]).toEqual([null, null]);
    model.dispose();
  });

  it('returns a curve that rises in bytes and falls in drop, with settings that give what it says', async () => {
    const model = net();
    const { curve } = await chooseSparsity(model, await judged(model), { gzip: 4000 });
    for (let i = 1; i < curve.length; i++) {
      expect(curve[i]!.cost).toBeGreaterThanOrEqual(curve[i - 1]!.cost);
      expect(curve[i]!.drop).toBeLessThan(curve[i - 1]!.drop);
    }
    const point = curve[Math.floor(curve.length / 2)]!;
    const pruning = await prune(model, { sparsity: point.sparsity });
    // Drops of this evaluation add up exactly, but between the sparsities that were tried counts are rounded.
    expect(Math.abs(1 - (await evaluate(model)) - point.drop)).toBeLessThan((8 + 1 + 40) / 10000);
    pruning.dispose();
    const { cost, costIn } = await chooseSparsity(model, await judged(model), { gzip: point.cost });
    expect(cost).toBeLessThanOrEqual(point.cost);
    expect(costIn).toBe('gzip');
    model.dispose();
  });

  it('prunes units when the sensitivity is of units', async () => {
    const model = net();
    const rule = { structure: 'unit', filter: ['a/*', 'b/*'] } as const;
    const found = await sensitivity(model, { evaluate, ...rule });
    const choice = await chooseSparsity(model, found, { gzip: 4500, ...rule });
    expect(choice.cost).toBeLessThanOrEqual(4500);
    const pruning = await prune(model, { sparsity: choice.sparsity, ...rule });
    expect(pruning.report().groups.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(pruning.report().groups.some(({ pruned }) => pruned.length > 0)).toBe(true);
    pruning.dispose();
    model.dispose();
  });

  it.each([6000, 8000])(
    'keeps files of the shrunk model to %i bytes, which stock TensorFlow.js loads',
    async (bytes) => {
      const model = net();
      const rule = { structure: 'unit', filter: ['a/*', 'b/*'] } as const;
      const found = await sensitivity(model, { evaluate, ...rule, sparsities: [0.3, 0.6, 0.9] });
      const choice = await chooseSparsity(model, found, { bytes, ...rule });
      expect(choice.cost).toBeLessThanOrEqual(bytes);
      // A unit of b is 31 + 4 weights, one of a 21 and 30: at most 204 bytes.
      expect(choice.cost).toBeGreaterThan(bytes - 210);
      const pruning = await prune(model, { sparsity: choice.sparsity, ...rule });
      const { model: small } = await shrink(model);
      const { weightData } = await foldedArtifacts(small);
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(await foldedArtifacts(small)));
      expect(loaded.countParams() * 4).toBe((weightData as ArrayBuffer).byteLength);
      // The rest is model.json.
      const json = choice.cost - (weightData as ArrayBuffer).byteLength;
      expect(json).toBeGreaterThan(1000);
      expect(json).toBeLessThan(3500);
      const x = tf.ones([2, 20]);
      const predict = async (of: tf.LayersModel): Promise<number[]> => {
        const predicted = of.predict(x) as tf.Tensor;
        const values = Array.from(await predicted.data());
        predicted.dispose();
        return values;
      };
      const [stock, masked] = [await predict(loaded), await predict(model)];
      // Sums of 20 and of 30 products of numbers up to 1 and 20: 2^7 roundings of 2^-24 of what is below 2^8.
      for (const [i, value] of stock.entries()) expect(Math.abs(value - masked[i]!)).toBeLessThan(2 ** -9);
      pruning.dispose();
      for (const one of [model, small, loaded]) one.dispose();
      x.dispose();
    },
  );

  it.each([3800, 4400, 4600])('fills what large units leave of %i bytes with small ones', async (bytes) => {
    // A unit of a is 61 + 20 weights or less, one of b 13 + 2 weights and more.
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 12, inputShape: [60], name: 'a' }),
        tf.layers.dense({ units: 20, name: 'b' }),
        tf.layers.dense({ units: 2, name: 'c' }),
      ],
    });
    for (const [i, path] of ['a/kernel', 'b/kernel', 'c/kernel'].entries())
      setWeight(model, path, noise([720, 240, 40][i]!, 7 + i));
    const worse = async (path: string) => {
      const values = await readWeight(model, path);
      return (zerosAt(values).length / values.length) ** 2;
    };
    const judge = async () => 1 - (await worse('a/kernel')) - 0.3 * (await worse('b/kernel'));
    const rule = { structure: 'unit', filter: ['a/*', 'b/*'] } as const;
    const found = await sensitivity(model, { evaluate: judge, ...rule, sparsities: [0.25, 0.5, 0.75] });
    const { cost, value, sparsity } = await chooseSparsity(model, found, { bytes, evaluate: judge, ...rule });
    expect(cost).toBeLessThanOrEqual(bytes);
    expect(cost).toBeGreaterThanOrEqual(0.98 * bytes);
    const pruning = await prune(model, { sparsity, ...rule });
    expect(await judge()).toBe(value);
    pruning.dispose();
    model.dispose();
  });

  it('times predictions for a budget of milliseconds', async () => {
    const model = net();
    const x = tf.ones([4, 20]);
    const rule = { structure: 'unit', filter: ['a/*', 'b/*'] } as const;
    const found = await sensitivity(model, { evaluate, ...rule, sparsities: [0.5] });
    const choice = await chooseSparsity(model, found, { milliseconds: 1e5, x, ...rule });
    expect(choice.sparsity).toEqual({ 'a/kernel': 0, 'b/kernel': 0 });
    expect([choice.costIn, choice.cost > 0]).toEqual(['milliseconds', true]);
    await expect(chooseSparsity(model, found, { milliseconds: 1e-9, x, ...rule })).rejects.toThrow(
      /^chooseSparsity: milliseconds must be at least [\d.]+, that of the most zeros, got 1e-9/,
    );
    expect(plain(model)).toBe(true);
    model.dispose();
    x.dispose();
  });

  it('saves bytes of the shrunk model within a drop', async () => {
    const model = net();
    const rule = { structure: 'unit', filter: ['a/*', 'b/*'] } as const;
    const found = await sensitivity(model, { evaluate, ...rule, sparsities: [0.3, 0.6, 0.9] });
    const choice = await chooseSparsity(model, found, { drop: 0.1, cost: 'bytes', evaluate, ...rule });
    const whole = await chooseSparsity(model, found, { bytes: 1e9, ...rule });
    expect(choice.drop).toBeLessThanOrEqual(0.1);
    expect(choice.cost).toBeLessThan(whole.cost);
    model.dispose();
  });

  it('leaves no tensor and no mask behind, stopped or not', async () => {
    const model = net();
    const found = await judged(model);
    expect(await leakOf(() => chooseSparsity(model, found, { gzip: 4000 }))).toEqual({ tensors: 0, variables: 0 });
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done === 5) stop.abort();
    };
    await expect(chooseSparsity(model, found, { gzip: 4000, onProgress, signal: stop.signal })).rejects.toThrow(
      'abort',
    );
    expect(plain(model)).toBe(true);
    model.dispose();
  });

  const found: Sensitivity = {
    baseline: 1,
    layers: ['a/kernel', 'b/kernel', 'c/kernel'].map((name, i) => ({
      name,
      paths: [name],
      groups: [600, 900, 120][i]!,
      points: [{ sparsity: 0.5, value: 1, drop: 0 }],
    })),
  };
  const refusals: [given: unknown, options: object, message: string][] = [
    [found, {}, 'chooseSparsity: budget must be exactly one of gzip, bytes, milliseconds, drop, got'],
    [found, { gzip: 1, drop: 1 }, 'chooseSparsity: budget must be exactly one of gzip, bytes, milliseconds, drop, got'],
    [found, { gzip: 0 }, 'chooseSparsity: gzip must be a number above 0, got 0'],
    [found, { gzip: 10 }, /^chooseSparsity: gzip must be at least \d+, that of the most zeros/ as never],
    [found, { drop: -1, evaluate }, 'chooseSparsity: drop must be a number, 0 or more, got -1'],
    [found, { drop: 0.1 }, 'chooseSparsity: evaluate must be given with a budget of quality, got undefined'],
    [found, { drop: 0.1, evaluate: () => 0 }, 'chooseSparsity: drop must be at least 1, that of no zeros'],
    [
      { baseline: 1, layers: [] },
      { gzip: 9 },
      'chooseSparsity: sensitivity must be of this model and rule, of a/kernel (600)',
    ],
    [
      found,
      { gzip: 9, structure: { block: [2, 2] } },
      'sensitivity must be of this model and rule, of a/kernel (150), b/kernel (225), c/kernel (30), got ["a/kernel (600)"',
    ],
    [{ baseline: 1, layers: [{ name: 'a/kernel' }] }, { gzip: 9 }, 'sensitivity must be what sensitivity returned'],
    [Promise.resolve(found), { gzip: 9 }, 'sensitivity must be what sensitivity returned'],
    [found, { gzip: 9, sparsity: 0.5 }, 'sparsity'],
    [found, { gzip: 9, cost: 'bytes' }, 'chooseSparsity: cost must be what the budget is of, gzip, got "bytes"'],
    [found, { drop: 0.1, evaluate, cost: 'flops' }, 'cost must be one of gzip, bytes, milliseconds, got "flops"'],
    [found, { bytes: 9 }, "chooseSparsity: structure must be 'unit' for bytes, of a model that is shrunk"],
    [found, { milliseconds: 1, structure: 'unit' }, 'chooseSparsity: x must be given for milliseconds, got undefined'],
    [found, { gzip: 9, x: 1 }, 'chooseSparsity: x must be left out unless milliseconds count, got 1'],
  ];
  it.each(refusals)('refuses %j with %j', async (given, options, message) => {
    const model = net();
    await expect(chooseSparsity(model, given as never, options as never)).rejects.toThrow(message);
    expect(plain(model)).toBe(true);
    model.dispose();
  });
});

/** conv c -> depthwise d -> conv e -> out: what either of c and d loses, both lose. */
function blocks(): tf.Sequential {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.conv2d({ filters: 12, kernelSize: 3, inputShape: [7, 7, 2], activation: 'relu', name: 'c' }),
      layers.depthwiseConv2d({ kernelSize: 2, name: 'd' }),
      layers.conv2d({ filters: 10, kernelSize: 1, activation: 'relu', name: 'e' }),
      layers.flatten(),
      layers.dense({ units: 2, name: 'out' }),
    ],
  });
  const sizes = { 'c/kernel': 216, 'd/depthwiseKernel': 48, 'e/kernel': 120, 'out/kernel': 320 };
  for (const [i, [path, size]] of Object.entries(sizes).entries()) setWeight(model, path, noise(size, 11 + i));
  return model;
}

describe('chooseSparsity, of layers that go together,', () => {
  const rule = { structure: 'unit', filter: ['c/*', 'd/*', 'e/*'] } as const;
  /** Each zero is as bad. */
  const judge = async (model: tf.LayersModel): Promise<number> => {
    const paths = ['c/kernel', 'd/depthwiseKernel', 'e/kernel'];
    const zeros = await Promise.all(paths.map(async (path) => zerosAt(await readWeight(model, path)).length));
    return 1 - zeros.reduce((a, b) => a + b) / 384;
  };

  it('leaves out settings after which a layer would have no unit, and keeps to bytes all the same', async () => {
    const model = blocks();
    const found = await sensitivity(model, { evaluate: judge, ...rule });
    const most = Object.fromEntries(found.layers.flatMap(({ paths }) => paths.map((path) => [path, 0.95])));
    const pruning = await prune(model, { sparsity: most, ...rule });
    await expect(shrink(model)).rejects.toThrow('shrink: a layer must keep a unit, got c, whose 12 would all go');
    pruning.dispose();
    const { cost: whole } = await chooseSparsity(model, found, { bytes: 1e9, ...rule });
    {
      const bytes = whole - 800;
      const choice = await chooseSparsity(model, found, { bytes, ...rule });
      expect(choice.cost).toBeLessThanOrEqual(bytes);
      // A unit of c is 18 + 1 + 4 + 1 + 10 weights, one of e 12 + 1 + 32: at most 180 bytes.
      expect(choice.cost).toBeGreaterThan(bytes - 200);
      for (const { sparsity } of [choice, choice.curve[0]!]) {
        const masks = await prune(model, { sparsity, ...rule });
        const { model: small, certificate } = await shrink(model);
        expect(certificate.relative).toBeLessThanOrEqual(1e-6);
        small.dispose();
        masks.dispose();
      }
    }
    await expect(chooseSparsity(model, found, { bytes: 1500, ...rule })).rejects.toThrow(
      /^chooseSparsity: bytes must be at least \d+, that of the most zeros, got 1500/,
    );
    expect(plain(model)).toBe(true);
    model.dispose();
  });

  it('keeps to a drop with settings that can be shrunk', async () => {
    const model = blocks();
    const found = await sensitivity(model, { evaluate: judge, ...rule });
    const choice = await chooseSparsity(model, found, { drop: 0.9, cost: 'bytes', evaluate: judge, ...rule });
    expect(choice.drop).toBeLessThanOrEqual(0.9);
    expect(choice.drop).toBeGreaterThan(0.3);
    const pruning = await prune(model, { sparsity: choice.sparsity, ...rule });
    const { model: small } = await shrink(model);
    small.dispose();
    pruning.dispose();
    model.dispose();
  });

  it('refuses a model of which a layer has no unit that is seen', async () => {
    const model = blocks();
    const found = await sensitivity(model, { evaluate: judge, ...rule });
    setWeight(model, 'e/kernel', new Float32Array(120));
    await expect(chooseSparsity(model, found, { bytes: 1e9, ...rule })).rejects.toThrow(
      'chooseSparsity: model must be one that shrink leaves a unit of each layer, got sequential',
    );
    model.dispose();
  });
});
