import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrizationsOf, weightsOf } from '@weightkit/core';
import { hasKernel, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { random } from '../../src/scores/random.ts';
import { batch, casesOf, mlp, readWeight, setWeight, spread, zerosAt } from '../models.ts';

interface GlobalCase {
  call: string;
  shapes: [number, number][];
  amount: number;
  w: number[][];
  masks: number[][];
}

/** A chain of dense layers d0, d1, ... with the kernels of the case. */
function chain({ shapes, w }: GlobalCase): tf.Sequential {
  const model = tf.sequential();
  for (const [i, [rows, units]] of shapes.entries())
    model.add(tf.layers.dense({ units, name: `d${i}`, ...(i === 0 && { inputShape: [rows] }) }));
  for (const [i, values] of w.entries()) setWeight(model, `d${i}/kernel`, values);
  return model;
}

describe('prune: which entries', () => {
  it.each(casesOf<GlobalCase>('global'))("prune(model, { scope: 'global' }) has the masks of $call", async (golden) => {
    const model = chain(golden);
    const amount = Number.isInteger(golden.amount) ? { count: golden.amount } : { sparsity: golden.amount };
    const pruning = await prune(model, { ...amount, scope: 'global' });
    for (const [i, expected] of golden.masks.entries())
      expect(Array.from(await pruning.masks[`d${i}/kernel`]!.data())).toEqual(expected);
    pruning.dispose();
    model.dispose();
  });

  it('prune(model, { sparsity }) prunes each weight by its own exact count', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    expect(pruning.report().weights.map(({ path, zeros }) => [path, zeros])).toEqual([
      ['a/kernel', 10],
      ['b/kernel', 8], // 7.5, to even
    ]);
    pruning.dispose();
    model.dispose();
  });

  it('prune(model, { count }) zeros that many in each weight, and in all together when global', async () => {
    const model = mlp();
    const each = await prune(model, { count: 3 });
    expect(each.report().weights.map(({ zeros }) => zeros)).toEqual([3, 3]);
    each.dispose();
    const all = await prune(model, { count: 35, scope: 'global' });
    expect(all.report().zeros).toBe(35);
    all.dispose();
    await expect(prune(model, { count: 16 })).rejects.toThrow(
      'prune: count must be at most 15, the number of entries of b/kernel, got 16',
    );
    await expect(prune(model, { count: 36, scope: 'global' })).rejects.toThrow('of all chosen weights, got 36');
    model.dispose();
  });

  it("prune(model, { scope: 'global' }) keeps the first of equal magnitudes in the model's order", async () => {
    const model = mlp();
    setWeight(model, 'a/kernel', new Float32Array(20).fill(1));
    setWeight(model, 'b/kernel', new Float32Array(15).fill(-1));
    const pruning = await prune(model, { count: 18, scope: 'global' });
    expect(zerosAt(await readWeight(model, 'a/kernel'))).toEqual([17, 18, 19]);
    expect(zerosAt(await readWeight(model, 'b/kernel'))).toHaveLength(15);
    pruning.dispose();
    model.dispose();
  });

  it('prune(model, { filter, score }) prunes what the filter matches by the score', async () => {
    const model = mlp();
    setWeight(model, 'b/bias', [1, 2, 3]);
    const pruning = await prune(model, { count: 2, filter: 'b/bias', score: (w) => tf.neg(w) });
    expect(await readWeight(model, 'b/bias')).toEqual(Float32Array.of(1, 0, 0));
    expect(pruning.report().skipped.map(({ path }) => path)).toEqual(['a/kernel', 'a/bias', 'b/kernel']);
    pruning.dispose();
    model.dispose();
  });

  it('prune(model, { score: random }) prunes two weights of one shape in different patterns', async () => {
    const model = chain({
      call: '',
      amount: 0,
      masks: [],
      shapes: [
        [6, 6],
        [6, 6],
      ],
      w: [spread(36), spread(36)].map((w) => Array.from(w)),
    });
    const pruning = await prune(model, { sparsity: 0.5, score: random({ seed: 1 }) });
    const [one, two] = [await readWeight(model, 'd0/kernel'), await readWeight(model, 'd1/kernel')];
    expect([zerosAt(one).length, zerosAt(two).length]).toEqual([18, 18]);
    expect(zerosAt(one)).not.toEqual(zerosAt(two));
    pruning.dispose();
    model.dispose();
  });
});

type Make = () => { model: tf.LayersModel; x: tf.Tensor };

const kinds: Record<string, Make> = {
  dense: () => ({ model: mlp(), x: tf.ones([2, 4]) }),
  conv2d: () => ({
    model: tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2] }),
        tf.layers.depthwiseConv2d({ kernelSize: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    }),
    x: tf.ones([2, 4, 4, 2]),
  }),
  LSTM: () => ({
    model: tf.sequential({ layers: [tf.layers.lstm({ units: 3, inputShape: [5, 2] })] }),
    x: tf.ones([2, 5, 2]),
  }),
  Bidirectional: () => ({
    model: tf.sequential({
      layers: [
        tf.layers.bidirectional({
          layer: tf.layers.gru({ units: 3, returnSequences: true }) as tf.RNN,
          inputShape: [5, 2],
        } as Parameters<typeof tf.layers.bidirectional>[0]),
      ],
    }),
    x: tf.ones([2, 5, 2]),
  }),
  nested: () => ({ model: tf.sequential({ layers: [mlp(), tf.layers.dense({ units: 2 })] }), x: tf.ones([2, 4]) }),
  embedding: () => ({
    model: tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 7, outputDim: 3, inputLength: 4 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    }),
    x: tf.tensor2d([[0, 1, 2, 6]]),
  }),
};

const trains: Record<string, boolean> = {
  conv2d: hasKernel('Conv2DBackpropFilter') && hasKernel('DepthwiseConv2dNativeBackpropFilter'),
  embedding: hasKernel('UnsortedSegmentSum'),
};

describe.each(Object.entries(kinds))('prune: a model of %s', (name, make) => {
  it('prune(model), fold and saveFolded give stock TensorFlow.js the same zeros and predictions', async () => {
    const { model, x } = make();
    const pruning = await prune(model, { sparsity: 0.7 });
    const masked = await valuesOf(model.predict(x) as tf.Tensor);
    const artifacts = await foldedArtifacts(model);
    const stock = await loadStock(artifacts);
    expect(maxAbsDifference(await valuesOf(stock.predict(x) as tf.Tensor), masked)).toBe(0);
    for (const { path, zeros } of pruning.report().weights) {
      const values = await readWeight(model, path);
      // Bits: pruned entries are +0 and nothing else is.
      expect([path, zerosAt(values).length]).toEqual([path, zeros]);
    }
    const stored = new Float32Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData!));
    const biases = await Promise.all(
      weightsOf(model, (w) => !pruning.masks[w.path]).map((w) => valuesOf(w.read()).then((v) => zerosAt(v).length)),
    );
    expect(zerosAt(stored).length).toBe(pruning.report().zeros + biases.reduce((a, b) => a + b, 0));
    pruning.fold();
    expect(maxAbsDifference(await valuesOf(model.predict(x) as tf.Tensor), masked)).toBe(0);
    expect(await pruning.verify()).toEqual({ pruned: pruning.report().zeros, nonzero: 0, first: null });
    expect(parametrizationsOf(model)).toEqual([]);
    for (const disposable of [model, stock, x]) disposable.dispose();
  });

  it('prune(model) stays exact through fit, and the rest learns', async ({ skip }) => {
    skip(!(trains[name] ?? true), 'wasm has no kernel for this gradient');
    const { model, x } = make();
    model.compile({ optimizer: tf.train.adam(0.05), loss: 'meanSquaredError' });
    const pruning = await prune(model, { sparsity: 0.5 });
    const [path] = Object.keys(pruning.masks) as [string];
    const before = await readWeight(model, path);
    const predicted = model.predict(x) as tf.Tensor;
    const y = tf.ones(predicted.shape);
    await model.fit(x, y, { epochs: 3, verbose: 0 });
    expect((await pruning.verify()).nonzero).toBe(0);
    const after = await readWeight(model, path);
    expect(after).not.toEqual(before);
    expect(zerosAt(after)).toEqual(zerosAt(before));
    pruning.restore();
    tf.dispose([predicted, x, y]);
    model.dispose();
  });
});

const optimizers: [string, () => tf.Optimizer][] = [
  ['sgd', () => tf.train.sgd(0.1)],
  ['momentum', () => tf.train.momentum(0.1, 0.9)],
  ['rmsprop', () => tf.train.rmsprop(0.01, 0.9, 0.9)],
  ['adagrad', () => tf.train.adagrad(0.1)],
  ['adam', () => tf.train.adam(0.05)],
];

describe('prune: training', () => {
  it.each(optimizers)('prune(model) after a fit holds exactly 0 through %s', async (name, make) => {
    const model = mlp();
    const { x, y } = batch();
    model.compile({ optimizer: make(), loss: 'meanSquaredError' });
    await model.fit(x, y, { epochs: 2, verbose: 0 });
    const pruning = await prune(model, { sparsity: 0.6 });
    const raw = weightsOf(model, 'a/kernel')[0]!.variable!;
    const before = Float32Array.from(await raw.data());
    await model.fit(x, y, { epochs: 3, verbose: 0 });
    const after = Float32Array.from(await raw.data());
    expect((await pruning.verify()).nonzero).toBe(0);
    const zeros = zerosAt(await readWeight(model, 'a/kernel'));
    expect(zeros).toHaveLength(12);
    // With momentum the raw weights under the mask drift: the zeros are the mask's doing and not the gradient's.
    const drifted = zeros.some((i) => before[i] !== after[i]);
    expect(drifted).toBe(name === 'momentum' || name === 'rmsprop' || name === 'adam');
    pruning.dispose();
    tf.dispose([x, y]);
    model.dispose();
  });

  it('prune(layer): the gradient is x^T dy where the mask is 1 and exactly 0 where it is 0', async () => {
    const layer = tf.layers.dense({ units: 3, inputShape: [4], useBias: false, name: 'd' });
    const model = tf.sequential({ layers: [layer] });
    setWeight(model, 'd/kernel', spread(12, 5));
    const pruning = await prune(layer, { sparsity: 0.5 });
    const x = tf.tensor2d([[1, 2, 3, 4]]);
    const raw = weightsOf(model, 'd/kernel')[0]!.variable!;
    const { grads, value } = tf.variableGrads(() => tf.sum(model.apply(x) as tf.Tensor) as tf.Scalar, [raw]);
    const bits = await pruning.masks['d/kernel']!.data();
    const expected = Array.from(bits, (bit, i) => bit * (Math.floor(i / 3) + 1));
    // + 0 makes a -0 a 0: the sign of a zero gradient means nothing.
    expect(Array.from(await grads[raw.name]!.data(), (g) => g + 0)).toEqual(expected);
    expect(bits.filter((bit) => bit === 0)).toHaveLength(6);
    pruning.dispose();
    tf.dispose([x, value, grads]);
    model.dispose();
  });

  it('prune(model) adds no weight to the model and no variable to the optimizer, and needs no recompile', async () => {
    const model = mlp();
    const { x, y } = batch();
    const optimizer = tf.train.adam(0.01);
    model.compile({ optimizer, loss: 'meanSquaredError' });
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    const state = await optimizer.getWeights();
    const names = model.weights.map(({ name }) => name);
    const pruning = await prune(model, { sparsity: 0.5 });
    expect(model.weights.map(({ name }) => name)).toEqual(names);
    expect(model.countParams()).toBe(43);
    expect(parametrizationsOf(model).every(({ needsRecompile }) => !needsRecompile)).toBe(true);
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    expect((await optimizer.getWeights()).length).toBe(state.length);
    pruning.dispose();
    tf.dispose([x, y]);
    model.dispose();
    optimizer.dispose();
  });
});

describe('prune: +0', () => {
  it('prune(model) makes pruned entries +0 also where the raw weight is negative', async () => {
    const model = mlp();
    setWeight(
      model,
      'a/kernel',
      spread(20).map((v) => -Math.abs(v)),
    );
    const pruning = await prune(model, { count: 20, filter: 'a/kernel' });
    expect(new Uint32Array((await readWeight(model, 'a/kernel')).buffer)).toEqual(new Uint32Array(20));
    pruning.dispose();
    model.dispose();
  });
});

describe('prune: what it refuses', () => {
  it('prune(model) names the path and index of a NaN and has changed nothing, in any weight', async () => {
    const model = mlp();
    const bad = spread(15);
    bad[11] = Number.NaN;
    setWeight(model, 'b/kernel', bad);
    const before = await readWeight(model, 'a/kernel');
    const tensors = tf.memory().numTensors;
    await expect(prune(model, { sparsity: 0.5 })).rejects.toThrow(
      new RangeError('prune: weights must be finite, got NaN at b/kernel[11]'),
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(parametrizationsOf(model)).toEqual([]);
    expect(await readWeight(model, 'a/kernel')).toEqual(before);
    model.dispose();
  });

  it('prune(model) refuses an infinite score by path and index', async () => {
    const model = mlp();
    const score = (w: tf.Tensor, { path }: { path: string }) => (path === 'b/kernel' ? tf.div(w, 0) : w);
    await expect(prune(model, { sparsity: 0.5, score })).rejects.toThrow('prune: scores must be finite');
    expect(parametrizationsOf(model)).toEqual([]);
    model.dispose();
  });

  it('prune(model) takes masks off again when a later weight cannot take one', async () => {
    const model = mlp();
    const kernel = Object.getOwnPropertyDescriptor(model.layers[1]!, 'kernel')!;
    Object.defineProperty(model.layers[1]!, 'kernel', { ...kernel, writable: false });
    const tensors = tf.memory().numTensors;
    await expect(prune(model, { sparsity: 0.5 })).rejects.toThrow(TypeError);
    expect(parametrizationsOf(model)).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
  });

  it('prune(model) refuses a weight that is pruned already, and allows other weights of the model', async () => {
    const model = mlp();
    const one = await prune(model, { sparsity: 0.5, filter: 'a/kernel' });
    await expect(prune(model, { sparsity: 0.9 })).rejects.toThrow(
      'prune: weights must not be pruned already, got a/kernel; update, fold or restore the pruning in place',
    );
    const two = await prune(model, { sparsity: 0.9, filter: 'b/kernel' });
    expect([one.sparsity, two.report().zeros]).toEqual([0.5, 14]); // 13.5, to even
    one.fold();
    const again = await prune(model, { sparsity: 0.75, filter: 'a/kernel' });
    expect(again.sparsity).toBe(0.75);
    for (const pruning of [one, two, again]) pruning.dispose();
    model.dispose();
  });

  it('prune(model) started twice at once masks once', async () => {
    const model = mlp();
    const results = await Promise.allSettled([prune(model, { sparsity: 0.5 }), prune(model, { sparsity: 0.5 })]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(parametrizationsOf(model)).toHaveLength(2);
    for (const result of results) if (result.status === 'fulfilled') result.value.dispose();
    model.dispose();
  });

  it('prune(model) refuses bad options before anything is read', async () => {
    const model = mlp();
    const refused = (options: object, message: string) =>
      expect(prune(model, options as { sparsity: number })).rejects.toThrow(message);
    await refused({ sparsity: 1 }, 'prune: sparsity must be in [0, 1), got 1');
    await refused({ sparsity: Number.NaN }, 'prune: sparsity must be in [0, 1), got NaN');
    await refused({ sparsity: 0.5, count: 1 }, 'prune: amount must have exactly one of sparsity and count');
    await refused({}, 'prune: amount must have exactly one of sparsity and count');
    await refused(
      { sparsity: 0.5, sparcity: 1 },
      'prune: options must be among sparsity, count, scope, filter, score, structure, reduce',
    );
    await refused(
      { sparsity: 0.5, scope: 'model' },
      "prune: scope must be 'layer', 'output', 'global', 'erk' or 'lamp', got \"model\"",
    );
    await refused({ sparsity: 0.5, score: 3 }, 'prune: score must be a function, got 3');
    await refused({ sparsity: 0.5, filter: 'c/*' }, 'prune: filter must match a weight');
    await refused({ sparsity: { 'c/*': 0.5 } }, 'prune: patterns of sparsity must match a weight');
    model.dispose();
  });

  it('prune refuses a layer that is not built', async () => {
    const layer = tf.layers.dense({ units: 2, name: 'd' });
    await expect(prune(layer, { sparsity: 0.5 })).rejects.toThrow('must be built');
  });

  it('prune(model) leaves no tensor and no variable behind, folded, restored or disposed', async () => {
    for (const end of ['fold', 'restore', 'dispose'] as const) {
      const model = mlp();
      const leak = await leakOf(async () => {
        const pruning = await prune(model, { sparsity: 0.5, scope: 'global' });
        await pruning.verify();
        pruning[end]();
      });
      expect([end, leak]).toEqual([end, { tensors: 0, variables: 0 }]);
      model.dispose();
    }
  });
});
