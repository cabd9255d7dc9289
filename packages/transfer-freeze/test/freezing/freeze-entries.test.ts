import * as tf from '@tensorflow/tfjs';
import { parametrize, saveFolded, tapOptimizer, weightsOf } from '@weightkit/core';
import { artifactsOf, leakOf, loadStock, valuesOf } from '@weightkit/testing';
import { type FrozenEntries, freeze, freezeEntries, lora, parameterGroups, tie } from '@weightkit/transfer-freeze';
import { afterEach, describe, expect, it } from 'vitest';

const OPTIMIZERS: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.125),
  momentum: () => tf.train.momentum(0.125, 0.75),
  nesterov: () => tf.train.momentum(0.125, 0.75, true),
  adagrad: () => tf.train.adagrad(0.125),
  adadelta: () => tf.train.adadelta(1),
  adam: () => tf.train.adam(0.125),
  adamax: () => tf.train.adamax(0.125),
  rmsprop: () => tf.train.rmsprop(0.125, 0.75, 0.5),
  'rmsprop, centered': () => tf.train.rmsprop(0.0625, 0.9, 0.5, 1e-8, true),
};

const MASK = [1, 0, 0, 1, 0, 1];
const x = tf.randomNormal([4, 2], 0, 1, 'float32', 1);
const y = tf.randomNormal([4, 3], 0, 1, 'float32', 2);

const frozenNow: FrozenEntries[] = [];
afterEach(() => {
  for (const frozen of frozenNow.splice(0)) if (frozen.active) frozen.unfreeze();
});
async function held(...args: Parameters<typeof freezeEntries>): Promise<FrozenEntries> {
  const frozen = await freezeEntries(...args);
  frozenNow.push(frozen);
  return frozen;
}

const net = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({
        units: 3,
        inputShape: [2],
        name: 'fc',
        kernelInitializer: tf.initializers.randomUniform({ minval: -1, maxval: 1, seed: 3 }),
      }),
    ],
  });

const mask = (): tf.Tensor => tf.tensor(MASK, [2, 3], 'bool');
const kernelOf = async (model: tf.LayersModel): Promise<number[]> => [
  ...(await valuesOf(weightsOf(model, 'fc/kernel')[0]!.read())),
];

/** Every way to train one step. */
const WAYS: Readonly<Record<string, (m: tf.LayersModel, optimizer: tf.Optimizer) => unknown>> = {
  fit: (m) => m.fit(x, y, { batchSize: 4, shuffle: false, verbose: 0 }),
  fitDataset: (m) =>
    m.fitDataset(tf.data.zip({ xs: tf.data.array([x]), ys: tf.data.array([y]) }) as never, { epochs: 1, verbose: 0 }),
  trainOnBatch: (m) => m.trainOnBatch(x, y),
  minimize: (m, optimizer) => {
    optimizer.minimize(() => tf.losses.meanSquaredError(y, m.apply(x, { training: true }) as tf.Tensor) as tf.Scalar);
  },
  applyGradients: (m, optimizer) =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(
        () => tf.losses.meanSquaredError(y, m.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
      );
      optimizer.applyGradients(grads);
    }),
};

/** Entry by entry a gradient of its own, of w_i² / 2: what one does is no other's concern. */
const alone = (model: tf.LayersModel) => () =>
  tf.mul(0.5, tf.sum(tf.square(weightsOf(model, 'fc/kernel')[0]!.variable!))) as tf.Scalar;

describe.each(Object.entries(OPTIMIZERS))('freezeEntries with %s', (name, make) => {
  it.each(Object.entries(WAYS))(
    'freezeEntries holds entries bit for bit in %s, after steps without it too, and the others train',
    async (way, step) => {
      const model = net();
      const optimizer = make();
      model.compile({ optimizer, loss: 'meanSquaredError' });
      for (let i = 0; i < 2; i++) await step(model, optimizer);
      const before = await kernelOf(model);
      const frozen = await held(model, { 'fc/kernel': mask() }, way === 'applyGradients' ? { optimizer } : {});
      for (let i = 0; i < 3; i++) await step(model, optimizer);
      const after = await kernelOf(model);
      for (const [i, bit] of MASK.entries()) expect(Object.is(after[i], before[i])).toBe(bit === 1);
      expect(await frozen.verify()).toEqual({ weights: 1, entries: 3, moved: [] });
      frozen.unfreeze();
      await step(model, optimizer);
      const last = await kernelOf(model);
      for (const [i, value] of after.entries()) expect(last[i]).not.toBe(value);
      optimizer.dispose();
      model.dispose();
    },
  );

  it('freezeEntries: the others train as without it, and held ones go on as if there had been no step', async () => {
    const steps = async (during: number, count: number): Promise<number[]> => {
      const model = net();
      const optimizer = make();
      const minimize = () => optimizer.minimize(alone(model), false, [weightsOf(model, 'fc/kernel')[0]!.variable!]);
      for (let i = 0; i < 3; i++) minimize();
      const frozen = during > 0 ? await held(model, { 'fc/kernel': mask() }) : undefined;
      for (let i = 0; i < during; i++) minimize();
      frozen?.unfreeze();
      for (let i = 0; i < count; i++) minimize();
      const values = await kernelOf(model);
      optimizer.dispose();
      model.dispose();
      return values;
    };
    const [made, free, without] = [await steps(2, 2), await steps(0, 4), await steps(0, 2)];
    // Adam counts steps for all entries together, and corrects moments by that count.
    const counts = name.startsWith('adam');
    for (const [i, bit] of MASK.entries())
      if (bit === 0) expect(made[i]).toBe(free[i]);
      else if (!counts) expect(made[i]).toBe(without[i]);
  });
});

describe('freezeEntries', () => {
  // Embeddings do not train on wasm of tfjs 4.22, which has no kernel for the gradient.
  it.skipIf(tf.getBackend() === 'wasm')(
    'freezeEntries holds rows of an embedding by a mask of one column; the file loads in stock, and nothing is left behind',
    async () => {
      const leak = await leakOf(async () => {
        const model = tf.sequential({
          layers: [
            tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 4, name: 'words' }),
            tf.layers.flatten(),
            tf.layers.dense({ units: 1, name: 'head' }),
          ],
        });
        const rows = tf.tensor2d([1, 0, 1, 0, 0], [5, 1]);
        const frozen = await freezeEntries(model, { 'words/embeddings': rows, 'head/bias': tf.tensor1d([1]) });
        rows.dispose();
        expect(frozen.paths).toEqual(['words/embeddings', 'head/bias']);
        expect(frozen.report()).toEqual({
          frozen: [
            { path: 'words/embeddings', entries: 6, of: 15 },
            { path: 'head/bias', entries: 1, of: 1 },
          ],
          frozenParameters: 7,
          trainableParameters: 9,
        });
        const optimizer = tf.train.adam(0.1);
        model.compile({ optimizer, loss: 'meanSquaredError' });
        const [inputs, targets] = [tf.tensor2d([[0, 1, 2, 3]]), tf.ones([1, 1])];
        const words = weightsOf(model, 'words/embeddings')[0]!;
        const before = await valuesOf(words.read());
        await model.fit(inputs, targets, { epochs: 2, verbose: 0 });
        const after = await valuesOf(words.read());
        // The last word was in no example.
        const moved = [0, 1, 2, 3, 4].map((row) =>
          after.slice(3 * row, 3 * row + 3).some((v, i) => v !== before[3 * row + i]),
        );
        expect(moved).toEqual([false, true, false, true, false]);
        expect((await frozen.verify()).moved).toEqual([]);
        const stock = await loadStock(await artifactsOf((handler) => model.save(handler)));
        const folded = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
        const outputs = [model, stock, folded].map((one) => one.predict(inputs) as tf.Tensor);
        const [own, ...others] = await Promise.all(outputs.map(async (one) => [...(await one.data())]));
        for (const other of others) expect(other).toEqual(own);
        frozen.unfreeze();
        for (const one of [stock, folded, model]) one.dispose();
        optimizer.dispose();
        tf.dispose([inputs, targets, outputs]);
      });
      // The mask of the bias is the caller's.
      expect(leak).toEqual({ tensors: 1, variables: 0 });
    },
  );

  it('freezeEntries composes with freeze in both orders, and survives weight decay of parameterGroups', async () => {
    const model = net();
    const optimizer = tf.train.momentum(0.125, 0.75);
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const before = await kernelOf(model);
    const entries = await held(model, { 'fc/kernel': mask() });
    const whole = await freeze(model, 'fc/kernel');
    await model.fit(x, y, { verbose: 0 });
    expect(await kernelOf(model)).toEqual(before);
    whole.unfreeze();
    const groups = parameterGroups(model, optimizer, [{ filter: 'fc/kernel', weightDecay: 0.5, rate: 2 }]);
    await model.fit(x, y, { epochs: 2, verbose: 0 });
    const after = await kernelOf(model);
    for (const [i, bit] of MASK.entries()) expect(Object.is(after[i], before[i])).toBe(bit === 1);
    expect((await entries.verify()).moved).toEqual([]);
    groups.restore();
    const again = await freeze(model, 'fc/kernel');
    entries.unfreeze();
    await model.fit(x, y, { verbose: 0 });
    expect(await kernelOf(model)).toEqual(after);
    again.unfreeze();
    optimizer.dispose();
    model.dispose();
  });

  it('verify of freezeEntries names what was written into held entries, and passes over others', async () => {
    const model = net();
    const frozen = await held(model, { 'fc/kernel': mask() });
    const [kernel] = weightsOf(model, 'fc/kernel');
    const values = await valuesOf(kernel!.read());
    const changed = Float32Array.from(values, (value, i) => (i === 1 || i === 3 ? 2 : value));
    tf.tidy(() => kernel!.write(tf.tensor2d(changed, [2, 3])));
    const { moved } = await frozen.verify();
    expect(moved).toHaveLength(1);
    expect(moved[0]).toMatchObject({ path: 'fc/kernel', index: 3, was: values[3], is: 2, entries: 1 });
    frozen.unfreeze();
    await expect(frozen.verify()).rejects.toThrow('verify: entries must be frozen, got some already given back');
    expect(() => frozen.unfreeze()).toThrow('unfreeze: entries must be frozen');
    model.dispose();
  });

  it('freezeEntries holds entries below a mask, and after a step that failed', async () => {
    const model = net();
    const [kernel] = weightsOf(model, 'fc/kernel');
    const keeps = tf.tensor2d([1, 1, 0, 0, 1, 1], [2, 3]);
    const pruned = parametrize(kernel!, { kind: 'mask', forward: (w) => tf.mul(w, keeps) });
    const optimizer = tf.train.momentum(0.125, 0.75);
    model.compile({ optimizer, loss: 'meanSquaredError' });
    await model.fit(x, y, { verbose: 0 });
    const frozen = await held(model, { 'fc/kernel': mask() });
    const fail = tapOptimizer(optimizer, {
      before: () => {
        throw new Error('no step');
      },
    });
    await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow('no step');
    fail();
    await model.fit(x, y, { epochs: 2, verbose: 0 });
    expect((await frozen.verify()).moved).toEqual([]);
    frozen.unfreeze();
    pruned.fold();
    keeps.dispose();
    optimizer.dispose();
    model.dispose();
  });

  it('freezeEntries refuses wrong masks, and weights that are parametrized or are to be; nothing is held then', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [2], name: 'fc' }),
        tf.layers.batchNormalization({ name: 'norm' }),
      ],
    });
    const refused = async (masks: unknown, message: string, options?: object): Promise<void> => {
      await expect(freezeEntries(model, masks as never, options as never)).rejects.toThrow(message);
    };
    await refused({}, 'freezeEntries: masks must be one or more');
    await refused([], 'freezeEntries: masks must be an object');
    await refused({ none: mask() }, 'freezeEntries: masks must be of weights of the model (there are fc/kernel');
    await refused({ 'fc/kernel': [[1]] }, 'freezeEntries: mask of fc/kernel must be a tensor');
    await refused({ 'fc/kernel': tf.ones([3, 2]) }, 'freezeEntries: mask of fc/kernel must have shape [2,3]');
    await refused({ 'fc/kernel': tf.ones([3]) }, 'freezeEntries: mask of fc/kernel must have shape [2,3]');
    await refused({ 'fc/kernel': tf.zeros([2, 1]) }, 'must have an entry that stands still');
    await refused(
      { 'fc/kernel': tf.fill([2, 1], 0.5) },
      'freezeEntries: mask of fc/kernel must be of 0 and 1, got 0.5',
    );
    await refused({ 'fc/kernel': tf.fill([2, 1], Number.NaN) }, 'must be of 0 and 1, got NaN');
    await refused(
      { 'norm/movingMean': tf.ones([3]) },
      'freezeEntries: masks must be of weights that an optimizer moves',
    );
    await refused({ 'fc/kernel': mask() }, 'freezeEntries: optimizer must be', { optimizer: 1 });
    const both = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'one' }), tf.layers.dense({ units: 2, name: 'two' })],
    });
    const ones = tf.ones([2, 2]);
    const tied = tie(both, 'two/kernel', 'one/kernel');
    await expect(freezeEntries(both, { 'one/kernel': ones, 'two/kernel': ones })).rejects.toThrow(
      'freezeEntries: frozen entries must not meet another parametrization, got tie at two/kernel',
    );
    tied.untie();
    const frozen = await held(both, { 'one/kernel': ones });
    await expect(freezeEntries(both, { 'one/kernel': ones })).rejects.toThrow('must not be constrained already');
    expect(() => lora(both, { rank: 1 })).toThrow('weight must not be constrained, got one/kernel with frozen entries');
    frozen.unfreeze();
    lora(both, { rank: 1 }).remove();
    model.dispose();
    both.dispose();
    ones.dispose();
  });

  it('freezeEntries lets go a model that was disposed', async () => {
    const leak = await leakOf(async () => {
      const model = net();
      const ones = mask();
      await freezeEntries(model, { 'fc/kernel': ones });
      ones.dispose();
      model.dispose();
      const w = tf.tidy(() => tf.variable(tf.scalar(1)));
      const optimizer = tf.train.sgd(0.1);
      optimizer.minimize(() => tf.square(w), false, [w]);
      optimizer.dispose();
      w.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });
});
