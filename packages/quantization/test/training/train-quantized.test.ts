import * as tf from '@tensorflow/tfjs';
import { type FilledKernels, fillMissingKernels, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { allowBackend, artifactsOf, leakOf, loadStock, valuesOf } from '@weightkit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dequantizeValues, save, type TrainQuantizedOptions, trainQuantized } from '../../src/index.ts';

// The gradients of depthwise convolutions and embeddings need kernels that stock wasm and webgpu lack.
let filled: FilledKernels;
beforeAll(() => {
  filled = fillMissingKernels();
});
afterAll(() => filled.restore());

/** Weights that no two runs have different. */
function seeded(model: tf.Sequential): tf.Sequential {
  for (const [i, weight] of model.weights.entries()) {
    const value = tf.randomNormal(weight.shape as number[], 0, 0.3, 'float32', 70 + i);
    weight.write(value);
    value.dispose();
  }
  return model;
}

const convolutions = () =>
  seeded(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 2, inputShape: [4, 4, 2], activation: 'relu', name: 'conv' }),
        tf.layers.depthwiseConv2d({ kernelSize: 2, name: 'deep' }),
        tf.layers.flatten({ name: 'flat' }),
        tf.layers.dense({ units: 3, name: 'out' }),
      ],
    }),
  );
const words = () =>
  seeded(
    tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 7, outputDim: 4, inputLength: 3, name: 'words' }),
        tf.layers.lstm({ units: 3, recurrentInitializer: 'glorotUniform', name: 'lstm' }),
        tf.layers.dense({ units: 3, name: 'out' }),
      ],
    }),
  );

const gates = () =>
  seeded(
    tf.sequential({
      layers: [
        tf.layers.gru({ units: 3, inputShape: [4, 2], returnSequences: true, name: 'gru' }),
        tf.layers.bidirectional({
          layer: tf.layers.gru({ units: 2 }) as tf.layers.RNN,
          mergeMode: 'concat',
          name: 'both',
        }),
        tf.layers.dense({ units: 3, name: 'out' }),
      ],
    }),
  );

const NETWORKS = {
  convolutions: {
    make: convolutions,
    x: () => tf.randomNormal([8, 4, 4, 2], 0, 1, 'float32', 3),
    paths: ['conv/kernel', 'deep/depthwiseKernel', 'out/kernel'],
  },
  words: {
    make: words,
    x: () =>
      tf.tensor2d(
        [...Array(24).keys()].map((i) => (i * 5) % 7),
        [8, 3],
      ),
    paths: ['words/embeddings', 'lstm/cell/kernel', 'lstm/cell/recurrentKernel', 'out/kernel'],
  },
  gates: {
    make: gates,
    x: () => tf.randomNormal([8, 4, 2], 0, 1, 'float32', 3),
    paths: [
      'gru/cell/kernel',
      'gru/cell/recurrentKernel',
      'both/forward/cell/kernel',
      'both/forward/cell/recurrentKernel',
      'both/backward/cell/kernel',
      'both/backward/cell/recurrentKernel',
      'out/kernel',
    ],
  },
} as const;

const GRIDS: [string, TrainQuantizedOptions, string | null][] = [
  ['the default', {}, 'uint8'],
  ['uint8, affine', { grid: { dtype: 'uint8' } }, 'uint8'],
  ['int4 by input', { grid: { dtype: 'int4', granularity: { axis: -2 } } }, null],
  ['int2 in groups', { grid: { dtype: 'int2', granularity: { group: 3, axis: 0 } } }, null],
  ['uint16', { grid: { dtype: 'uint16' } }, 'uint16'],
  ['nf4', { grid: { dtype: 'nf4' } }, null],
  ['ternary', { grid: { dtype: 'ternary' } }, 'uint8'],
  ['float16', { grid: { dtype: 'float16' } }, 'float16'],
  ['float8', { grid: { dtype: 'float8_e4m3fn', granularity: 'none' } }, 'float16'],
  ['learned int4', { grid: { dtype: 'int4' }, learned: true }, 'uint8'],
  ['learned int3 by input', { grid: { dtype: 'int3', granularity: { axis: -2 } }, learned: true }, null],
];

/** All grids on one network, a few on the other; on webgpu, where each compiles kernels of its own, a few on the first alone. */
const onWebgpu = () => tf.getBackend() === 'webgpu';
const gridsFor = (network: string): typeof GRIDS =>
  network === 'words' || onWebgpu() ? GRIDS.filter(([name]) => /nf4|learned int3/.test(name)) : GRIDS;

/** A step, for which stock wasm takes some kernels of gradients from cpu. */
async function stepped(model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor): Promise<number> {
  let loss = Number.NaN;
  await allowBackend('cpu', async () => {
    loss = (await model.trainOnBatch(x, y)) as number;
  });
  return loss;
}

const compiled = (model: tf.LayersModel, rate = 0.05) =>
  model.compile({ optimizer: tf.train.sgd(rate), loss: 'meanSquaredError' });

describe.each(Object.entries(NETWORKS).filter(([name]) => name === 'convolutions' || !onWebgpu()))(
  'trainQuantized on %s',
  (network, { make, x: input, paths }) => {
    let model: tf.Sequential;
    let [x, y]: tf.Tensor[] = [];

    beforeAll(() => {
      model = make();
      x = input();
      y = tf.randomNormal([8, 3], 0, 1, 'float32', 4);
    });
    afterAll(() => {
      model.dispose();
      tf.dispose([x!, y!]);
    });

    test.each(gridsFor(network))(
      '%s: after a step, codes and the stock file have the bits that the layers compute with',
      async (name, options, dtype) => {
        const training = await trainQuantized(model, options);
        expect(training.parametrizations.map(({ path }) => path)).toEqual(paths);
        expect(training.needsRecompile).toBe(options.learned === true);
        compiled(model);
        await stepped(model, x!, y!);

        const codes = await training.codes();
        expect(Object.keys(codes)).toEqual(paths);
        for (const handle of training.parametrizations)
          expect(dequantizeValues(codes[handle.path]!), `${name} ${handle.path}`).toEqual(
            await valuesOf(handle.value()),
          );

        const quantized = await training.quantized();
        const { weights, skipped, certificate } = quantized.report;
        expect(certificate).toBe(0);
        expect(weights.map((weight) => [weight.path, weight.dtype])).toEqual(
          dtype === null ? [] : paths.map((path) => [path, dtype]),
        );
        expect(skipped.some(({ reason }) => /the format has one scale for a weight/.test(reason))).toBe(dtype === null);
        const stock = await loadStock(await artifactsOf((handler) => save(quantized, handler)));
        for (const [i, handle] of training.parametrizations.entries()) {
          const loaded = weightsOf(stock, paths[i]!)[0]!;
          expect(await valuesOf(loaded.read()), `${name} ${handle.path} loaded`).toEqual(
            await valuesOf(handle.value()),
          );
        }
        expect(await valuesOf(stock.predict(x!) as tf.Tensor)).toEqual(await valuesOf(model.predict(x!) as tf.Tensor));
        stock.dispose();
        training.restore();
        expect(parametrizationsOf(model)).toHaveLength(0);
      },
    );
  },
);

describe('trainQuantized: training', () => {
  test('steps are trained beside the weights, and the loss falls', async () => {
    const model = convolutions();
    const [x, y] = [NETWORKS.convolutions.x(), tf.randomNormal([8, 3], 0, 0.3, 'float32', 4)];
    const training = await trainQuantized(model, { grid: { dtype: 'int4' }, learned: true });
    compiled(model);
    const stepsNow = async () =>
      Promise.all(training.parametrizations.map(async ({ variables }) => (await variables.step!.data())[0]!));
    const before = await stepsNow();
    const losses: number[] = [];
    for (let i = 0; i < 8; i++) losses.push(await stepped(model, x, y));
    const after = await stepsNow();
    expect(after.every((step, i) => step !== before[i] && step > 0)).toBe(true);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    training.restore();
    tf.dispose([x, y]);
    model.dispose();
  });

  test('a step moves the raw weights of GRU cells by the gradients of a plain model that has the rounded ones', async () => {
    const [model, plain] = [gates(), gates()];
    const [x, y] = [NETWORKS.gates.x(), tf.randomNormal([8, 3], 0, 0.3, 'float32', 4)];
    const training = await trainQuantized(model, { grid: { dtype: 'int4' } });
    for (const { path, value } of training.parametrizations) tf.tidy(() => weightsOf(plain, path)[0]!.write(value()));
    const rate = 4;
    const moved = async (one: tf.LayersModel, by: string[]) => {
      const read = () => Promise.all(by.map((path) => weightsOf(one, path)[0]!.variable!.data()));
      const before = await read();
      compiled(one, rate);
      await stepped(one, x, y);
      const after = await read();
      return after.map((values, i) => values.map((v, j) => v - before[i]![j]!));
    };
    const paths = [...NETWORKS.gates.paths];
    const [ours, wanted] = [await moved(model, paths), await moved(plain, paths)];
    for (const [i, path] of paths.entries()) {
      expect(Math.max(...wanted[i]!.map(Math.abs)), path).toBeGreaterThan(0.001);
      // The gradients are the same numbers; two weights below 8 are rounded after the step, each by up to 2^-22.
      for (const [j, change] of wanted[i]!.entries())
        expect(Math.abs(ours[i]![j]! - change), `${path}[${j}]`).toBeLessThanOrEqual(2 ** -21);
    }
    training.restore();
    tf.dispose([x, y]);
    model.dispose();
    plain.dispose();
  });

  test('a mask below the grid and one on top keep their zeros, in the layers and in the codes', async () => {
    const model = convolutions();
    const mask = tf.tensor2d(
      [...Array(48).keys()].map((i) => (i % 3 === 0 ? 0 : 1)),
      [16, 3],
    );
    const weight = weightsOf(model, 'out/kernel')[0]!;
    const masked = () => parametrize(weight, { forward: (w) => tf.mul(w, mask), rightInverse: (w) => w, kind: 'mask' });
    for (const below of [true, false]) {
      const first = below ? masked() : null;
      const training = await trainQuantized(model, { grid: { dtype: 'uint4' }, filter: 'out/kernel' });
      const handle = first ?? masked();
      const { codes, zeroPoints } = (await training.codes())['out/kernel']!;
      const value = await valuesOf(handle.value());
      const kept = await valuesOf(tf.clone(mask));
      for (const [i, one] of kept.entries())
        if (one === 0) expect([value[i]! + 0, codes[i]]).toEqual([0, zeroPoints![0]]);
      expect(dequantizeValues((await training.codes())['out/kernel']!)).toEqual(value.map((v) => v + 0));
      handle.restore();
      training.restore();
    }
    mask.dispose();
    model.dispose();
  });

  test('fold leaves what the layers compute with, restore the raw weights, to the bit', async () => {
    const model = convolutions();
    const kernel = () => valuesOf(tf.clone(weightsOf(model, 'out/kernel')[0]!.variable!));
    const raw = await kernel();
    (await trainQuantized(model)).restore();
    expect(await kernel()).toEqual(raw);
    const training = await trainQuantized(model, { grid: { dtype: 'int3' }, filter: 'out/kernel' });
    const value = await valuesOf(training.parametrizations[0]!.value());
    training.fold();
    expect(await kernel()).toEqual(value);
    expect(value).not.toEqual(raw);
    expect(() => training.restore()).toThrow('restore: every grid must be in place, got out/kernel without it');
    await expect(training.codes()).rejects.toThrow('codes: every grid must be in place, got out/kernel without it');
    model.dispose();
  });
});

describe('trainQuantized: contract', () => {
  test('trainQuantized leaves nothing behind but what restore takes', async () => {
    const model = words();
    const leak = await leakOf(async () => {
      const training = await trainQuantized(model, { grid: { dtype: 'int4' }, learned: true });
      await training.codes();
      await training.quantized();
      training.restore();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
  });

  test('trainQuantized refuses NaN by path, weights on a grid already, what cannot be learned; nothing has changed then', async () => {
    const model = convolutions();
    const refused = async (options: object, message: string) => {
      const before = tf.memory().numTensors;
      await expect(trainQuantized(model, options)).rejects.toThrow(message);
      expect(tf.memory().numTensors).toBe(before);
      expect(parametrizationsOf(model)).toHaveLength(0);
    };
    await refused({ filter: 'nothing' }, 'trainQuantized: filter must match');
    await refused(
      { grid: { dtype: 'nf4' }, learned: true },
      'dtype with learned steps must be int2 to int8, got "nf4"',
    );
    await refused({ grid: { dtype: 'uint8' }, learned: true }, 'dtype with learned steps must be int2 to int8');
    await refused(
      { grid: { dtype: 'int8', granularity: { group: 2 } }, learned: true },
      'granularity with learned steps must be tensor or { axis }',
    );
    await refused({ grid: { dtype: 'int8', granularity: { axis: 3 } } }, 'trainQuantized: axis must be');

    const training = await trainQuantized(model, { filter: 'out/kernel' });
    await expect(trainQuantized(model)).rejects.toThrow('weights must not be on a grid already, got out/kernel');
    const half = parametrize(weightsOf(model, 'out/kernel')[0]!, { forward: (w) => tf.mul(w, 0.3) });
    await expect(training.codes()).rejects.toThrow('on the grid when all transforms are done');
    half.restore();
    training.restore();

    const bad = tf.tensor1d([...Array(48).keys()].map((i) => (i === 5 ? Number.NaN : 1)));
    weightsOf(model, 'out/kernel')[0]!.write(tf.reshape(bad, [16, 3]));
    await refused({}, 'trainQuantized: weights must be finite, got NaN at out/kernel[5]');
    bad.dispose();
    model.dispose();
  });
});
