import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { parametrize, saveFolded, weightsOf } from '@weightkit/core';
import { artifactsOf, leakOf, loadStock, maxAbsDifference } from '@weightkit/testing';
import { ema, freeze, lora, parameterGroups } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/ema.json' with { type: 'json' };
import { net, read } from '../net.ts';

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.125),
  adam: () => tf.train.adam(0.03125, 0.875, 0.96875, 2 ** -20),
};

const x = tf.randomNormal([8, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([8, 2], 0, 1, 'float32', 2);

/** Dense, BatchNorm and Dense with values of their own, compiled. */
function trainable(optimizer: tf.Optimizer = tf.train.adam(0.05)): tf.Sequential {
  const kernel = (seed: number) => tf.initializers.randomNormal({ stddev: 0.6, seed });
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [3], kernelInitializer: kernel(1), name: 'one' }),
      tf.layers.batchNormalization({ momentum: 0.5, name: 'norm' }),
      tf.layers.dense({ units: 2, kernelInitializer: kernel(2), name: 'head' }),
    ],
  });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
}

const valuesIn = (model: tf.LayersModel) => Promise.all(weightsOf(model).map(({ variable }) => read(variable!)));
const quiet = { batchSize: 4, shuffle: false, verbose: 0 } as const;

/** Σ (1 − d) d^(T−t) w_t / (1 − d^T) of weights after each step, in float64. */
function closedForm(path: readonly Float32Array[][], decay: number): Float64Array[] {
  const shares = path.map((_, t) => ((1 - decay) * decay ** (path.length - 1 - t)) / (1 - decay ** path.length));
  return path[0]!.map((one, w) =>
    Float64Array.from(one, (_, i) => path.reduce((sum, values, t) => sum + shares[t]! * values[w]![i]!, 0)),
  );
}

/** A step of an average rounds r, (w − A), r (w − A) and A + r (w − A) for numbers up to 4: below 4 · 4 · 2^-24. */
const ROUNDING = 16 * 2 ** -24;

describe('ema as in PyTorch', () => {
  for (const { optimizer, first, corrected } of golden.cases)
    for (const correctBias of [true, false])
      it(`averages what ${optimizer} does as ${correctBias ? 'the closed form' : 'get_ema_multi_avg_fn'}`, async () => {
        const { model, loss, variables } = net();
        const own = OPTIMIZERS[optimizer]!();
        const average = ema(model, { decay: golden.decay, correctBias });
        for (let i = 0; i < golden.steps; i++) own.minimize(loss);
        await average.swapIn();
        const [a, b] = await Promise.all(variables.map(read));
        const wanted = correctBias ? corrected : first;
        // Training as in parameter-groups.test.ts, and the average.
        const tolerance = golden.steps * (36 * 2 ** -24 + ROUNDING);
        expect(maxAbsDifference(a!, wanted.a)).toBeLessThan(tolerance);
        expect(maxAbsDifference(b!, wanted.b)).toBeLessThan(tolerance);
        average.dispose();
        model.dispose();
        own.dispose();
      });
});

describe('ema', () => {
  it('averages every weight over the steps of fit, trainOnBatch and minimize, compiled anew or not', async () => {
    const model = trainable();
    const average = ema(model, { decay: 0.75 });
    expect(average.paths).toEqual(weightsOf(model).map(({ path }) => path));
    const path: Float32Array[][] = [];
    for (let i = 0; i < 2; i++) {
      await model.trainOnBatch(x, y);
      path.push(await valuesIn(model));
    }
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await model.fit(x, y, { ...quiet, batchSize: 8, epochs: 1 });
    path.push(await valuesIn(model));
    const optimizer = tf.train.momentum(0.1, 0.5);
    optimizer.minimize(() =>
      tf.tidy(() => tf.losses.meanSquaredError(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar),
    );
    path.push(await valuesIn(model));
    expect(average.step).toBe(4);
    await average.swapIn();
    for (const [i, values] of (await valuesIn(model)).entries())
      expect(maxAbsDifference(values, closedForm(path, 0.75)[i]!)).toBeLessThan(4 * ROUNDING);
    average.restore();
    expect(await valuesIn(model)).toEqual(path.at(-1));
    average.dispose();
    model.dispose();
  });

  it('changes nothing of the training, and a swap in its middle gives every bit back', async () => {
    const [plain, averaged] = [trainable(), trainable()];
    await plain.fit(x, y, { ...quiet, epochs: 4 });
    const average = ema(averaged, { decay: 0.9 });
    await averaged.fit(x, y, { ...quiet, epochs: 2 });
    const before = await valuesIn(averaged);
    await average.swapIn();
    expect(average.swapped).toBe(true);
    expect(await valuesIn(averaged)).not.toEqual(before);
    average.restore();
    expect(await valuesIn(averaged)).toEqual(before);
    await averaged.fit(x, y, { ...quiet, epochs: 2 });
    expect(await valuesIn(averaged)).toEqual(await valuesIn(plain));
    expect(average.step).toBe(8);
    average.dispose();
    for (const model of [plain, averaged]) model.dispose();
  });

  it('is the weights themselves where they stand still or the decay is 0', async () => {
    const model = trainable();
    const frozen = await freeze(model, 'one/**');
    const still = await valuesIn(model);
    const [slow, last] = [ema(model, { decay: 0.9 }), ema(model, { decay: 0, correctBias: false })];
    await model.fit(x, y, { ...quiet, epochs: 3 });
    const now = await valuesIn(model);
    await last.swapIn();
    expect(await valuesIn(model)).toEqual(now);
    last.dispose();
    await slow.swapIn();
    expect((await frozen.verify()).moved).toEqual([]);
    expect((await valuesIn(model)).slice(0, 2)).toEqual(still.slice(0, 2));
    slow.dispose();
    frozen.unfreeze();
    model.dispose();
  });

  it.each([[[4, 12, 15]], [[0, 0, 8]], [[15, 1, 14, 2, 13, 3]], [[8, 15, 15, 0, 15]]])(
    'takes a decay by the step, %j sixteenths, and counts no step that trains others',
    async (sixteenths) => {
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false })] });
      const other = tf.variable(tf.scalar(1));
      const decays = sixteenths.map((n) => n / 16);
      const average = ema(model, { decay: (step) => decays[step]! });
      const kernel = weightsOf(model)[0]!.variable!;
      const optimizer = tf.train.sgd(1);
      let [sum, total] = [0, 0];
      for (const [t, decay] of decays.entries()) {
        // The gradient of -t w: each step adds t.
        optimizer.minimize(() => tf.tidy(() => tf.mul(tf.sum(kernel), -t) as tf.Scalar), false, [kernel]);
        optimizer.minimize(() => tf.tidy(() => tf.sum(tf.square(other)) as tf.Scalar), false, [other]);
        const [value] = await read(kernel);
        sum = decay * sum + (1 - decay) * value!;
        total = decay * total + (1 - decay);
      }
      expect(average.step).toBe(decays.length);
      await average.swapIn();
      const [swapped] = await read(kernel);
      // Numbers up to 32: eight times those of ROUNDING.
      expect(Math.abs(swapped! - sum / total)).toBeLessThan(decays.length * 8 * ROUNDING);
      average.dispose();
      model.dispose();
      other.dispose();
      optimizer.dispose();
    },
  );

  it('averages what parameter groups make of a step, whichever came first', async () => {
    const { model, loss, variables } = net();
    const average = ema(model, { decay: 0, correctBias: false });
    const optimizer = tf.train.sgd(0.5);
    optimizer.minimize(loss);
    parameterGroups(model, optimizer, [{ filter: 'a/*', rate: 0.25, weightDecay: 0.5 }]);
    optimizer.minimize(loss);
    const now = await Promise.all(variables.map(read));
    await average.swapIn();
    expect(await Promise.all(variables.map(read))).toEqual(now);
    average.dispose();
    model.dispose();
  });

  it('counts the steps of the optimizer that is named, gradients of one’s own included', async () => {
    const { model, loss, variables } = net();
    const [named, other] = [tf.train.sgd(0.125), tf.train.sgd(0.125)];
    const average = ema(model, { decay: 0.5, optimizer: named });
    other.minimize(loss);
    expect(average.step).toBe(0);
    const { value, grads } = tf.variableGrads(loss, variables);
    named.applyGradients(grads);
    tf.dispose([value, grads] as never);
    named.minimize(loss);
    expect(average.step).toBe(2);
    average.dispose();
    named.minimize(loss);
    expect(average.step).toBe(2);
    model.dispose();
  });

  it('goes on from a file as if it had never stopped, in another model built alike', async () => {
    const model = trainable(tf.train.sgd(0.1));
    const whole = ema(model, { decay: 0.875 });
    await model.fit(x, y, { ...quiet, epochs: 2 });
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(await whole.toCheckpoint(), files as never, { format: 'safetensors' });
    const file = await openCheckpoint([...files.values()][0]!);
    const later = trainable(tf.train.sgd(0.1));
    const rest = ema(later, { decay: 0.875 });
    for (const [i, { variable }] of weightsOf(later).entries()) variable!.assign(weightsOf(model)[i]!.variable!);
    await rest.load(file);
    expect(rest.step).toBe(4);
    for (const one of [model, later]) await one.fit(x, y, { ...quiet, epochs: 2 });
    expect(rest.step).toBe(8);
    for (const one of [whole, rest]) await one.swapIn();
    expect(await valuesIn(later)).toEqual(await valuesIn(model));
    for (const one of [whole, rest]) one.dispose();
    for (const one of [model, later]) one.dispose();
  });

  it('is saved as what stock loads, parametrized or not, and averages what adapters train', async () => {
    const model = trainable();
    const scaled = parametrize(model.getLayer('one'), 'kernel', {
      forward: (w, { scale }) => tf.mul(w, scale!),
      variables: { scale: () => tf.scalar(2) },
    });
    const adapters = lora(model, { rank: 1, filter: 'head/kernel', train: 'one/*' });
    model.compile({ optimizer: tf.train.adam(0.05), loss: 'meanSquaredError' });
    const average = ema(model, { decay: 0.5 });
    await model.fit(x, y, { ...quiet, epochs: 2 });
    const { tensors } = await average.toCheckpoint();
    expect(tensors.map(({ name }) => name).filter((name) => name.includes(':'))).toEqual([
      'one/kernel:0.scale',
      'head/kernel:0.loraA',
      'head/kernel:0.loraB',
    ]);
    const before = await read(scaled.variables.scale!);
    await average.swapIn();
    expect(await read(scaled.variables.scale!)).not.toEqual(before);
    const stock = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
    const [ours, theirs] = [model, stock].map((one) => one.predict(x) as tf.Tensor);
    expect(await read(theirs!)).toEqual(await read(ours!));
    average.restore();
    expect(await read(scaled.variables.scale!)).toEqual(before);
    scaled.fold();
    await expect(average.swapIn()).rejects.toThrow(
      'swapIn: averaged variables must not be disposed, got one/kernel:0.scale',
    );
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await expect(model.trainOnBatch(x, y)).rejects.toThrow('ema: averaged variables must not be disposed');
    average.dispose();
    adapters.remove();
    tf.dispose([ours!, theirs!]);
    for (const one of [model, stock]) one.dispose();
  });

  it('refuses to train, to swap and to load what does not fit, and changes nothing', async () => {
    const model = trainable();
    const average = ema(model, { filter: ['head/*', 'norm/*'] });
    await expect(average.swapIn()).rejects.toThrow('swapIn: averages must have a step behind them, got none yet');
    await expect(average.toCheckpoint()).rejects.toThrow('toCheckpoint: averages must have a step behind them');
    expect(() => average.restore()).toThrow('restore: averages must be in the model, got the trained weights');
    await model.trainOnBatch(x, y);
    const before = await valuesIn(model);
    const file = await average.toCheckpoint();
    await average.swapIn();
    const swapped = await valuesIn(model);
    await expect(average.swapIn()).rejects.toThrow('swapIn: averages must not be in the model');
    await expect(average.load(file)).rejects.toThrow('load: averages must not be in the model');
    const statistics = (path: string) => path.startsWith('norm/moving');
    await expect(model.trainOnBatch(x, y)).rejects.toThrow(
      'ema: averages must not be in the model, got them there; call restore first',
    );
    const paths = weightsOf(model).map(({ path }) => path);
    // The forward pass has moved the statistics by then; restore gives them back.
    for (const [i, values] of (await valuesIn(model)).entries())
      if (!statistics(paths[i]!)) expect(values).toEqual(swapped[i]);
    average.restore();
    expect(await valuesIn(model)).toEqual(before);
    const of = (change: object) => ({ ...file, ...change }) as typeof file;
    for (const metadata of [{}, { step: '0', total: '1' }, { step: '1', total: '2' }, { step: 1, total: 1 }])
      await expect(average.load(of({ extras: { metadata } }))).rejects.toThrow(
        'load: checkpoint must have the steps of an average in its metadata',
      );
    await expect(average.load(of({ tensors: file.tensors.slice(1) }))).rejects.toThrow(
      'load: checkpoint must have norm/gamma',
    );
    expect(average.step).toBe(1);
    const wild = tf.fill([4, 2], Number.NaN);
    weightsOf(model, 'head/kernel')[0]!.variable!.assign(wild as never);
    await model.trainOnBatch(x, y);
    const bad = await valuesIn(model);
    await expect(average.swapIn()).rejects.toThrow('swapIn: averages must be finite, got NaN at norm/gamma[0]');
    expect(await valuesIn(model)).toEqual(bad);
    average.dispose();
    average.dispose();
    await expect(average.swapIn()).rejects.toThrow('swapIn: averages must be there, got some that were disposed');
    wild.dispose();
    model.dispose();
    expect(() => ema(model)).toThrow('ema: ');
  });

  it('a step throws, and moves nothing, where the function of a decay gives none', async () => {
    const { model, loss, variables } = net();
    const average = ema(model, { decay: () => 1 });
    const optimizer = tf.train.sgd(0.1);
    const before = await Promise.all(variables.map(read));
    expect(() => optimizer.minimize(loss)).toThrow('ema: decay must be in [0, 1), or a function that gives it, got 1');
    expect(await Promise.all(variables.map(read))).toEqual(before);
    expect(average.step).toBe(0);
    average.dispose();
    model.dispose();
  });

  it('leaks nothing and downloads nothing in a step', async () => {
    const { model, loss } = net();
    const optimizer = tf.train.sgd(0.1);
    const leak = await leakOf(async () => {
      const average = ema(model, { decay: 0.5 });
      optimizer.minimize(loss);
      const one = tf.memory().numTensors;
      optimizer.minimize(loss);
      expect(tf.memory().numTensors).toBe(one);
      await average.load(await average.toCheckpoint());
      await average.swapIn();
      average.restore();
      await average.swapIn();
      average.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    const average = ema(model, { decay: 0.5 });
    const reads: string[] = [];
    const { data, dataSync } = tf.Tensor.prototype;
    Object.assign(tf.Tensor.prototype, {
      data: () => reads.push('data'),
      dataSync: () => reads.push('dataSync'),
    });
    try {
      for (let i = 0; i < 3; i++) optimizer.minimize(loss);
    } finally {
      Object.assign(tf.Tensor.prototype, { data, dataSync });
    }
    expect([average.step, reads]).toEqual([3, []]);
    average.dispose();
    model.dispose();
    optimizer.dispose();
  });
});
