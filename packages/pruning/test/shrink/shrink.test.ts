import * as tf from '@tensorflow/tfjs';
import { parametrizationsOf, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { planShrink, prune, shrink } from '../../src/index.ts';
import { fillWeights, outputsOf, reloaded } from './generated.ts';
import { conv, dense, kill, modelOf, on, type Symbolic } from './models.ts';

const mlp = (): tf.LayersModel =>
  modelOf([3], (x) => on(dense('out', 2), on(dense('b', 4, { activation: 'relu' }), on(dense('a', 4), x))));
const valuesOf = (model: tf.LayersModel) =>
  Promise.all(weightsOf(model).map(async ({ variable }) => [...(await variable!.data())]));

describe('shrink', () => {
  it('plans, and says what it is in a table', async () => {
    const model = mlp();
    await kill(model, 'a', [1, 2]);
    await kill(model, 'b', [3]);
    const plan = await planShrink(model);
    expect(plan).toMatchObject({
      mode: 'exact',
      layers: [
        { path: 'a', className: 'Dense', units: 4, removed: [1, 2] },
        { path: 'b', className: 'Dense', units: 4, removed: [3] },
        { path: 'out', className: 'Dense', units: 2, removed: [] },
      ],
      groups: [],
      barriers: [],
      // 3 * 4 + 4 + 4 * 4 + 4 + 4 * 2 + 2, and 3 * 2 + 2 + 2 * 3 + 3 + 3 * 2 + 2.
      before: { units: 10, parameters: 46, bytes: 184 },
      after: { units: 7, parameters: 25, bytes: 100 },
    });
    expect(plan.weights).toEqual([
      { path: 'a/kernel', from: [3, 4], to: [3, 2] },
      { path: 'a/bias', from: [4], to: [2] },
      { path: 'b/kernel', from: [4, 4], to: [2, 3] },
      { path: 'b/bias', from: [4], to: [3] },
      { path: 'out/kernel', from: [4, 2], to: [3, 2] },
    ]);
    expect(String(plan)).toBe(
      [
        'mode exact: 10 -> 7 units, 46 -> 25 parameters, 184 -> 100 bytes',
        'a      4 -> 2  without 1-2',
        'b      4 -> 3  without 3',
        'out    2 -> 2',
      ].join('\n'),
    );
    model.dispose();
  });

  it('leaves the model as it is, masks and all, and keeps names, flags and metadata', async () => {
    const model = mlp();
    model.getLayer('a').trainable = false;
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    (model as unknown as { setUserDefinedMetadata(data: object): void }).setUserDefinedMetadata({ of: 'mine' });
    const pruning = await prune(model, {
      structure: 'unit',
      count: 2,
      filter: ({ path }) => /^[ab].kernel$/.test(path),
    });
    const before = await valuesOf(model);
    const { model: small, certificate } = await shrink(model);
    expect(await valuesOf(model)).toEqual(before);
    expect((await pruning.verify()).nonzero).toBe(0);
    expect(parametrizationsOf(model).length).toBeGreaterThan(0);
    expect(parametrizationsOf(small)).toEqual([]);
    expect(certificate).toMatchObject({ probes: 4, sameTop: 1, before: { units: 10 }, after: { units: 6 } });
    expect(certificate.relative).toBeLessThanOrEqual(1e-6);
    const names = (one: tf.LayersModel) => weightsOf(one).map(({ path, variable }) => [path, variable!.trainable]);
    expect(names(small).map(([path]) => path)).toEqual(names(model).map(([path]) => path));
    expect(small.layers.map(({ name, trainable }) => [name, trainable])).toEqual(
      model.layers.map(({ name, trainable }) => [name, trainable]),
    );
    expect((small as unknown as { userDefinedMetadata: object }).userDefinedMetadata).toEqual({ of: 'mine' });
    expect(small.optimizer).toBeUndefined();
    pruning.dispose();
    small.dispose();
    model.dispose();
  });

  it('gives a model that trains on', async () => {
    const model = mlp();
    await kill(model, 'a', [1]);
    const { model: small } = await shrink(model);
    small.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const [x, y] = [tf.ones([2, 3]), tf.ones([2, 2])];
    const { history } = await small.fit(x, y, { epochs: 3, verbose: 0 });
    expect(history.loss![2]).toBeLessThan(history.loss![0] as number);
    tf.dispose([x, y]);
    small.optimizer.dispose();
    small.dispose();
    model.dispose();
  });

  it('shrinks a Sequential to a Sequential, with several shapes and a nested model that is frozen', async () => {
    const model = tf.sequential({
      name: 's',
      layers: [
        tf.layers.conv2d({ name: 'a', filters: 4, kernelSize: 2, inputShape: [4, 4, 1] }),
        tf.layers.flatten({ name: 'f' }),
        tf.sequential({ name: 'n', layers: [dense('b', 4, { inputShape: [36], kernelInitializer: 'ones' })] }),
        dense('c', 2, { kernelInitializer: 'ones' }),
      ],
    });
    (model.layers[2] as tf.Sequential).trainable = false;
    await kill(model, 'a', [0, 3]);
    await kill(model, 'n', [1]);
    const { model: small, plan } = await shrink(model);
    expect(small).toBeInstanceOf(tf.Sequential);
    expect(plan.weights.find(({ path }) => path === 'n/b/kernel')).toEqual({
      path: 'n/b/kernel',
      from: [36, 4],
      to: [18, 3],
    });
    expect(small.layers[2]!.trainable).toBe(false);
    const again = await reloaded(small);
    const x = tf.randomNormal([2, 4, 4, 1], 0, 1, 'float32', 5);
    expect(await outputsOf(again, x)).toEqual(await outputsOf(small, x));
    x.dispose();
    for (const one of [again, small, model]) one.dispose();
  });

  it('takes several inputs and outputs, and given probes', async () => {
    const [x, y] = [tf.input({ shape: [3], name: 'x' }), tf.input({ shape: [2], name: 'y' })];
    const [a, b] = [on(dense('a', 4), x), on(dense('b', 3), y)];
    const both = on(tf.layers.concatenate({ name: 'c' }), a, b);
    const model = tf.model({ inputs: [x, y], outputs: [on(dense('o', 2), both), on(dense('p', 1), a)] });
    fillWeights(model, 1);
    await kill(model, 'a', [0]);
    await kill(model, 'b', [1]);
    const probes = [tf.ones([5, 3]), tf.ones([5, 2])];
    const { model: small, certificate } = await shrink(model, { probes });
    expect(certificate).toMatchObject({ probes: 5, largest: 0, relative: 0 });
    expect(small.inputs.map(({ shape }) => shape)).toEqual([
      [null, 3],
      [null, 2],
    ]);
    expect(probes.every(({ isDisposed }) => !isDisposed)).toBe(true);
    await expect(shrink(model, { probes: probes[0] as tf.Tensor })).rejects.toThrow(
      'shrink: probes must have 2 tensors, got 1',
    );
    tf.dispose(probes);
    small.dispose();
    model.dispose();
  });

  it('reads numbers of rows where the model does', async () => {
    const model = modelOf([6], (x) =>
      on(
        dense('o', 2),
        on(tf.layers.flatten({}), on(tf.layers.embedding({ name: 'e', inputDim: 3, outputDim: 4 }), x)),
      ),
    );
    await kill(model, 'e', [2], { embeddings: [-1] });
    const { model: small, certificate } = await shrink(model);
    expect(certificate.relative).toBeLessThanOrEqual(1e-6);
    small.dispose();
    model.dispose();
  });

  it('keeps the states of a stateful model, whose own units stay', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.timeDistributed({
          name: 't',
          layer: dense('d', 3, { kernelInitializer: 'ones' }),
          batchInputShape: [2, 3, 2],
        } as never),
        tf.layers.simpleRNN({
          name: 'r',
          units: 3,
          stateful: true,
          kernelInitializer: 'ones',
          recurrentInitializer: 'zeros',
        }),
        dense('o', 1, { kernelInitializer: 'ones' }),
      ],
    });
    await kill(model, 't', [1]);
    await kill(model, 'r', [0], { kernel: [-1], recurrentKernel: [-1], bias: [-1] });
    const x = tf.ones([2, 3, 2]);
    const first = await outputsOf(model, x);
    model.resetStates();
    let shrunk: Awaited<ReturnType<typeof shrink<tf.Sequential>>> | undefined;
    const leak = await leakOf(async () => {
      shrunk = await shrink(model);
    });
    const { model: small, plan } = shrunk!;
    // Its weights, and a state.
    expect(leak).toEqual({ tensors: weightsOf(small).length + 1, variables: weightsOf(small).length });
    expect(plan.layers.map(({ removed }) => removed)).toEqual([[1], [], []]);
    expect(plan.barriers).toEqual([
      { path: 'r', units: [0], reason: 'r is stateful: its state can be set from outside' },
    ]);
    expect(await outputsOf(small, x)).toEqual(first);
    expect(await outputsOf(model, x)).toEqual(first);
    x.dispose();
    small.dispose();
    model.dispose();
  });

  it('refuses what would leave a layer without units, by its path', async () => {
    const model = mlp();
    await kill(model, 'a', [0, 1, 2, 3]);
    for (const [name, call] of [
      ['planShrink', planShrink],
      ['shrink', shrink],
    ] as const)
      await expect(call(model)).rejects.toThrow(`${name}: a layer must keep a unit, got a, whose 4 would all go`);
    model.dispose();
  });

  it('refuses bad weights, options, models and classes that cannot be built, and leaves nothing behind', async () => {
    class Twice extends tf.layers.Layer {
      static className = 'Twice';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.mul([inputs].flat()[0] as tf.Tensor, 2);
      }
      override computeOutputShape = (shape: tf.Shape) => shape;
    }
    const own = modelOf([3], (x) =>
      on(dense('o', 2), on(new Twice({ name: 't' }), on(dense('b', 3), on(dense('a', 4), x)))),
    );
    await kill(own, 'a', [1]);
    const model = mlp();
    await kill(model, 'a', [1]);
    const bad = mlp();
    weightsOf(bad, 'b/bias')[0]!.variable!.assign(tf.tensor1d([0, 0, Number.NaN, 0]));
    const any = modelOf([null, null, 1], (x) =>
      on(tf.layers.reshape({ targetShape: [5, 5] }), on(conv('b', 1), on(conv('a', 3), x))),
    );
    await kill(any, 'a', [1]);
    // Stock loads a file of it as a model in which o reads the other call.
    const x = tf.input({ shape: [3], name: 'x' });
    const shared = tf.layers.repeatVector({ name: 'shared', n: 2 });
    const first = on(shared, on(dense('a', 3), x));
    const second = on(shared, x);
    const turned = tf.model({
      inputs: x,
      outputs: [on(dense('p', 2), on(dense('c', 3), on(dense('b', 4), second))), on(dense('o', 2), first)],
    });
    fillWeights(turned, 1);
    await kill(turned, 'b', [1]);
    const refused: [call: () => Promise<unknown>, message: string][] = [
      [() => shrink(own), 'shrink: classes of layers must be registered to be built again, got Twice of t'],
      [
        () => shrink(turned),
        'shrink: the calls of a shared layer must be in an order in which TensorFlow.js can make them again, got those of shared',
      ],
      [() => shrink(bad), 'shrink: weights must be finite, got NaN at b/bias[2]'],
      [() => shrink(any), 'shrink: probes must be given for a model that does not run on those made for it, got '],
      [
        () => planShrink(model, { mode: 'all' as never }),
        "planShrink: mode must be 'exact', 'absorb' or 'approximate', got \"all\"",
      ],
      [() => shrink(model, { tolerance: -1 }), 'shrink: tolerance must be a number of 0 or more, got -1'],
      [() => shrink(model, { tolerance: Number.NaN }), 'shrink: tolerance must be a number of 0 or more, got NaN'],
      [
        () => shrink(model, { keep: 1 } as never),
        'shrink: keep must be lists of units by the paths of their layers, got 1',
      ],
      [() => shrink(model, { keep: { a: [1] } }), "shrink: mode must be 'approximate' for keep"],
      ...(
        [
          [{ nobody: [1] }, 'keep must name layers that make units (a, b, out), got '],
          [{ a: [] }, 'keep of a must list one or more of its units, 0 to 3, got []'],
          [{ a: [4] }, 'keep of a must list one or more of its units, 0 to 3, got [4]'],
          [{ a: [0.5] }, 'keep of a must list one or more of its units, 0 to 3, got [0.5]'],
          [{ out: [0] }, 'keep must list what has to stay, got out without 1: the model gives it out'],
        ] as const
      ).map(([keep, message]): [() => Promise<unknown>, string] => [
        () => shrink(model, { mode: 'approximate', keep }),
        `shrink: ${message}`,
      ]),
      [() => shrink(model.layers[1] as never), 'shrink: model must be a LayersModel'],
    ];
    for (const [call, message] of refused)
      expect(await leakOf(() => expect(call()).rejects.toThrow(message))).toEqual({ tensors: 0, variables: 0 });
    for (const one of [own, model, bad, any, turned]) one.dispose();
  });

  it('holds nothing once both models are gone', async () => {
    const leak = await leakOf(async () => {
      const model = modelOf([4, 4, 2], (x: Symbolic) =>
        on(dense('o', 2), on(tf.layers.flatten({}), on(conv('a', 4), x))),
      );
      await kill(model, 'a', [1]);
      const { model: small } = await shrink(model);
      small.dispose();
      model.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });
});

describe('speed', () => {
  it('is measured where it is asked for, on the backend that runs', async () => {
    const model = mlp();
    await kill(model, 'a', [1]);
    const { model: small, certificate } = await shrink(model, { runs: 3 });
    const { backend, runs, before, after } = certificate.speed!;
    expect([backend, runs]).toEqual([tf.getBackend(), 3]);
    expect(Math.min(before, after)).toBeGreaterThan(0);
    small.dispose();
    const { model: other, certificate: without } = await shrink(model);
    expect(without).not.toHaveProperty('speed');
    await expect(shrink(model, { runs: 0.5 })).rejects.toThrow('shrink: runs must be an integer');
    other.dispose();
    model.dispose();
  });
});

describe("mode 'absorb'", () => {
  const CASES: [name: string, model: () => tf.LayersModel, removed: number][] = [
    ['a bias', () => modelOf([3], (x) => on(dense('o', 2), on(dense('a', 4), x))), 2],
    ['sigmoid', () => modelOf([3], (x) => on(dense('o', 2), on(dense('a', 4, { activation: 'sigmoid' }), x))), 2],
    [
      'a valid convolution',
      () => modelOf([5, 5, 1], (x) => on(conv('o', 2, { padding: 'valid' }), on(conv('a', 4), x))),
      2,
    ],
    [
      'a padded convolution of one',
      () => modelOf([5, 5, 1], (x) => on(conv('o', 2, { kernelSize: 1 }), on(conv('a', 4), x))),
      2,
    ],
    ['a padded convolution', () => modelOf([5, 5, 1], (x) => on(conv('o', 2), on(conv('a', 4), x))), 0],
    ['no bias', () => modelOf([3], (x) => on(dense('o', 2, { useBias: false }), on(dense('a', 4), x))), 0],
    [
      'padding with zeros',
      () =>
        modelOf([5, 5, 1], (x) =>
          on(conv('o', 2, { padding: 'valid' }), on(tf.layers.zeroPadding2d({}), on(conv('a', 4), x))),
        ),
      0,
    ],
    [
      'a recurrent layer',
      () =>
        modelOf([5, 2], (x) =>
          on(tf.layers.lstm({ name: 'o', units: 2, recurrentInitializer: 'zeros' }), on(dense('a', 4), x)),
        ),
      2,
    ],
  ];
  for (const [name, make, removed] of CASES)
    it(`${name}: ${removed} of the constant units go`, async () => {
      const model = make();
      await kill(model, 'a', [0, 2], { kernel: [-1] });
      const plan = await planShrink(model, { mode: 'absorb' });
      expect(plan.before.units - plan.after.units).toBe(removed);
      expect(plan.barriers.length).toBe(removed === 0 ? 1 : 0);
      if (removed > 0) {
        const { model: small, certificate } = await shrink(model, { mode: 'absorb' });
        // One addition in another order.
        expect(certificate.relative).toBeLessThanOrEqual(1e-5);
        small.dispose();
      }
      model.dispose();
    });

  it('takes the same constant of two calls once, and not two different ones', async () => {
    for (const bias of [1, 2]) {
      const model = modelOf([3], (x) => {
        const b = dense('b', 2);
        return on(tf.layers.concatenate(), on(b, on(dense('a', 3), x)), on(b, on(dense('c', 3), x)));
      });
      for (const layer of ['a', 'c']) await kill(model, layer, [1], { kernel: [-1] });
      weightsOf(model, 'a/bias')[0]!.variable!.assign(tf.tensor1d([1, 1, 1]));
      weightsOf(model, 'c/bias')[0]!.variable!.assign(tf.tensor1d([1, bias, 1]));
      const plan = await planShrink(model, { mode: 'absorb' });
      expect(plan.before.units - plan.after.units).toBe(bias === 1 ? 2 : 0);
      if (bias === 1) {
        const { model: small } = await shrink(model, { mode: 'absorb' });
        small.dispose();
      }
      model.dispose();
    }
  });
});

describe("mode 'approximate'", () => {
  it('takes the units that lists leave out, as if nobody read them', async () => {
    const model = mlp();
    const x = tf.randomNormal([5, 3], 0, 1, 'float32', 7);
    const {
      model: small,
      plan,
      certificate,
    } = await shrink(model, { mode: 'approximate', keep: { b: [0, 3] }, probes: x });
    const before = (await outputsOf(model, x))[0]!;
    await kill(model, 'out', [1, 2], { kernel: [-2] });
    const masked = (await outputsOf(model, x))[0]!;
    // Terms of 0 more in the sums.
    for (const [i, value] of (await outputsOf(small, x))[0]!.entries()) expect(value).toBeCloseTo(masked[i]!, 5);
    expect(plan.layers.map(({ removed }) => removed)).toEqual([[], [1, 2], []]);
    const largest = Math.max(...before.map((value, i) => Math.abs(value - masked[i]!)));
    expect(certificate.largest).toBeCloseTo(largest, 5);
    expect(certificate.relative).toBeCloseTo(largest / Math.max(...before.map(Math.abs)), 5);
    expect(certificate.relative).toBeGreaterThan(0.01);
    x.dispose();
    small.dispose();
    model.dispose();
  });

  it('takes what goes together, and refuses lists that disagree', async () => {
    const model = modelOf([3], (x) =>
      on(dense('out', 2), on(tf.layers.add(), on(dense('a', 4), x), on(dense('b', 4), x))),
    );
    const plan = await planShrink(model, { mode: 'approximate', keep: { a: [0, 2, 3] } });
    expect(plan.layers.map(({ path, removed }) => [path, removed])).toEqual([
      ['a', [1]],
      ['b', [1]],
      ['out', []],
    ]);
    await expect(planShrink(model, { mode: 'approximate', keep: { a: [0, 2, 3], b: [0, 1] } })).rejects.toThrow(
      'planShrink: keep must list all or none of the units that go together, got a with 2',
    );
    model.dispose();
  });

  it('takes masked units that a padded convolution reads as a constant, and says what that changes', async () => {
    const model = modelOf([5, 5, 1], (x) => on(conv('o', 2), on(conv('a', 4), x)));
    await kill(model, 'a', [0, 2], { kernel: [-1] });
    const { model: small, plan, certificate } = await shrink(model, { mode: 'approximate' });
    expect(plan.layers[0]!.removed).toEqual([0, 2]);
    expect(certificate.relative).toBeGreaterThan(1e-3);
    await expect(shrink(model, { mode: 'approximate', tolerance: 1e-6 })).rejects.toThrow(
      'shrink: the smaller model must give the same',
    );
    small.dispose();
    model.dispose();
  });

  it('keeps constant units whose partner in an Add is not constant', async () => {
    const model = modelOf([3], (x) =>
      on(dense('out', 2), on(tf.layers.add(), on(dense('a', 4), x), on(dense('b', 4), x))),
    );
    await kill(model, 'a', [0, 1]);
    await kill(model, 'b', [1]);
    const { layers, barriers } = await planShrink(model, { mode: 'approximate' });
    expect(layers[0]!.removed).toEqual([1]);
    expect(barriers).toEqual([{ path: 'a', units: [0], reason: 'what goes with it is not constant' }]);
    model.dispose();
  });
});
