import * as tf from '@tensorflow/tfjs';
import { artifactsOf, leakOf, loadStock, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { parametrize, type SavedModel, saveFolded, weightsOf } from '../../src/index.ts';
import { fill, numbers } from '../models.ts';

const OPTIMIZERS: [string, () => tf.Optimizer][] = [
  ['sgd', () => tf.train.sgd(0.1)],
  ['momentum', () => tf.train.momentum(0.1, 0.9)],
  ['nesterov', () => tf.train.momentum(0.1, 0.9, true)],
  ['rmsprop', () => tf.train.rmsprop(0.05)],
  ['rmsprop with momentum', () => tf.train.rmsprop(0.05, 0.8, 0.5)],
  // Stock divides by sqrt(E g² - (E g)² - epsilon): an epsilon of 1e-7 makes it NaN where a gradient stays as it is.
  ['rmsprop centered', () => tf.train.rmsprop(0.01, 0.5, 0.3, 0, true)],
  ['adagrad', () => tf.train.adagrad(0.1, 0.3)],
  ['adadelta', () => tf.train.adadelta(1, 0.9, 1e-4)],
  ['adam', () => tf.train.adam(0.05)],
];
type Compile = Parameters<tf.LayersModel['compile']>[0];
const LOSS: Compile['loss'] = 'meanSquaredError';

const build = () => {
  const model = tf.sequential({
    name: 'net',
    layers: [
      tf.layers.dense({ units: 4, inputShape: [3], activation: 'tanh', name: 'a' }),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.dense({ units: 2, name: 'b' }),
    ],
  });
  fill(model);
  tf.tidy(() => weightsOf(model, 'bn/movingVariance')[0]!.write(tf.ones([4])));
  return model;
};
const x = () => numbers([8, 3], 1);
const y = () => numbers([8, 2], 0.7);

async function train(model: tf.LayersModel, steps: number): Promise<number[]> {
  const data: [tf.Tensor, tf.Tensor] = [x(), y()];
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push([await model.trainOnBatch(...data)].flat()[0]! as number);
  tf.dispose(data);
  return losses;
}
async function saved(
  model: tf.LayersModel,
  options = {},
): Promise<{ artifacts: tf.io.ModelArtifacts; result: SavedModel }> {
  let result: SavedModel | undefined;
  const artifacts = await artifactsOf(async (handler) => {
    result = await saveFolded(model, handler, { includeOptimizer: true, ...options });
  });
  return { artifacts, result: result! };
}
const mask = (shape: number[]) => tf.tidy(() => tf.cast(tf.greater(numbers(shape, 1), 0), 'float32'));

/** Adam's powers of beta are computed anew by stock, in another order: 1e-6 of the step. The others' state is exact. */
const near = (got: number[], want: number[]) => {
  for (const [i, loss] of want.entries()) expect(Math.abs(got[i]! - loss)).toBeLessThan(1e-5 * Math.abs(loss));
};

describe('saveFolded(model, target, { includeOptimizer: true })', () => {
  it.each(OPTIMIZERS)('%s goes on in stock with the losses that the model goes on with', async (_, optimizer) => {
    const model = build();
    model.compile({ optimizer: optimizer(), loss: LOSS, metrics: ['mse', 'accuracy'] });
    await train(model, 5);
    const { artifacts, result } = await saved(model);
    expect(result.report).toEqual({ renamed: [], unconstrained: [], zeroedMoments: [] });
    const again = await loadStock(artifacts);
    const want = await train(model, 6);
    expect(want.every(Number.isFinite)).toBe(true);
    near(await train(again, 6), want);
    for (const each of [model, again]) each.dispose();
  });

  it.each(OPTIMIZERS)(
    '%s under a mask and a straight-through quantizer keeps its raw state',
    async (name, optimizer) => {
      const model = build();
      const kept = mask([3, 4]);
      parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, kept) });
      const grid = tf.customGrad((w) => ({
        value: tf.div(tf.round(tf.mul(w as tf.Tensor, 64)), 64),
        gradFunc: (dy: tf.Tensor) => dy,
      }));
      parametrize(model.layers[2]!, 'kernel', { forward: (w) => grid(w) });
      model.compile({ optimizer: optimizer(), loss: LOSS });
      await train(model, 3);
      const { artifacts, result } = await saved(model);
      expect(result.report.zeroedMoments).toEqual([]);
      const state = tf.io.decodeWeights(artifacts.weightData as ArrayBuffer, artifacts.weightSpecs!);
      const slots = artifacts.weightSpecs!.filter(({ group }) => group === 'optimizer');
      const own = await (model.optimizer as unknown as { getWeights(): Promise<{ tensor: tf.Tensor }[]> }).getWeights();
      expect(slots.map(({ shape }) => shape)).toEqual(own.map(({ tensor }) => tensor.shape));
      for (const [i, { tensor }] of own.entries())
        expect(await valuesOf(state[slots[i]!.name]!), `${name} ${slots[i]!.name}`).toEqual(await valuesOf(tensor));
      own[0]!.tensor.dispose();
      const again = await loadStock(artifacts);
      // Where a gradient is 0, as under a mask, stock's centered RMSProp divides 0 by 0.
      if (name !== 'rmsprop centered') expect(Number.isFinite((await train(again, 2))[1])).toBe(true);
      tf.dispose([state, kept]);
      for (const each of [model, again]) each.dispose();
    },
  );

  it('writes what stock model.save writes for a plain model, but for names of the state', async () => {
    const model = build();
    model.compile({ optimizer: tf.train.adam(0.05), loss: LOSS, metrics: ['mse'] });
    await train(model, 3);
    const { artifacts } = await saved(model);
    const stock = await artifactsOf((handler) => model.save(handler, { includeOptimizer: true }));
    expect(artifacts.trainingConfig).toEqual(stock.trainingConfig);
    expect(artifacts.weightData).toEqual(stock.weightData);
    const plain = ({ weightSpecs }: tf.io.ModelArtifacts) => weightSpecs!.map(({ name: _, ...spec }) => spec);
    expect(plain(artifacts)).toEqual(plain(stock));
    model.dispose();
  });

  it('has no state, and the count of steps, before the first step', async () => {
    const model = build();
    model.compile({ optimizer: tf.train.adam(0.05), loss: LOSS });
    const { artifacts } = await saved(model);
    expect(artifacts.weightSpecs!.filter(({ group }) => group === 'optimizer').map(({ name }) => name)).toEqual([
      'iter',
    ]);
    const again = await loadStock(artifacts);
    near(await train(again, 3), await train(model, 3));
    for (const each of [model, again]) each.dispose();
  });

  it.each([
    ['momentum', () => tf.train.momentum(0.1, 0.9), 0],
    ['adagrad', () => tf.train.adagrad(0.1, 0.3), 0.3],
    ['adam', () => tf.train.adam(0.05), 0],
  ] as const)(
    '%s begins anew for a weight that other variables are trained for, and says so',
    async (_, optimizer, empty) => {
      const model = build();
      const scaled = {
        forward: (v: tf.Tensor, { g }: Readonly<Record<string, tf.Tensor>>) => tf.mul(v, g!),
        rightInverse: (w: tf.Tensor) => w,
        variables: { g: () => tf.scalar(1) },
      };
      const handle = parametrize(model.layers[0]!, 'kernel', scaled);
      parametrize(model.layers[2]!, 'kernel', { forward: (w) => tf.mul(w, 3), rightInverse: (w) => tf.div(w, 3) });
      model.compile({ optimizer: optimizer(), loss: LOSS });
      await train(model, 3);
      const look = async (reason: string) => {
        const { artifacts, result } = await saved(model);
        expect(result.report.zeroedMoments).toEqual([
          { path: 'a/kernel', reason },
          { path: 'b/kernel', reason: 'its parametrization changes gradients, not by a mask alone' },
        ]);
        const state = tf.io.decodeWeights(artifacts.weightData as ArrayBuffer, artifacts.weightSpecs!);
        const slots = artifacts.weightSpecs!.filter(({ group }) => group === 'optimizer').slice(1);
        expect(slots.some(({ name }) => name.includes('/g/'))).toBe(false);
        for (const { name } of slots) {
          const values = await valuesOf(state[name]!);
          const isEmpty = [...values].every((value) => value === Math.fround(empty));
          expect(isEmpty, name).toBe(name.includes('kernel'));
        }
        const again = await loadStock(artifacts);
        expect(Number.isFinite((await train(again, 2))[1])).toBe(true);
        tf.dispose(state);
        again.dispose();
      };
      await look('its parametrization trains other variables in its place');
      handle.fold();
      await look('its parametrization trained other variables in its place when the model was compiled');
      model.dispose();
    },
  );

  it('gives each weight its own state when the set of trained weights has changed', async () => {
    const model = build();
    model.layers[0]!.trainable = false;
    model.compile({ optimizer: tf.train.momentum(0.1, 0.9), loss: LOSS });
    await train(model, 3);
    const frozen = await loadStock((await saved(model)).artifacts);
    model.layers[0]!.trainable = true;
    const { artifacts, result } = await saved(model);
    expect(result.report.zeroedMoments).toEqual(
      ['a/kernel', 'a/bias'].map((path) => ({ path, reason: 'the optimizer has not stepped it' })),
    );
    const again = await loadStock(artifacts);
    model.layers[0]!.trainable = false;
    near(await train(frozen, 3), await train(model, 3));
    expect(Number.isFinite((await train(again, 2))[1])).toBe(true);
    for (const each of [model, frozen, again]) each.dispose();
  });

  it('keeps state and flags of a model that was frozen after it was compiled, as a discriminator is', async () => {
    const nested = tf.sequential({
      name: 'n',
      layers: [tf.layers.dense({ units: 3, inputShape: [4], name: 'c' }), tf.layers.batchNormalization({ name: 'd' })],
    });
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, inputShape: [3], name: 'a' }),
        nested,
        tf.layers.dense({ units: 2, name: 'b' }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.05), loss: LOSS });
    await train(model, 3);
    for (const each of [model, nested]) each.trainable = false;
    const before = model.weights.map((weight) => [
      weight.name,
      (weight as unknown as { trainable: boolean }).trainable,
    ]);
    const { artifacts, result } = await saved(model);
    expect(result.report.zeroedMoments).toEqual([]);
    expect(
      model.weights.map((weight) => [weight.name, (weight as unknown as { trainable: boolean }).trainable]),
    ).toEqual(before);
    const again = await loadStock(artifacts);
    for (const each of [nested, model]) each.trainable = true;
    near(await train(again, 3), await train(model, 3));
    for (const each of [model, again]) each.dispose();
  });

  it('keeps losses and metrics of several outputs by name', async () => {
    const make = (compile: Partial<Compile>) => {
      const inputs = tf.input({ shape: [3] });
      const outputs = ['p', 'q'].map((name) => tf.layers.dense({ units: 1, name }).apply(inputs) as tf.SymbolicTensor);
      const model = tf.model({ inputs, outputs });
      model.compile({ optimizer: 'adam', loss: LOSS, ...compile });
      return model;
    };
    for (const compile of [
      { loss: ['meanSquaredError', 'meanAbsoluteError'] },
      { loss: { p: 'meanSquaredError', q: 'logcosh' }, metrics: { p: 'mse', q: ['mae', 'MSE'] } },
      { metrics: ['mse', 'MAE'] },
    ] as Partial<Compile>[]) {
      const model = make(compile);
      const again = await loadStock((await saved(model)).artifacts);
      expect(again.lossFunctions).toHaveLength(2);
      expect(again.metricsNames.map((name) => name.toLowerCase().length)).toEqual(
        model.metricsNames.map((name) => name.length),
      );
      for (const each of [model, again]) each.dispose();
    }
  });

  it('refuses what stock cannot save or load, before anything is written', async () => {
    const of = (compile: Partial<Compile> | null) => {
      const model = build();
      if (compile) model.compile({ optimizer: 'sgd', loss: LOSS, ...compile } as Compile);
      return model;
    };
    const custom = (a: tf.Tensor, b: tf.Tensor) => tf.losses.meanSquaredError(a, b);
    for (const [compile, message] of [
      [
        null,
        'saveFolded: model must be compiled for its optimizer to be saved, got one that is not; call compile first',
      ],
      [
        { optimizer: tf.train.adamax(0.1) },
        'saveFolded: optimizer must be one whose state stock TensorFlow.js saves and loads',
      ],
      [{ optimizer: 'adamax' }, '(SGD, Momentum, Adagrad, Adadelta, Adam, RMSProp), got "Adamax"'],
      [{ loss: custom }, 'saveFolded: loss must be given to compile by its name for the optimizer to be saved'],
      [{ loss: [custom] }, 'for stock TensorFlow.js cannot save a function, got function custom'],
      [{ loss: { b: custom } }, 'saveFolded: loss must be given'],
      [{ metrics: [custom] }, 'saveFolded: metrics must be given to compile by their names'],
    ] as [Partial<Compile> | null, string][]) {
      const model = of(compile);
      let written = 0;
      const handler = {
        save: async () => {
          written++;
          return {} as tf.io.SaveResult;
        },
      };
      const attempt = () => expect(saveFolded(model, handler, { includeOptimizer: true })).rejects.toThrow(message);
      expect((await leakOf(attempt)).tensors).toBe(0);
      expect(written).toBe(0);
      await saveFolded(model, handler);
      model.dispose();
    }
  });

  it('leaks nothing and changes nothing', async () => {
    const [model, control] = [build(), build()];
    for (const each of [model, control]) {
      each.compile({ optimizer: tf.train.adam(0.05), loss: LOSS });
      await train(each, 2);
    }
    expect((await leakOf(() => saved(model))).tensors).toBe(0);
    expect(await train(model, 3)).toEqual(await train(control, 3));
    for (const each of [model, control]) each.dispose();
  });

  it('refuses options that are not there', async () => {
    const model = build();
    const handler = { save: async () => ({}) as tf.io.SaveResult };
    for (const [options, message] of [
      [
        { includeOptimiser: true },
        'saveFolded: options must be among includeOptimizer, rename, got "includeOptimiser"',
      ],
      [{ includeOptimizer: 1 }, 'saveFolded: includeOptimizer must be true or false, got 1'],
      [{ rename: 'yes' }, 'saveFolded: rename must be true or false, got "yes"'],
      [null, 'saveFolded: options must be a plain object'],
      [true, 'saveFolded: options must be a plain object'],
    ] as [object, string][])
      await expect(saveFolded(model, handler, options)).rejects.toThrow(message);
    model.dispose();
  });
});
