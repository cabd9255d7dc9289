import * as tf from '@tensorflow/tfjs';
import { parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { constantSparsity } from '../../src/schedules/constant-sparsity.ts';
import { polynomialDecay } from '../../src/schedules/polynomial-decay.ts';
import { type MovementPruning, movementPruneDuring } from '../../src/training/movement-prune-during.ts';
import { batch, casesOf, mlp, readWeight } from '../models.ts';

interface MovementCase {
  call: string;
  turns: [step: number, sparsity: number][];
  steps: number;
  rate: number;
  momentum: number;
  chosen: { step: number; masks: number[][] }[];
  scores: Record<string, number[]>;
  weights: Record<string, number[]>;
}

const compiled = (optimizer: tf.Optimizer): tf.Sequential => {
  const model = mlp();
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
};

async function fit(model: tf.Sequential, epochs: number, ...callbacks: object[]): Promise<void> {
  const { x, y } = batch(8);
  const list = callbacks as tf.CustomCallbackArgs[];
  await model
    .fit(x, y, { epochs, batchSize: 8, shuffle: false, verbose: 0, callbacks: list })
    .finally(() => tf.dispose([x, y]));
}

/** The numbers of a state's base64. */
const floats = (text: string): Float32Array =>
  new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]!)));

const bitsOf = ({ pruning }: MovementPruning) =>
  Promise.all(Object.values(pruning.masks).map(async (mask) => Array.from(await mask.data(), Number)));

describe('movementPruneDuring', () => {
  it.each(casesOf<MovementCase>('movement-during'))(
    'movementPruneDuring is $call by autograd in float64: masks, scores and weights',
    async (golden) => {
      const model = compiled(tf.train.momentum(golden.rate, golden.momentum));
      const turns = new Map(golden.turns);
      const callback = movementPruneDuring(model, (step) => turns.get(step));
      const seen = new Map<number, number[][]>();
      const look = { onBatchBegin: async () => void seen.set(callback.step - 1, await bitsOf(callback)) };
      await fit(model, golden.steps, callback, look);
      for (const { step, masks } of golden.chosen) expect(seen.get(step), `step ${step}`).toEqual(masks);
      // As in the test of rigl: 14 steps of at most rate 0.3, gradients rounded; S adds up as many products of values below 2.
      for (const [path, values] of Object.entries(golden.weights))
        expect(distance(values, await readWeightRaw(model, path)), path).toBeLessThan(1e-4);
      const { scores } = await callback.state();
      for (const [path, values] of Object.entries(golden.scores))
        expect(distance(values, floats(scores[path]!)), path).toBeLessThan(2e-4);
      callback.pruning.dispose();
      model.dispose();
    },
  );

  it('movementPruneDuring keeps what grows, however small, where magnitude would keep what is large', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [4], useBias: false, name: 'd' })],
    });
    const start = tf.tensor2d([1, 1, 0.05, -0.05], [4, 1]);
    const target = tf.tensor2d([0, 0, 1, -1], [4, 1]);
    const x = tf.randomNormal([64, 4], 0, 1, 'float32', 3);
    const y = tf.matMul(x, target);
    model.setWeights([start]);
    model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
    const callback = movementPruneDuring(model, polynomialDecay({ final: 0.5, begin: 2, end: 12, frequency: 2 }));
    await model.fit(x, y, { epochs: 6, batchSize: 32, verbose: 0, callbacks: callback });
    expect(await bitsOf(callback)).toEqual([[0, 0, 1, 1]]);
    callback.pruning.fold();
    const kernel = await readWeight(model, 'd/kernel');
    expect(kernel[0]).toBe(0);
    expect(kernel[2]).toBeGreaterThan(0.05);
    tf.dispose([start, target, x, y]);
    model.dispose();
  });

  it('movementPruneDuring holds the zeros under Adam and the pruned raw weights where they were; a loop of one’s own too', async () => {
    const model = compiled(tf.train.adam(0.05));
    const callback = movementPruneDuring(model, constantSparsity({ sparsity: 0.5, begin: 2, end: 2 }));
    const { x, y } = batch(8);
    const raw = () => readWeightRaw(model, 'a/kernel');
    const step = async () => {
      await callback.onBatchBegin();
      await model.trainOnBatch(x, y);
    };
    for (let i = 0; i < 3; i++) await step();
    const [[bits], pruned] = [await bitsOf(callback), await raw()];
    expect(bits!.filter((bit) => bit === 0)).toHaveLength(10);
    for (let i = 0; i < 4; i++) await step();
    await callback.pruning.check();
    const later = await raw();
    for (const [i, bit] of bits!.entries()) expect(later[i] === pruned[i], `entry ${i}`).toBe(bit === 0);
    callback.pruning.restore();
    tf.dispose([x, y]);
    model.dispose();
  });

  it('movementPruneDuring prunes units by their scores, and goes on from a state as if it had never stopped', async () => {
    const schedule = polynomialDecay({ final: 0.6, begin: 2, end: 10, frequency: 2 });
    const rule = { structure: 'unit', reduce: 'l2', filter: 'a/kernel' } as const;
    const [model, twin] = [compiled(tf.train.sgd(0.2)), compiled(tf.train.sgd(0.2))];
    const whole = movementPruneDuring(model, schedule, rule);
    await fit(model, 10, whole);
    expect(whole.pruning.report().groups[0]!.pruned).toHaveLength(3);
    const first = movementPruneDuring(twin, schedule, rule);
    await fit(twin, 5, first);
    const state = JSON.parse(JSON.stringify(await first.state()));
    expect(Object.keys(state).sort()).toEqual(['masks', 'scores', 'step']);
    first.pruning.restore();
    const second = movementPruneDuring(twin, schedule, { ...rule, resume: state });
    expect(await second.state()).toEqual(state);
    await fit(twin, 5, second);
    expect(second.step).toBe(10);
    expect(await second.state()).toEqual(await whole.state());
    expect(await readWeight(twin, 'a/kernel')).toEqual(await readWeight(model, 'a/kernel'));
    for (const { pruning } of [whole, second]) pruning.dispose();
    model.dispose();
    twin.dispose();
  });

  it('movementPruneDuring: with a unit go its entries of BatchNorm, whose statistics have no gradient and no say', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, inputShape: [4], name: 'a' }),
        tf.layers.batchNormalization({ name: 'norm' }),
        tf.layers.dense({ units: 3, name: 'b' }),
      ],
    });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const rise = polynomialDecay({ final: 0.4, begin: 0, end: 4, frequency: 1 });
    const callback = movementPruneDuring(model, rise, { structure: 'unit', filter: 'a/kernel' });
    await fit(model, 4, callback);
    expect(callback.pruning.report().groups[0]!.pruned).toHaveLength(2);
    expect((await callback.pruning.verify()).nonzero).toBe(0);
    callback.pruning.fold();
    model.dispose();
  });

  it('movementPruneDuring leaves no tensor behind, after fold, restore and dispose', async () => {
    const model = compiled(tf.train.sgd(0.1));
    await fit(model, 1);
    for (const end of ['fold', 'restore', 'dispose'] as const) {
      const leak = await leakOf(async () => {
        const callback = movementPruneDuring(model, constantSparsity({ sparsity: 0.2, begin: 2, frequency: 2 }));
        await fit(model, 3, callback);
        await callback.state();
        callback.pruning[end]();
      });
      expect(leak, end).toEqual({ tensors: 0, variables: 0 });
    }
    model.dispose();
  });

  it('movementPruneDuring refuses to prune before a gradient, other transforms below, scores, and states that are none', async () => {
    const model = compiled(tf.train.sgd(0.1));
    const half = constantSparsity({ sparsity: 0.5 });
    const early = movementPruneDuring(model, half);
    await expect(fit(model, 1, early)).rejects.toThrow(
      'movementPruneDuring: weights must have had a gradient before they are pruned (begin at a later step, leave out what is frozen, or say { optimizer }), got "a/kernel"',
    );
    expect(early.pruning.sparsity).toBe(0);
    const state = await early.state();
    early.pruning.dispose();
    const refused = (options: object, message: string) =>
      expect(() => movementPruneDuring(model, half, options)).toThrow(message);
    refused({ score: () => tf.scalar(0) }, 'movementPruneDuring: options must be among scope, filter');
    refused({ resume: 5 }, 'movementPruneDuring: resume must be what state() gave, got 5');
    refused({ resume: { step: 1, masks: {} } }, 'movementPruneDuring: ');
    refused(
      { resume: { ...state, scores: { 'a/kernel': 'AAAA' } } },
      'movementPruneDuring: scores of a/kernel must be base64 of 80 bytes',
    );
    refused({ resume: { ...state, scores: [] } }, 'movementPruneDuring: scores of resume must be a plain object');
    const shift = parametrize(weightsOf(model, 'b/kernel')[0]!, { forward: (w) => tf.add(w, 1) });
    refused({}, 'movementPruneDuring: weights must not be parametrized already, got b/kernel');
    shift.restore();
    expect(parametrizationsOf(model)).toEqual([]);
    model.dispose();
  });
});

/** The variable itself, whatever the layer sees of it. */
async function readWeightRaw(model: tf.LayersModel, path: string): Promise<Float32Array> {
  return Float32Array.from(await weightsOf(model, path)[0]!.variable!.data());
}
