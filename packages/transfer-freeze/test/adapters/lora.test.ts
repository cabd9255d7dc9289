import * as tf from '@tensorflow/tfjs';
import type { Checkpoint } from '@weightkit/checkpoint';
import { parametrize, saveFolded, weightsOf } from '@weightkit/core';
import { artifactsOf, loadStock } from '@weightkit/testing';
import { dora, exportStateDict, lora } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/lora.json' with { type: 'json' };

async function valuesOf(model: tf.LayersModel): Promise<number[][]> {
  const read = weightsOf(model).map((weight) => weight.read());
  const values = await Promise.all(read.map(async (tensor) => [...(await tensor.data())]));
  tf.dispose(read);
  return values;
}

async function predicted(model: tf.LayersModel, x: tf.Tensor): Promise<number[]> {
  const y = model.predict(x) as tf.Tensor;
  const values = [...(await y.data())];
  y.dispose();
  return values;
}

const byName = async ({
  tensors,
}: Checkpoint): Promise<Record<string, { shape: readonly number[]; values: Float32Array }>> =>
  Object.fromEntries(
    await Promise.all(
      tensors.map(
        async ({ name, shape, values }) => [name, { shape, values: (await values()) as Float32Array }] as const,
      ),
    ),
  );

/** A checkpoint with other values under the same names. */
async function withValues(
  source: Checkpoint,
  values: (name: string, now: Float32Array) => Float32Array,
): Promise<Checkpoint> {
  const tensors = await Promise.all(
    source.tensors.map(async (tensor) => {
      const changed = values(tensor.name, (await tensor.values()) as Float32Array);
      return { ...tensor, values: async () => changed };
    }),
  );
  return { ...source, tensors };
}

describe('as in PyTorch', () => {
  it.each(golden.cases)(
    'lora trains its factors as torch does, stabilized $stabilized',
    async ({ stabilized, a, b, out }) => {
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: 3, inputShape: [4], activation: 'tanh', name: 'fc' })],
      });
      const start = [tf.tensor2d(golden.w, [4, 3]), tf.tensor1d(golden.bias)];
      model.setWeights(start);
      const [x, y] = [tf.tensor2d(golden.x, [5, 4]), tf.tensor2d(golden.y, [5, 3])];
      const adapters = lora(model, { rank: golden.rank, alpha: golden.alpha, rankStabilized: stabilized });
      const transposed = Float32Array.from({ length: 8 }, (_, i) => golden.a[(i % 4) * 2 + Math.floor(i / 4)]!);
      await adapters.load(
        await withValues(await adapters.toCheckpoint(), (name, now) => (name.includes('lora_A') ? transposed : now)),
      );
      model.compile({ optimizer: tf.train.sgd(0.125), loss: 'meanSquaredError' });
      await model.fit(x, y, { epochs: golden.steps, batchSize: 5, shuffle: false, verbose: 0 });
      const file = await byName(await adapters.toCheckpoint());
      // Sums of at most 5 products of values below 4, in 4 steps: 4 · 5 · 16 · 2^-24 < 2e-5, and four times that on WebGPU.
      const near = (made: ArrayLike<number>, wanted: readonly number[]) =>
        expect(Math.max(...wanted.map((value, i) => Math.abs(value - made[i]!)))).toBeLessThan(8e-5);
      const factorA = file['base_model.model.fc.lora_A.weight']!;
      const factorB = file['base_model.model.fc.lora_B.weight']!;
      expect([factorA.shape, factorB.shape]).toEqual([
        [2, 4],
        [3, 2],
      ]);
      near(
        factorA.values,
        a.map((_, i) => a[(i % 4) * 2 + Math.floor(i / 4)]!),
      );
      near(
        factorB.values,
        b.map((_, i) => b[(i % 2) * 3 + Math.floor(i / 2)]!),
      );
      near(await predicted(model, x), out);
      adapters.remove();
      expect(await valuesOf(model)).toEqual([golden.w, golden.bias].map((values) => [...Float32Array.from(values)]));
      model.dispose();
      tf.dispose([...start, x, y]);
    },
  );

  it('lora of a convolution is two convolutions beside it, of an embedding a table and a matrix, as the file has them', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: [2, 3], inputShape: [4, 5, 2], useBias: false, name: 'conv' }),
      ],
    });
    const adapters = lora(model, { rank: 2, alpha: 3 });
    const x = tf.randomNormal([2, 4, 5, 2], 0, 1, 'float32', 1);
    const before = await predicted(model, x);
    const file = await withValues(await adapters.toCheckpoint(), (name, now) =>
      now.map((value, i) => (name.includes('lora_B') ? Math.sin(i + 1) : value)),
    );
    await adapters.load(file);
    const { 'base_model.model.conv.lora_A.weight': a, 'base_model.model.conv.lora_B.weight': b } = await byName(file);
    expect([a!.shape, b!.shape]).toEqual([
      [2, 2, 2, 3],
      [3, 2, 1, 1],
    ]);
    const added = tf.tidy(() => {
      const inner = tf.transpose(tf.tensor(a!.values, [2, 2, 2, 3]), [2, 3, 1, 0]) as tf.Tensor4D;
      const outer = tf.transpose(tf.tensor(b!.values, [3, 2, 1, 1]), [2, 3, 1, 0]) as tf.Tensor4D;
      return tf.mul(tf.conv2d(tf.conv2d(x as tf.Tensor4D, inner, 1, 'valid'), outer, 1, 'valid'), 3 / 2);
    });
    const wanted = await added.data();
    const after = await predicted(model, x);
    // 12 products and two of values below 4: 14 · 16 · 2^-23 < 3e-5, and four times that on WebGPU.
    const worst = Math.max(...after.map((value, i) => Math.abs(value - before[i]! - wanted[i]!)));
    expect(worst).toBeLessThan(1.2e-4);
    adapters.merge();
    expect(await predicted(model, x)).toEqual(after);
    model.dispose();
    tf.dispose([x, added]);

    const table = tf.sequential({
      layers: [tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 1, name: 'words' })],
    });
    const words = lora(table, { rank: 1 });
    const tensors = await byName(await words.toCheckpoint());
    expect(tensors['base_model.model.words.lora_embedding_A']!.values).toEqual(new Float32Array(5));
    expect(tensors['base_model.model.words.lora_embedding_B']!.shape).toEqual([3, 1]);
    expect(tensors['base_model.model.words.lora_embedding_B']!.values.every((value) => value !== 0)).toBe(true);
    words.remove();
    table.dispose();
  });
});

function mixed(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.lstm({ units: 3, inputShape: [4, 2], recurrentInitializer: 'glorotNormal', name: 'memory' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.dense({ units: 4, activation: 'tanh', name: 'body' }),
      tf.layers.dense({ units: 2, name: 'head' }),
    ],
  });
}

describe('in a model', () => {
  it('lora changes nothing at first, trains its factors and the head alone, and gives all back bit for bit', async () => {
    const model = mixed();
    const [x, y] = [tf.randomNormal([8, 4, 2], 0, 1, 'float32', 1), tf.ones([8, 2])];
    const [before, start] = [await predicted(model, x), await valuesOf(model)];
    const held = tf.memory().numTensors;
    const adapters = lora(model, { rank: 2, train: 'head/**' });
    expect(await predicted(model, x)).toEqual(before);
    expect(adapters.paths).toEqual(['memory/cell/kernel', 'memory/cell/recurrentKernel', 'body/kernel']);
    expect(adapters.report()).toEqual({
      adapted: [...adapters.paths],
      trained: ['head/kernel', 'head/bias'],
      skipped: [],
      trainableParameters: 2 * (2 + 12 + 3 + 12 + 3 + 4) + 10,
      frozenParameters: 24 + 36 + 12 + 12 + 16,
    });
    const optimizer = tf.train.adam(0.05);
    model.compile({ optimizer, loss: 'meanSquaredError' });
    await model.fit(x, y, { epochs: 3, verbose: 0 });
    optimizer.dispose();
    const trained = await predicted(model, x);
    expect(trained).not.toEqual(before);
    const file = await byName(await adapters.toCheckpoint());
    expect(Object.keys(file)).toEqual(
      ['memory.cell.kernel', 'memory.cell.recurrentKernel', 'body'].flatMap((name) =>
        ['A', 'B'].map((factor) => `base_model.model.${name}.lora_${factor}.weight`),
      ),
    );
    for (const { values } of Object.values(file)) expect(values.some((value) => value !== 0)).toBe(true);
    const stock = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
    expect(await predicted(stock, x)).toEqual(trained);
    stock.dispose();
    adapters.remove();
    expect(adapters.active).toBe(false);
    const after = await valuesOf(model);
    const paths = weightsOf(model).map(({ path }) => path);
    for (const [i, path] of paths.entries())
      if (path.startsWith('head/')) expect(after[i]).not.toEqual(start[i]);
      else expect(after[i], path).toEqual(start[i]);
    expect(tf.memory().numTensors).toBe(held);
    model.dispose();
    tf.dispose([x, y]);
  });

  it('lora holds what parametrizations keep beside the weights, too', async () => {
    const model = mixed();
    const body = parametrize(model.getLayer('body'), 'kernel', {
      forward: (w, { scale }) => tf.mul(w, scale!),
      variables: { scale: () => tf.scalar(1) },
    });
    const adapters = lora(model, { rank: 1, filter: 'memory/cell/kernel' });
    const [x, y] = [tf.randomNormal([8, 4, 2], 0, 1, 'float32', 1), tf.ones([8, 2])];
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await model.fit(x, y, { epochs: 2, verbose: 0 });
    expect(await body.variables.scale!.data()).toEqual(Float32Array.of(1));
    adapters.remove();
    body.restore();
    model.dispose();
    tf.dispose([x, y]);
  });

  it('lora has the same factors for a seed, takes those of another run, and merges to what it predicted', async () => {
    const model = mixed();
    const x = tf.randomNormal([3, 4, 2], 0, 1, 'float32', 1);
    const first = lora(model, { rank: 1, filter: 'body/kernel', seed: 3 });
    const base = await predicted(model, x);
    const file = await first.toCheckpoint();
    expect(file.extras.metadata).toEqual({ peft_type: 'LORA', r: '1', lora_alpha: '1', use_rslora: 'false' });
    const other = await withValues(file, (_, now) => now.map((value) => value + 0.5));
    await first.load(other);
    const swapped = await predicted(model, x);
    expect(swapped).not.toEqual(base);
    await first.load(file);
    expect(await predicted(model, x)).toEqual(base);
    first.remove();
    const second = lora(model, { rank: 1, filter: 'body/kernel', seed: 3 });
    expect(await byName(await second.toCheckpoint())).toEqual(await byName(file));
    await second.load(other);
    second.merge();
    expect(await predicted(model, x)).toEqual(swapped);
    expect(() => second.merge()).toThrow('merge: adapters must be in place');
    expect(() => second.remove()).toThrow('remove: adapters must be in place');
    await expect(second.toCheckpoint()).rejects.toThrow('toCheckpoint: adapters must be in place');
    await expect(second.load(file)).rejects.toThrow('load: adapters must be in place');
    model.dispose();
    x.dispose();
  });

  it('lora without a rank takes what small weights have', () => {
    const model = mixed();
    const adapters = lora(model, { filter: ['body/kernel', 'head/kernel'] });
    expect([adapters.scale, adapters.report().trainableParameters]).toEqual([1, 3 * (3 + 4) + 2 * (4 + 2)]);
    adapters.remove();
    model.dispose();
  });

  it('lora refuses ranks, filters and files that do not fit, and changes nothing', async () => {
    const model = mixed();
    const held = tf.memory().numTensors;
    const before = weightsOf(model).length;
    expect(() => lora(model, { rank: 3 })).toThrow(
      'lora: rank must not be above the inputs or outputs of a weight: memory/cell/kernel has 2 and 12; head/kernel has 4 and 2, got 3',
    );
    expect(() => lora(model, { rank: 1, filter: 'norm/**' })).toThrow('lora: model must have a weight for an adapter');
    expect(() => lora(model, { rank: 0 })).toThrow('lora: rank must be an integer of 1 or more');
    expect(() => lora(model, { rank: 1, alpha: Number.NaN })).toThrow('lora: alpha must be a finite number');
    expect(weightsOf(model).length).toBe(before);
    expect(model.trainableWeights).toHaveLength(9);
    const adapters = lora(model, { rank: 1, filter: ['body/kernel', 'body/bias'] });
    expect(adapters.report().skipped).toEqual([
      { path: 'body/bias', reason: 'it has no inputs and outputs to put an adapter between' },
    ]);
    const file = await adapters.toCheckpoint();
    const { checkpoint } = await exportStateDict(model);
    await expect(adapters.load(checkpoint)).rejects.toThrow(
      'load: checkpoint must have base_model.model.body.lora_A.weight',
    );
    await expect(adapters.load(await withValues(file, (_, now) => now.map(() => Number.NaN)))).rejects.toThrow(
      'load: checkpoint must be finite, got NaN at base_model.model.body.lora_A.weight[0]',
    );
    const other = mixed();
    const wide = lora(other, { rank: 2, filter: 'body/kernel' });
    await expect(adapters.load(await wide.toCheckpoint())).rejects.toThrow(
      'load: base_model.model.body.lora_A.weight must be [1,3], got "[2,3]"',
    );
    wide.remove();
    const longer = dora(other, { rank: 1, filter: 'body/kernel' });
    await expect(adapters.load(await longer.toCheckpoint())).rejects.toThrow(
      'load: checkpoint must have no adapters but of the kind and the weights of those in place, got ["base_model.model.body.lora_magnitude_vector"]',
    );
    longer.remove();
    // What trained along, as peft saves it, is no adapter.
    const head = checkpoint.tensors.map((one) => ({ ...one, name: `base_model.model.${one.name}` }));
    await adapters.load({ ...file, tensors: [...file.tensors, ...head] });
    expect(await byName(await adapters.toCheckpoint())).toEqual(await byName(file));
    adapters.remove();
    other.dispose();
    expect(tf.memory().numTensors).toBe(held);
    model.dispose();
  });
});
