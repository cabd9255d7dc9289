import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { hasKernel, leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PruneOptions, prune } from '../../src/masks/prune.ts';
import { random } from '../../src/scores/random.ts';
import { batch, mlp, readWeight, setWeight, spread, zerosAt } from '../models.ts';

interface Kind {
  layer: () => tf.layers.Layer;
  input: number[];
  /** Units along the last axis of the output. */
  units: number;
  /** Whether other units' outputs stay as they were. */
  feedsBack?: boolean;
}

const bias = tf.initializers.constant({ value: 0.5 });
const KINDS: Record<string, Kind> = {
  Dense: { layer: () => tf.layers.dense({ units: 6, biasInitializer: bias }), input: [5], units: 6 },
  'Dense over time': { layer: () => tf.layers.dense({ units: 6, biasInitializer: bias }), input: [3, 5], units: 6 },
  Conv1D: {
    layer: () => tf.layers.conv1d({ filters: 6, kernelSize: 2, biasInitializer: bias }),
    input: [6, 3],
    units: 6,
  },
  Conv2D: {
    layer: () => tf.layers.conv2d({ filters: 6, kernelSize: 2, biasInitializer: bias, activation: 'tanh' }),
    input: [4, 4, 3],
    units: 6,
  },
  Conv2DTranspose: {
    layer: () => tf.layers.conv2dTranspose({ filters: 6, kernelSize: 2, biasInitializer: bias }),
    input: [3, 3, 4],
    units: 6,
  },
  DepthwiseConv2D: {
    layer: () => tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, biasInitializer: bias }),
    input: [4, 4, 3],
    units: 6,
  },
  SeparableConv2D: {
    layer: () => tf.layers.separableConv2d({ filters: 6, kernelSize: 2, depthMultiplier: 2, biasInitializer: bias }),
    input: [4, 4, 3],
    units: 6,
  },
  Embedding: { layer: () => tf.layers.embedding({ inputDim: 2, outputDim: 6 }), input: [3], units: 6 },
  SimpleRNN: {
    layer: () => tf.layers.simpleRNN({ units: 6, biasInitializer: bias }),
    input: [3, 4],
    units: 6,
    feedsBack: true,
  },
  LSTM: { layer: () => tf.layers.lstm({ units: 6, biasInitializer: bias }), input: [3, 4], units: 6, feedsBack: true },
  GRU: { layer: () => tf.layers.gru({ units: 6, biasInitializer: bias }), input: [3, 4], units: 6, feedsBack: true },
  ConvLSTM2D: {
    layer: () => tf.layers.convLstm2d({ filters: 6, kernelSize: 2, biasInitializer: bias } as never),
    input: [2, 4, 4, 2],
    units: 6,
    feedsBack: true,
  },
  TimeDistributed: {
    layer: () => tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 6, biasInitializer: bias }) }),
    input: [2, 5],
    units: 6,
  },
};

const makeModel = ({ layer, input }: Kind) => {
  const inputs = tf.input({ shape: input });
  return tf.model({ inputs, outputs: layer().apply(inputs) as tf.SymbolicTensor });
};

const makeInput = ({ input }: Kind): tf.Tensor => {
  const size = input.reduce((a, b) => a * b, 1);
  const values = input.length === 1 && input[0] === 3 ? [0, 1, 0, 1, 1, 0] : spread(2 * size, 13);
  return tf.tensor(Float32Array.from(values), [2, ...input]);
};

/** What each unit gives out, over all examples and places. */
async function byUnit(model: tf.LayersModel, x: tf.Tensor, units: number): Promise<number[][]> {
  const y = await valuesOf(model.predict(x) as tf.Tensor);
  return Array.from({ length: units }, (_, u) => Array.from(y.filter((_, i) => i % units === u)));
}

describe.each(Object.entries(KINDS))("prune(model, { structure: 'unit' }) of %s", (_, kind) => {
  it('makes exactly the pruned units 0, with their biases, and leaves the others as they were', async () => {
    const model = makeModel(kind);
    const x = makeInput(kind);
    const before = await byUnit(model, x, kind.units);
    const pruning = await prune(model, { count: 3, structure: 'unit', score: random({ seed: 4 }) });
    const { groups, pruned } = pruning.report().groups[0]!;
    expect([groups, pruned.length]).toEqual([6, 3]);
    const after = await byUnit(model, x, kind.units);
    for (let u = 0; u < kind.units; u++) {
      if (pruned.includes(u)) expect(after[u]).toEqual(before[u]!.map(() => 0));
      else if (!kind.feedsBack) expect(after[u]).toEqual(before[u]);
      else expect(after[u]!.some((value) => value !== 0)).toBe(true);
    }
    expect((await pruning.verify()).nonzero).toBe(0);
    pruning.restore();
    expect(await byUnit(model, x, kind.units)).toEqual(before);
    x.dispose();
    model.dispose();
  });
});

const READS = ['Dense', 'Conv1D', 'Conv2D', 'Conv2DTranspose', 'DepthwiseConv2D', 'SeparableConv2D', 'LSTM', 'GRU'];

describe.each(READS.map((name) => [name, KINDS[name]!] as const))(
  "prune(model, { structure: 'channel' }) of %s",
  (name, kind) => {
    it('makes the output blind to exactly the pruned channels', async () => {
      const model = makeModel(kind);
      const channels = kind.input.at(-1)!;
      const pruning = await prune(model, { count: 1, structure: 'channel', score: random({ seed: 2 }) });
      const { groups, pruned } = pruning.report().groups[0]!;
      expect([groups, pruned.length]).toEqual([channels, 1]);
      const x = makeInput(kind);
      const before = await valuesOf(model.predict(x) as tf.Tensor);
      for (let c = 0; c < channels; c++) {
        const one = tf.oneHot(tf.tensor1d([c], 'int32'), channels);
        const moved = tf.add(x, tf.mul(3, tf.cast(one, 'float32')));
        const after = await valuesOf(model.predict(moved) as tf.Tensor);
        expect([name, c, after.every((value, i) => value === before[i])]).toEqual([name, c, pruned.includes(c)]);
        tf.dispose([one, moved]);
      }
      pruning.restore();
      x.dispose();
      model.dispose();
    });
  },
);

describe('prune: BatchNorm', () => {
  const normed = (scale: boolean, between: tf.layers.Layer[] = []) => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, inputShape: [3], name: 'a' }),
        ...between,
        tf.layers.batchNormalization({ name: 'norm', scale }),
        tf.layers.dense({ units: 2, name: 'b' }),
      ],
    });
    setWeight(model, 'norm/beta', [1, 2, 3, 4]);
    setWeight(model, 'norm/movingMean', [0.5, -1, 2, 3]);
    return model;
  };

  it.each([
    ['directly', true, []],
    ['without gamma', false, []],
    ['behind an activation', true, [tf.layers.reLU()]],
    ['behind dropout', true, [tf.layers.dropout({ rate: 0.5 })]],
  ] as const)(
    'the entries of a BatchNorm that see a unit %s go with it, in training too',
    async (_, scale, between) => {
      const model = normed(scale, [...between]);
      const inner = tf.model({ inputs: model.inputs, outputs: model.getLayer('norm').output });
      const pruning = await prune(model, { count: 2, structure: 'unit', filter: 'a/kernel' });
      const { weights, pruned } = pruning.report().groups[0]!;
      expect(weights).toEqual(
        expect.arrayContaining(['a/kernel', 'a/bias', 'norm/beta', scale ? 'norm/gamma' : 'norm/movingMean']),
      );
      expect(weights).toHaveLength(4);
      const x = tf.tensor(spread(12, 5), [4, 3]);
      const zeroUnits = async () => {
        const y = await valuesOf(inner.predict(x) as tf.Tensor);
        return [0, 1, 2, 3].filter((u) => y.filter((_, i) => i % 4 === u).every((value) => value === 0));
      };
      expect(await zeroUnits()).toEqual(pruned);
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const y = tf.ones([4, 2]);
      // tfjs 4.22 cannot train a BatchNorm without gamma.
      if (scale) await model.fit(x, y, { epochs: 2, verbose: 0 });
      expect((await pruning.verify()).nonzero).toBe(0);
      expect(await zeroUnits()).toEqual(pruned);
      pruning.restore();
      tf.dispose([x, y]);
      model.dispose();
    },
  );

  it('the entries of a BatchNorm whose axis is a list, as Keras 2 writes it, go with their filters', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 2, inputShape: [4, 4, 3], name: 'a' }),
        tf.layers.batchNormalization({ name: 'norm', axis: [3] as never }),
      ],
    });
    const pruning = await prune(model, { count: 2, structure: 'unit', filter: 'a/kernel' });
    expect(pruning.report().groups[0]!.weights).toEqual(
      expect.arrayContaining(['a/kernel', 'a/bias', 'norm/gamma', 'norm/beta']),
    );
    pruning.restore();
    model.dispose();
  });

  it('a BatchNorm that sees several layers, or is called twice, stays as it is', async () => {
    const inputs = tf.input({ shape: [3] });
    const [a, b] = ['a', 'b'].map((name) => tf.layers.dense({ units: 4, name }).apply(inputs) as tf.SymbolicTensor);
    const twice = tf.layers.batchNormalization({ name: 'twice' });
    const sum = tf.layers.add().apply([a!, b!]) as tf.SymbolicTensor;
    const after = tf.layers.batchNormalization({ name: 'after' }).apply(sum) as tf.SymbolicTensor;
    const outputs = [twice.apply(a!), twice.apply(b!), after] as tf.SymbolicTensor[];
    const model = tf.model({ inputs, outputs });
    const pruning = await prune(model, { count: 1, structure: 'unit' });
    expect(pruning.report().groups.map(({ weights }) => weights)).toEqual([
      ['a/kernel', 'a/bias'],
      ['b/kernel', 'b/bias'],
    ]);
    pruning.dispose();
    model.dispose();
  });
});

describe('prune: structures of single weights', () => {
  it('prune(model, { structure: { axis } }) prunes slices by the norm that reduce names', async () => {
    const model = mlp();
    setWeight(model, 'a/kernel', [...Array(5).fill(0.1), 3, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    const rows = async (reduce: 'l1' | 'max') => {
      const pruning = await prune(model, { count: 2, structure: { axis: 0 }, reduce, filter: 'a/kernel' });
      const { pruned } = pruning.report().groups[0]!;
      pruning.restore();
      return pruned;
    };
    // Sums .5, 3, 5, 0 and largest .1, 3, 1, 0.
    expect([await rows('l1'), await rows('max')]).toEqual([
      [0, 3],
      [0, 3],
    ]);
    const one = await prune(model, { count: 3, structure: { axis: 0 }, reduce: 'l1', filter: 'a/kernel' });
    expect(one.report().groups[0]!.pruned).toEqual([0, 1, 3]);
    one.restore();
    const other = await prune(model, { count: 3, structure: { axis: 0 }, reduce: 'max', filter: 'a/kernel' });
    expect(other.report().groups[0]!.pruned).toEqual([0, 2, 3]);
    other.dispose();
    model.dispose();
  });

  it('prune(model, { structure: { n, m } }) keeps n of m along the axis that each layer sums over', async () => {
    const inputs = tf.input({ shape: [4, 4, 8] });
    const conv = tf.layers.conv2d({ filters: 4, kernelSize: 2, name: 'conv' }).apply(inputs);
    const deep = tf.layers.depthwiseConv2d({ kernelSize: 2, name: 'deep' }).apply(conv);
    const back = tf.layers.conv2dTranspose({ filters: 3, kernelSize: 2, name: 'back' }).apply(deep);
    const model = tf.model({ inputs, outputs: back as tf.SymbolicTensor });
    const pruning = await prune(model, { structure: { n: 2, m: 4 } });
    const { weights, skipped, groups } = pruning.report();
    expect(weights.map(({ path, sparsity }) => [path, sparsity])).toEqual([
      ['conv/kernel', 0.5],
      ['back/kernel', 0.5],
    ]);
    expect(groups).toEqual([]);
    expect(skipped.find(({ path }) => path === 'deep/depthwiseKernel')?.reason).toBe(
      'its layer is not known to sum products along an axis of it; name it by { n, m, axis }',
    );
    // [2, 2, 8, 4]: inputs on axis 2; [2, 2, 3, 4]: inputs on axis 3.
    // How many are kept along the axis, at each place of the others; counted on the host, for WebGPU has no transpose of bools.
    const keptAlong = async (path: string, stride: number, size: number) => {
      const bits = await pruning.masks[path]!.data();
      const counts = new Map<number, number>();
      for (const [k, bit] of bits.entries()) {
        const line = k - (Math.floor(k / stride) % size) * stride;
        counts.set(line, (counts.get(line) ?? 0) + bit);
      }
      return new Set(counts.values());
    };
    expect(await keptAlong('conv/kernel', 4, 8)).toEqual(new Set([4]));
    expect(await keptAlong('back/kernel', 1, 4)).toEqual(new Set([2]));
    pruning.dispose();
    model.dispose();
  });

  it('prune(model, { structure: { groups } }) prunes groups over several weights; what has -1 stays', async () => {
    const model = mlp();
    const heads = Int32Array.from({ length: 20 }, (_, i) => [0, 0, 1, 1, -1][i % 5]!);
    const reading = Array.from({ length: 15 }, (_, i) => [0, 0, 1, 1, -1][Math.floor(i / 3)]!);
    const groups = [{ 'a/kernel': heads, 'b/kernel': reading }];
    const pruning = await prune(model, { count: 1, structure: { groups } });
    const { name, pruned } = pruning.report().groups[0]!;
    expect([name, pruned.length]).toEqual(['a/kernel + b/kernel', 1]);
    const expected = (of: ArrayLike<number>) => Array.from(of).flatMap((g, i) => (g === pruned[0] ? [i] : []));
    expect(zerosAt(await readWeight(model, 'a/kernel'))).toEqual(expected(heads));
    expect(zerosAt(await readWeight(model, 'b/kernel'))).toEqual(expected(reading));
    pruning.dispose();
    model.dispose();
  });

  it('prune(model, { structure }) of tied weights prunes them in every use', async () => {
    const kernel = tf.layers.dense({ units: 3, inputShape: [4], useBias: false, name: 'code' });
    class Decode extends tf.layers.Layer {
      static className = 'PruningTestDecode';
      kernel = (kernel as unknown as { kernel: { read(): tf.Tensor } }).kernel;
      override computeOutputShape() {
        return [null, 4];
      }
      override call(x: tf.Tensor | tf.Tensor[]) {
        return tf.matMul(Array.isArray(x) ? x[0]! : x, this.kernel.read(), false, true);
      }
    }
    const model = tf.sequential({ layers: [kernel] });
    model.add(new Decode({ name: 'decode' }));
    const pruning = await prune(model, { count: 2, structure: { axis: 0 }, filter: 'code/kernel' });
    const eye = tf.eye(4);
    const y = await valuesOf(model.predict(eye) as tf.Tensor);
    // Row i of the table is 0: neither does input i count nor is output i anything.
    for (const i of pruning.report().groups[0]!.pruned)
      for (let j = 0; j < 4; j++) expect([y[4 * i + j], y[4 * j + i]]).toEqual([0, 0]);
    expect(y.some((value) => value !== 0)).toBe(true);
    pruning.dispose();
    eye.dispose();
    model.dispose();
  });
});

describe('prune: exact counts of groups', () => {
  it('prune(model, { structure, scope }) prunes exactly so many groups, and leaves one in each layer', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.constantFrom('layer' as const, 'global' as const, 'lamp' as const),
        fc.constantFrom(1, 2, 4),
        fc.nat(1000),
        async (units, sparsity, scope, multipleOf, seed) => {
          const model = tf.sequential();
          for (const [i, n] of units.entries())
            model.add(tf.layers.dense({ units: n, name: `d${i}`, ...(i === 0 && { inputShape: [3] }) }));
          const score = random({ seed });
          const pruning = await prune(model, { sparsity, scope, structure: 'unit', multipleOf, score });
          const { groups } = pruning.report();
          expect(groups.map((set) => set.groups)).toEqual(units);
          const pruned = groups.map((set) => set.pruned.length);
          const among = scope === 'layer' ? units : [units.reduce((a, b) => a + b, 0)];
          const most = scope === 'layer' ? units.map((n) => n - 1) : [among[0]! - units.length];
          const found = scope === 'layer' ? pruned : [pruned.reduce((a, b) => a + b, 0)];
          for (const [i, n] of among.entries()) {
            const exact = Math.min(most[i]!, sparsity * n);
            if (multipleOf === 1) expect(Math.abs(found[i]! - exact)).toBeLessThanOrEqual(0.5);
            else expect(found[i]!).toBeLessThanOrEqual(exact + 0.5);
          }
          for (const [i, n] of units.entries()) {
            const kept = n - pruned[i]!;
            expect(kept).toBeGreaterThanOrEqual(1);
            expect(kept === n || kept % multipleOf === 0).toBe(true);
          }
          pruning.dispose();
          model.dispose();
        },
      ),
      { numRuns: 40, seed: 11 },
    );
  });

  it('prune(model, { sparsity: by pattern }) takes the first pattern that matches and leaves the rest alone', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv1d({ filters: 4, kernelSize: 2, inputShape: [6, 5], name: 'conv1' }),
        tf.layers.conv1d({ filters: 4, kernelSize: 2, name: 'conv2' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 10, name: 'out' }),
        tf.layers.dense({ units: 2, name: 'last' }),
      ],
    });
    const sparsity = { conv1: 0, 'conv*/kernel': 0.5, 'out/*': 0.9 };
    await expect(prune(model, { sparsity })).rejects.toThrow('prune: patterns of sparsity must match a weight');
    const pruning = await prune(model, { sparsity: { 'conv1/*': 0.25, 'conv*/kernel': 0.5, 'out/*': 0.9 } });
    const report = pruning.report();
    expect(report.weights.map(({ path, sparsity: s }) => [path, s])).toEqual([
      ['conv1/kernel', 0.25],
      ['conv2/kernel', 0.5],
      ['out/kernel', 0.9],
    ]);
    expect(report.skipped.find(({ path }) => path === 'last/kernel')?.reason).toBe(
      'no pattern of the sparsities matches it',
    );
    await pruning.update({ sparsity: { 'conv2/kernel': 0.75 } });
    expect(pruning.report().weights.map(({ sparsity: s }) => s)).toEqual([0.25, 0.75, 0.9]);
    pruning.dispose();
    const units = await prune(model, { sparsity: { 'conv*/kernel': 0.5 }, structure: 'unit' });
    expect(units.report().groups.map(({ name, pruned }) => [name, pruned.length])).toEqual([
      ['conv1', 2],
      ['conv2', 2],
    ]);
    units.dispose();
    model.dispose();
  });
});

describe('prune: updates of groups', () => {
  it('update() prunes more groups, keeps the pruned ones, and lets them return when it may', async () => {
    const model = mlp();
    setWeight(
      model,
      'a/kernel',
      Array.from({ length: 20 }, (_, i) => (i % 5) + 1),
    );
    const pruning = await prune(model, { count: 1, structure: 'unit', filter: 'a/kernel' });
    const pruned = () => pruning.report().groups[0]!.pruned;
    expect(pruned()).toEqual([0]);
    setWeight(
      model,
      'a/kernel',
      Array.from({ length: 20 }, (_, i) => 9 - (i % 5)),
    );
    await pruning.update({ count: 2 });
    expect(pruned()).toEqual([0, 4]);
    await expect(pruning.update({ count: 1 })).rejects.toThrow(
      'update: zeros of a must be at least 2 unless regrow is true, got 1',
    );
    await pruning.update({ count: 2 }, { regrow: true });
    expect(pruned()).toEqual([3, 4]);
    expect(await pruning.verify()).toEqual({ pruned: 10, nonzero: 0, first: null });
    pruning.dispose();
    model.dispose();
  });

  it('update() along rising sparsities nests the masks of multiples, global ones too', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 12, inputShape: [3], name: 'a' }), tf.layers.dense({ units: 9, name: 'b' })],
    });
    const pruning = await prune(model, { count: 0, scope: 'global', structure: 'unit', multipleOf: 4 });
    let before: Set<string> = new Set();
    for (const sparsity of [0.2, 0.35, 0.5, 0.7, 0.9]) {
      await pruning.update({ sparsity });
      const now = new Set(pruning.report().groups.flatMap(({ name, pruned }) => pruned.map((i) => `${name} ${i}`)));
      expect([...before].every((unit) => now.has(unit))).toBe(true);
      expect(now.size).toBeLessThanOrEqual(Math.round(sparsity * 21));
      before = now;
    }
    expect(before.size).toBe(21 - 8);
    pruning.dispose();
    model.dispose();
  });
});

describe('prune: what a structure refuses', () => {
  it('prune(model, { structure }) refuses what it cannot mean, and changes and leaves nothing', async () => {
    const model = mlp();
    const refused = (options: object, message: string) =>
      expect(prune(model, options as PruneOptions)).rejects.toThrow(message);
    const run = async () => {
      await refused(
        { count: 5, structure: 'unit' },
        'prune: count must be at most 4, one less than the number of groups of a, got 5',
      );
      await refused(
        { count: 7, structure: 'unit', scope: 'global' },
        'prune: count must be at most 6, the number of groups without one of each layer, got 7',
      );
      await refused(
        { sparsity: 0.5, structure: 'unit', filter: 'a/bias' },
        "prune: structure must be 'entry' for what has no two axes (leave it out by filter), got a/bias of shape [5]",
      );
      await refused({ sparsity: 0.5, structure: { axis: 0 }, filter: ['a/*'] }, 'got a/bias of shape [5]');
      await refused(
        { sparsity: 0.5, structure: { axis: 5 } },
        'prune: axis must be in [-2, 2) for a/kernel of shape [4,5], got 5',
      );
      await refused(
        { structure: { n: 2, m: 4 }, sparsity: 0.5 },
        'prune: amount must be left out for { n, m }, which says it, got 0.5',
      );
      await refused({ structure: { n: 0, m: 4 } }, 'prune: n must be an integer from 1 to 4, got 0');
      await refused({ structure: { n: 2, m: 4 }, scope: 'global' }, "prune: scope must be 'layer' for { n, m }");
      await refused({ sparsity: { '**': 1 } }, 'prune: sparsity of ** must be in [0, 1), got 1');
      await refused({ sparsity: {} }, 'prune: sparsity must have a pattern');
      await refused({ sparsity: [0.5] }, 'prune: sparsity must be a number or a plain object of them by pattern');
      await refused(
        { sparsity: { 'a/*': 0.5 }, scope: 'global' },
        "prune: scope must be 'layer' or 'output' for sparsities by pattern",
      );
      await refused({ sparsity: 0.5, reduce: 'l1' }, 'prune: reduce must be left out where no groups are pruned');
      await refused(
        { sparsity: 0.5, structure: 'row' },
        "prune: structure must be 'entry', 'unit', 'channel', { axis }",
      );
      const groups = (set: object) => ({ count: 1, structure: { groups: [set] } });
      await refused(groups({ 'c/kernel': [0] }), 'prune: groups must be of weights of the model, got "c/kernel"');
      await refused(
        groups({ 'a/bias': [0, 1] }),
        'prune: groups of a/bias must be 5 numbers, one for each entry, got 2',
      );
      await refused(
        groups({ 'a/bias': [0, 0, 0, 2, 2] }),
        'must be numbered from 0 without a gap, and none has the number, got 1',
      );
      await refused(
        groups({ 'a/bias': [0, 0, 0, 0.5, 2] }),
        'prune: groups of a/bias must be integers of -1 or more, got 0.5',
      );
      await refused(groups({ 'a/bias': [0, 0, 0, 0, 1e9] }), 'must be numbered from 0 without a gap');
      await refused(
        { ...groups({ 'a/bias': [0, 0, 0, 0, 1] }), filter: 'a/*' },
        'prune: filter must be left out where groups name the weights',
      );
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    setWeight(model, 'a/bias', [1, Number.NaN, 1, 1, 1]);
    await refused({ count: 1, structure: 'unit' }, 'prune: weights must be finite, got NaN at a/bias[1]');
    model.dispose();
  });

  it('prune(model, { structure: "unit" }) never guesses a layer that it does not know', async () => {
    class Strange extends tf.layers.Layer {
      static className = 'PruningTestStrange';
      kernel: unknown;
      override build(): void {
        this.kernel = this.addWeight('kernel', [4, 4], 'float32', tf.initializers.ones());
        this.built = true;
      }
      override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
        return x;
      }
    }
    const model = tf.sequential({ layers: [new Strange({ inputShape: [4], name: 's' })] });
    await expect(prune(model, { count: 1, structure: 'unit' })).rejects.toThrow(
      's/kernel: class PruningTestStrange is not known; name',
    );
    const slices = await prune(model, { count: 1, structure: { axis: -1 } });
    expect(weightsOf(model)).toHaveLength(1);
    slices.dispose();
    model.dispose();
  });

  it('prune(model, { structure: "unit" }) holds the units through fit', async ({ skip }) => {
    skip(!hasKernel('Conv2DBackpropFilter'), 'wasm has no kernel for this gradient');
    const model = mlp();
    const { x, y } = batch();
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const pruning = await prune(model, { sparsity: 0.5, structure: 'unit' });
    await model.fit(x, y, { epochs: 2, verbose: 0 });
    expect((await pruning.verify()).nonzero).toBe(0);
    pruning.dispose();
    tf.dispose([x, y]);
    model.dispose();
  });
});
