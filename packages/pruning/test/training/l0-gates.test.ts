import * as tf from '@tensorflow/tfjs';
import { isParametrized, parametrize, weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type HardConcreteLaw, hardConcrete } from '../../src/training/hard-concrete.ts';
import { type L0Options, l0Gates } from '../../src/training/l0-gates.ts';
import { batch, casesOf, mlp, readWeight, zerosAt } from '../models.ts';

interface GateCase {
  call: string;
  options: HardConcreteLaw;
  logAlpha: number[];
  u: number[];
  drawn: number[];
  tested: number[];
  gradient: number[];
}

interface L0Case {
  call: string;
  options: L0Options;
  steps: number;
  rate: number;
  kernels: { path: string; gates: number; zero: number[]; expected: number }[];
  folded: Record<string, number[]>;
  logAlpha: Record<string, number[]>;
  bias: number[];
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]!)));

const floats = (text: string): Float32Array =>
  new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

const compile = (model: tf.LayersModel, rate = 0.1): void =>
  model.compile({ optimizer: tf.train.sgd(rate), loss: 'meanSquaredError' });

async function fit(model: tf.LayersModel, epochs: number, callbacks?: object): Promise<void> {
  const { x, y } = batch(8);
  await model
    .fit(x, y, {
      epochs,
      batchSize: 8,
      shuffle: false,
      verbose: 0,
      ...(callbacks && { callbacks: callbacks as tf.CustomCallbackArgs }),
    })
    .finally(() => tf.dispose([x, y]));
}

async function predicted(model: tf.LayersModel): Promise<Float32Array> {
  const { x, y } = batch(8);
  const values = await valuesOf(tf.tidy(() => tf.clone(model.predictOnBatch(x) as tf.Tensor)));
  tf.dispose([x, y]);
  return values as Float32Array;
}

describe('hardConcrete', () => {
  it.each(casesOf<GateCase>('hard-concrete'))(
    'hardConcrete is the $call, drawn and tested, and its gradient',
    async (golden) => {
      const [logAlpha, noise] = [tf.tensor1d(golden.logAlpha), tf.tensor1d(golden.u)];
      const { options } = golden;
      // Two logarithms of up to 5, a sigmoid of the difference over beta, of slope 1/4 and stretched by at most 1.5. WebGPU's logarithms
      // and exponentials are off by 2^-21.
      const most = 2 ** -16;
      expect(distance(await valuesOf(hardConcrete(logAlpha, options)), golden.tested)).toBeLessThan(most);
      expect(distance(await valuesOf(hardConcrete(logAlpha, { ...options, noise })), golden.drawn)).toBeLessThan(most);
      const gradient = tf.grad((a) => hardConcrete(a, { ...options, noise }))(logAlpha);
      expect(distance(await valuesOf(gradient), golden.gradient)).toBeLessThan(most * 4);
      tf.dispose([logAlpha, noise]);
    },
  );

  it('hardConcrete ends at exactly 0 and 1, and refuses other laws and noise', async () => {
    const logAlpha = tf.tensor1d([-80, -2.5, 2.5, 80]);
    expect(Array.from(await valuesOf(hardConcrete(logAlpha)))).toEqual([0, 0, 1, 1]);
    expect(() => hardConcrete(logAlpha, { beta: 0 })).toThrow('hardConcrete: beta must be finite and above 0, got 0');
    expect(() => hardConcrete(logAlpha, { gamma: 0 })).toThrow('hardConcrete: gamma must be finite and below 0, got 0');
    expect(() => hardConcrete(logAlpha, { zeta: 1 })).toThrow('hardConcrete: zeta must be finite and above 1, got 1');
    const noise = tf.ones([3]);
    expect(() => hardConcrete(logAlpha, { noise })).toThrow('hardConcrete: noise must have shape [4], got [3]');
    tf.dispose([logAlpha, noise]);
  });
});

describe('l0Gates', () => {
  it.each(casesOf<L0Case>('l0'))(
    '$call trains as in float64 with the cost in the loss and the same noise, and folds to exact zeros',
    async (golden) => {
      const model = mlp();
      const gates = l0Gates(model, golden.options);
      compile(model, golden.rate);
      await fit(model, golden.steps, gates);
      expect(gates.step).toBe(golden.steps);
      const { logAlpha } = await gates.state();
      // 14 steps of rate 0.5; gradients of log α are rounded by 2^-16, as the gates themselves, and differences grow less than fourfold.
      for (const [path, values] of Object.entries(golden.logAlpha))
        expect(distance(floats(logAlpha[path]!), values), path).toBeLessThan(14 * 0.5 * 4 * 2 ** -16);
      const kernels = await gates.kernels();
      expect(kernels.map(({ path, gates: count, zero }) => ({ path, count, zero }))).toEqual(
        golden.kernels.map(({ path, gates: count, zero }) => ({ path, count, zero })),
      );
      for (const [i, { expected }] of golden.kernels.entries())
        expect(Math.abs(kernels[i]!.expected - expected)).toBeLessThan(20 * 2 ** -11);
      const before = await predicted(model);
      gates.fold();
      expect(isParametrized(model)).toBe(false);
      expect(await predicted(model)).toEqual(before);
      for (const [path, values] of Object.entries(golden.folded)) {
        const ours = await readWeight(model, path);
        expect(distance(ours, values), path).toBeLessThan(2 ** -9);
        expect(zerosAt(ours), path).toEqual(values.flatMap((v, i) => (v === 0 ? [i] : [])));
      }
      model.dispose();
    },
  );

  it('l0Gates changes nothing at first, draws gates in steps alone, and gives the raw weights back', async () => {
    const model = mlp();
    const [before, kernel] = [await predicted(model), await readWeight(model, 'a/kernel')];
    const gates = l0Gates(model, { strength: 0, seed: 1 });
    compile(model, 0);
    expect(await predicted(model)).toEqual(before);
    await gates.onBatchBegin();
    expect(await predicted(model)).not.toEqual(before);
    await gates.onTrainEnd();
    expect(await predicted(model)).toEqual(before);
    await fit(model, 2, gates);
    expect(await predicted(model)).toEqual(before);
    gates.restore();
    expect(await readWeight(model, 'a/kernel')).toEqual(kernel);
    model.dispose();
  });

  it('l0Gates goes on from a state as if it had never stopped, in a loop of one’s own too', async () => {
    const options: L0Options = { strength: 0.05, seed: 4, dropRate: 0.5, structure: 'channel' };
    const [model, twin] = [mlp(), mlp()];
    const whole = l0Gates(model, options);
    compile(model);
    await fit(model, 6, whole);
    const first = l0Gates(twin, options);
    compile(twin);
    await fit(twin, 3, first);
    const state = JSON.parse(JSON.stringify(await first.state()));
    first.restore();
    const second = l0Gates(twin, { ...options, resume: state });
    compile(twin);
    expect(await second.state()).toEqual(state);
    const { x, y } = batch(8);
    for (let i = 0; i < 3; i++) {
      await second.onBatchBegin();
      await twin.trainOnBatch(x, y);
    }
    expect(await second.state()).toEqual(await whole.state());
    expect(await readWeight(twin, 'a/kernel')).toEqual(await readWeight(model, 'a/kernel'));
    tf.dispose([x, y]);
    for (const gates of [whole, second]) gates.dispose();
    model.dispose();
    twin.dispose();
  });

  it('l0Gates leaves no tensor behind', async () => {
    const model = mlp();
    // A new one would keep a scalar of its own.
    const optimizer = tf.train.sgd(0.1);
    const compiled = () => model.compile({ optimizer, loss: 'meanSquaredError' });
    compiled();
    await fit(model, 1);
    for (const end of ['fold', 'restore', 'dispose'] as const) {
      const leak = await leakOf(async () => {
        const gates = l0Gates(model, { strength: 0.1, seed: 1, structure: 'entry' });
        compiled();
        await fit(model, 2, gates);
        await gates.kernels();
        await gates.state();
        gates[end]();
        gates.dispose();
      });
      expect(leak, end).toEqual({ tensors: 0, variables: 0 });
    }
    model.dispose();
  });

  it('l0Gates refuses wrong options, kernels without units, an optimizer that is not new, and changes nothing', async () => {
    const model = mlp();
    compile(model);
    const refused = (options: object, message: string) =>
      expect(() => l0Gates(model, { strength: 0.1, seed: 1, ...options })).toThrow(message);
    refused({ strength: -1 }, 'l0Gates: strength must be finite, 0 or more, got -1');
    refused({ seed: 0.5 }, 'l0Gates: seed must be a safe integer, got 0.5');
    refused({ dropRate: 1 }, 'l0Gates: dropRate must be in (0, 1), got 1');
    refused({ structure: 'row' }, "l0Gates: structure must be 'unit', 'channel' or 'entry', got \"row\"");
    refused({ beta: -1 }, 'l0Gates: beta must be finite and above 0, got -1');
    refused({ filter: 'a/bias' }, 'l0Gates: filter must match a kernel that has units as slices');
    refused(
      { resume: { step: 1, logAlpha: {} } },
      'l0Gates: logAlpha of resume must have every kernel, got "a/kernel"',
    );
    refused({ resume: { step: -1, logAlpha: {} } }, 'l0Gates: step of resume must be an integer of 0 or more, got -1');
    const doubled = parametrize(weightsOf(model, 'b/kernel')[0]!, { forward: (w) => tf.mul(w, 2) });
    refused({}, 'l0Gates: weights must not be parametrized already, got b/kernel');
    doubled.restore();
    expect(isParametrized(model)).toBe(false);
    const gates = l0Gates(model, { strength: 0.1, seed: 1 });
    await expect(fit(model, 1, gates)).rejects.toThrow(
      'l0Gates: optimizer must train the gates (compile the model with a new one',
    );
    gates.restore();
    expect(() => gates.fold()).toThrow('fold: gates must be in place');
    model.dispose();
  });
});
