import * as tf from '@tensorflow/tfjs';
import type { Checkpoint } from '@weightkit/checkpoint';
import { finiteValues, weightsOf } from '@weightkit/core';
import * as kit from '@weightkit/transfer-freeze';
import { testContracts } from '../src/contracts.ts';
import { A, B, EXACT, fit, input, withModel, withTensors } from './fixtures.ts';

/** An optimizer keeps a scalar. */
function withOptimizer<T>(run: (optimizer: tf.Optimizer) => T): T {
  const optimizer = tf.train.sgd(0.1);
  try {
    return run(optimizer);
  } finally {
    optimizer.dispose();
  }
}

/** Runs `run` with the Fisher matrix of what the model gives for one example, whose square is the loss. */
const withFisher = <T>(run: (model: tf.Sequential, fisher: Checkpoint) => T | Promise<T>): Promise<T> =>
  withModel((model) =>
    withTensors([input(), tf.zeros([1, 1])], async (x, y) => {
      const loss = (target: tf.Tensor, z: tf.Tensor) => tf.square(tf.sub(z, target));
      return run(model, await kit.fisherDiagonal(model, { x, y, loss }));
    }),
  );

testContracts('@weightkit/transfer-freeze', kit, [
  {
    name: 'addTaskVector',
    title: 'adds what fine-tuning has changed',
    value: () =>
      withModel((one) =>
        withModel(async (made) => {
          tf.tidy(() => made.setWeights(made.getWeights().map((value) => tf.zerosLike(value))));
          const vector = await kit.taskVector(made, one, { filter: 'b/kernel' });
          const { added, untouched } = await kit.addTaskVector(made, vector, { scale: 2 });
          return [weightsOf(made, 'b/kernel')[0]!.read(), added, untouched];
        }),
      ),
    reference: [B.map((value) => 2 * value), ['b/kernel'], ['a/kernel', 'a/bias', 'b/bias']],
    tolerance: EXACT,
    rejects: [
      [() => kit.addTaskVector({} as never, {} as never), 'addTaskVector: vector must be'],
      [() => withModel((model) => kit.addTaskVector(model, {} as never)), 'addTaskVector: vector must be'],
    ],
  },
  {
    name: 'bottleneck',
    title: 'changes nothing at first, and adds what two layers make of what a layer gives',
    value: () =>
      withModel(async (model) => {
        const x = input();
        const outputs = async (one: tf.LayersModel) => {
          const y = one.predict(x) as tf.Tensor;
          const values = Array.from(await y.data());
          y.dispose();
          return values;
        };
        const before = await outputs(model);
        const adapters = kit.bottleneck(model, { layers: ['b'], size: 1, activation: 'linear' });
        const same = (await outputs(adapters.model)).every((value, i) => value === before[i]);
        const file = await adapters.toCheckpoint();
        const two = async () => new Float32Array([2]);
        await adapters.load({ ...file, tensors: file.tensors.map((one) => ({ ...one, values: two })) });
        // y + 2 · (2 · y + 2) + 2.
        const isThere = (await outputs(adapters.model)).every((value, i) => value === 5 * before[i]! + 6);
        const { trainableParameters, frozenParameters } = adapters.report();
        adapters.remove();
        x.dispose();
        return [same, isThere, trainableParameters, frozenParameters];
      }),
    reference: [true, true, 4, A.length + B.length + 3],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.bottleneck(model, { layers: [] })), 'bottleneck: layers must be one or more'],
      [() => kit.bottleneck({} as never), 'bottleneck: model must be a LayersModel'],
    ],
  },
  {
    name: 'browserStore',
    title: 'opens where there is an IndexedDB, by a name',
    value: async () => {
      const opened = kit.browserStore('contract').then(
        async (store) => {
          await store.set('key', Uint8Array.of(1));
          await store.clear();
          const none = await store.get('key');
          store.close();
          return none === undefined;
        },
        (error: Error) => error.message.startsWith('browserStore: there must be an IndexedDB'),
      );
      return [await opened];
    },
    reference: [true],
    tolerance: EXACT,
    rejects: [[() => kit.browserStore(''), 'browserStore: name must be']],
  },
  {
    name: 'cacheFeatures',
    title: 'gives what the layers up to one give, and a head that goes on from it',
    value: () =>
      withModel(async (model) => {
        const x = input();
        const cache = await kit.cacheFeatures(model, 'a', x);
        const [whole, { xs, ys }] = [model.predict(x) as tf.Tensor, await cache.tensors()];
        const head = (cache.head as tf.LayersModel).predict(xs) as tf.Tensor;
        const [one, other] = await Promise.all([whole, head].map(async (y) => Array.from(await y.data())));
        const exact = one!.every((value, i) => value === other![i]);
        const shape = xs.shape[1]!;
        tf.dispose([x, xs, whole, head]);
        cache.dispose();
        return [exact, shape, ys, cache.report.exactness?.bitExact];
      }),
    reference: [true, 2, null, true],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.cacheFeatures(model, 'b', [[1]])),
        'cacheFeatures: until must have layers above it',
      ],
      [() => kit.cacheFeatures({} as never, 'a', []), 'cacheFeatures: model must be'],
    ],
  },
  {
    name: 'combineAdapters',
    title: 'puts factors side by side, the first ones weighted',
    value: () =>
      withModel(async (model) => {
        const adapters = kit.lora(model, { rank: 1, filter: 'b/kernel' });
        const file = await adapters.toCheckpoint();
        adapters.remove();
        const ones = file.tensors.map((tensor) => ({
          ...tensor,
          values: async () => new Float32Array(tensor.shape[0]! * tensor.shape[1]!).fill(1),
        }));
        const { tensors } = await kit.combineAdapters(Array(2).fill({ ...file, tensors: ones }), [3, -1]);
        return [await tensors[0]!.values(), await tensors[1]!.values()];
      }),
    reference: [
      [...B.map(() => 3), ...B.map(() => -1)],
      [1, 1],
    ],
    tolerance: EXACT,
    rejects: [
      [() => kit.combineAdapters([], []), 'combineAdapters: checkpoints must be one or more'],
      [() => kit.combineAdapters([{} as never], [1]), 'combineAdapters: checkpoints[0] must'],
    ],
  },
  {
    name: 'combineTaskVectors',
    title: 'takes the mean of those that have the sign of the sum',
    value: () =>
      withModel((one) =>
        withModel(async (made) => {
          tf.tidy(() => made.setWeights(made.getWeights().map((value) => tf.zerosLike(value))));
          const vector = await kit.taskVector(made, one, { filter: 'b/kernel' });
          const all = [vector, vector, vector];
          const combined = await kit.combineTaskVectors(all, { how: 'ties', keep: 1, weights: [1, 3, -1] });
          return [await combined.tensors[0]!.values()];
        }),
      ),
    reference: [B.map((value) => 2 * value)],
    tolerance: EXACT,
    rejects: [
      [() => kit.combineTaskVectors([]), 'combineTaskVectors: vectors must be one or more'],
      [() => kit.combineTaskVectors([{} as never]), 'combineTaskVectors: vectors[0] must be'],
    ],
  },
  {
    name: 'dora',
    title: 'changes nothing at first, and gives columns the lengths that it learned',
    value: () =>
      withModel(async (model) => {
        const adapters = kit.dora(model, { rank: 1, filter: 'b/kernel' });
        const first = Array.from(await finiteValues('dora', weightsOf(model, 'b/kernel')[0]!));
        const file = await adapters.toCheckpoint();
        const doubled = file.tensors.map((tensor) =>
          tensor.name.endsWith('magnitude_vector')
            ? { ...tensor, values: async () => ((await tensor.values()) as Float32Array).map((length) => 2 * length) }
            : tensor,
        );
        await adapters.load({ ...file, tensors: doubled });
        adapters.merge();
        return [first, weightsOf(model, 'b/kernel')[0]!.read(), adapters.report().trainableParameters];
      }),
    reference: [B, B.map((value) => 2 * value), 4],
    tolerance: { atMost: 4e-6, because: 'a norm and a quotient, 8 roundings of numbers below 8' },
    rejects: [
      [() => withModel((model) => kit.dora(model, { rank: 2 })), 'dora: rank must not be above the inputs or outputs'],
      [() => kit.dora({} as never), 'dora: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'ema',
    title: 'is the mean of the weights after each step, weighted by powers of the decay',
    value: () =>
      withModel((model) =>
        withOptimizer(async (optimizer) => {
          const average = kit.ema(model, { decay: 0.5 });
          const kernel = weightsOf(model, 'b/kernel')[0]!.variable!;
          const loss = () => tf.tidy(() => tf.mul(tf.sum(kernel), -30) as tf.Scalar);
          for (let i = 0; i < 2; i++) optimizer.minimize(loss, false, [kernel]);
          await average.swapIn();
          const swapped = Array.from(await kernel.data());
          average.restore();
          const restored = Array.from(await kernel.data());
          average.dispose();
          return [swapped, restored, average.step];
        }),
      ),
    // Steps of 3: (3 · 1 + 6 · 2) / 3 and 6 above the start.
    reference: [B.map((value) => value + 5), B.map((value) => value + 6), 2],
    tolerance: { atMost: 4e-6, because: 'two steps of 3 and an average, 4 roundings each of numbers below 8' },
    rejects: [
      [() => withModel((model) => kit.ema(model, { decay: 1 })), 'ema: decay must be in [0, 1)'],
      [() => withModel((model) => kit.ema(model, { filter: 'none' })), 'ema: filter must match a weight'],
      [() => kit.ema({} as never), 'ema: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'ewc',
    title: 'pulls weights back to where they were, each as firmly as it counts',
    value: () =>
      withFisher(async (model, fisher) => {
        const optimizer = tf.train.sgd(2 ** -13);
        const [weight] = weightsOf(model, 'b/kernel');
        const held = await kit.ewc(model, fisher, { strength: 0.5, filter: 'b/kernel' });
        const value = tf.tidy(() => tf.add(weight!.variable!, 2));
        weight!.write(value);
        value.dispose();
        const penalty = await held.penalty();
        // No gradient but that of the penalty.
        optimizer.minimize(() => tf.mul(0, tf.sum(weight!.variable!)), false, [weight!.variable!]);
        held.restore();
        optimizer.dispose();
        return [weight!.read(), penalty, held.paths];
      }),
    // F is 9216, of which a step takes 9216 / 2 ** 13 = 9 / 8.
    reference: [B.map((value) => value + 7 / 8), 2 * 9216, ['b/kernel']],
    tolerance: EXACT,
    rejects: [
      [
        () => withFisher((model, fisher) => kit.ewc(model, fisher, { strength: -1 })),
        'ewc: strength must be 0 or more',
      ],
      [
        () => withFisher((model, fisher) => kit.ewc(model, fisher, { filter: 'none' })),
        'ewc: filter must match a weight',
      ],
      [() => withModel((model) => kit.ewc(model, {} as never)), 'ewc: fisher must be'],
    ],
  },
  {
    name: 'fisherDiagonal',
    title: 'is the mean of squared gradients',
    value: () => withFisher((_, { tensors }) => Promise.all(tensors.map((one) => one.values()))),
    // 2 · 12 times the weights below and the inputs; squared.
    reference: [[576, 2304, 2304, 9216, 5184, 20736], [576, 2304], [9216, 9216], [576]],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => withTensors([input()], (x) => kit.fisherDiagonal(model, { x, y: x }))),
        'fisherDiagonal: model must be compiled, or loss be given, got neither',
      ],
      [
        () => withModel((model) => withTensors([input()], (x) => kit.fisherDiagonal(model, { x }, { labels: 'all' }))),
        'fisherDiagonal: outputs must be probabilities of classes',
      ],
    ],
  },
  {
    name: 'exportStateDict',
    title: 'names and lays out tensors as PyTorch does',
    value: () =>
      withModel(async (model) => {
        const { checkpoint, skipped } = await kit.exportStateDict(model, { filter: 'a/**' });
        const [weight, bias] = checkpoint.tensors;
        return [weight!.name, weight!.shape, await weight!.values(), bias!.name, skipped];
      }),
    reference: ['a.weight', [2, 3], [3, -1, 1, 0, 1, -2], 'a.bias', []],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.exportStateDict(model, { filter: 'none' })),
        'exportStateDict: filter must match',
      ],
      [() => kit.exportStateDict({} as never), 'exportStateDict: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'freeze',
    title: 'keeps weights bit for bit while others train',
    value: () =>
      withModel(async (model) => {
        const frozen = await kit.freeze(model, 'a/**');
        await fit(model);
        const { entries, moved } = await frozen.verify();
        const [trained] = await finiteValues('freeze', weightsOf(model, 'b/kernel')[0]!);
        frozen.unfreeze();
        return [entries, moved, weightsOf(model, 'a/kernel')[0]!.read(), trained !== B[0], frozen.active];
      }),
    reference: [8, [], A, true, false],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.freeze(model, 'none')), 'freeze: filter must match a weight'],
      [() => kit.freeze({} as never), 'freeze: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'freezeEntries',
    title: 'holds the entries of a mask while the others train',
    value: () =>
      withModel(async (model) => {
        const mask = tf.tensor(
          B.map((_, i) => Number(i % 2 === 0)),
          weightsOf(model, 'b/kernel')[0]!.shape as number[],
        );
        const frozen = await kit.freezeEntries(model, { 'b/kernel': mask });
        mask.dispose();
        await fit(model);
        const after = Array.from(await finiteValues('freezeEntries', weightsOf(model, 'b/kernel')[0]!));
        const { moved } = await frozen.verify();
        frozen.unfreeze();
        return [after.map((value, i) => value === B[i]), moved.length, frozen.report().frozenParameters];
      }),
    reference: [B.map((_, i) => i % 2 === 0), 0, Math.ceil(B.length / 2)],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.freezeEntries(model, {})), 'freezeEntries: masks must be one or more'],
      [() => kit.freezeEntries({} as never, {}), 'freezeEntries: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'gradualUnfreeze',
    title: 'holds a stage until its epoch',
    value: () =>
      withModel(async (model) => {
        const callback = await kit.gradualUnfreeze(model, [{ filter: 'a/**', epoch: 1 }]);
        await callback.onEpochBegin();
        await fit(model);
        const { moved } = await callback.verify();
        const held = callback.frozen;
        await callback.onEpochBegin();
        return [held, moved, weightsOf(model, 'a/kernel')[0]!.read(), callback.frozen, callback.epoch];
      }),
    reference: [['a/kernel', 'a/bias'], [], A, [], 2],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.gradualUnfreeze(model, [{ filter: 'none', epoch: 1 }])),
        'gradualUnfreeze: filter must match a weight',
      ],
      [
        () => withModel((model) => kit.gradualUnfreeze(model, [{ filter: '**', epoch: 0 }])),
        'gradualUnfreeze: epoch must be an integer',
      ],
    ],
  },
  {
    name: 'greedySoup',
    title: 'takes what does not make the mean worse, from the best on',
    value: () =>
      withModel(async (model) => {
        const kernel = () => weightsOf(model, 'b/kernel')[0]!;
        const shape = kernel().shape as number[];
        const parts = [9, 3, 1].map((value) => ({ 'b/kernel': tf.fill(shape, value) }));
        const evaluate = async () => -Math.abs((await finiteValues('greedySoup', kernel()))[0]! - 2);
        const { chosen, score } = await kit.greedySoup(model, parts, evaluate, { filter: 'b/kernel' });
        tf.dispose(parts);
        return [kernel().read(), chosen, Math.abs(score)];
      }),
    reference: [B.map(() => 2), [1, 2], 0],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.greedySoup(model, [], () => 1)), 'greedySoup: ingredients must be one or more'],
      [
        () => withModel((model) => withModel((other) => kit.greedySoup(model, [other], () => Number.NaN))),
        'greedySoup: evaluate must give a finite number',
      ],
      [
        () => withModel((model) => kit.greedySoup(model, [model], () => 1)),
        'greedySoup: ingredients must be others than the model, got "it as ingredients[0]"',
      ],
      [() => kit.greedySoup({} as never, [], () => 1), 'greedySoup: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'vera',
    title: 'changes nothing at first, and adds the products of what it shares',
    value: () =>
      withModel(async (model) => {
        const adapters = kit.vera(model, { filter: 'b/kernel', rank: 1 });
        const first = Array.from(await finiteValues('vera', weightsOf(model, 'b/kernel')[0]!));
        const file = await adapters.toCheckpoint();
        const twos = (length: number) => async () => new Float32Array(length).fill(2);
        await adapters.load({
          ...file,
          tensors: file.tensors.map((tensor) => ({
            ...tensor,
            values: twos(tensor.shape.reduce((size, n) => size * n, 1)),
          })),
        });
        adapters.merge();
        return [first, weightsOf(model, 'b/kernel')[0]!.read(), adapters.report().trainableParameters];
      }),
    // 2 · 2 of A and d, by 2 · 2 of B and b.
    reference: [B, B.map((value) => value + 16), 2],
    tolerance: EXACT,
    rejects: [[() => kit.vera({} as never), 'vera: model must be a tfjs layer or LayersModel']],
  },
  {
    name: 'ia3',
    title: 'changes nothing at first, and scales the outputs of a layer with their bias',
    value: () =>
      withModel(async (model) => {
        const adapters = kit.ia3(model, { filter: 'b/kernel' });
        const first = Array.from(await finiteValues('ia3', weightsOf(model, 'b/kernel')[0]!));
        const [bias] = weightsOf(model, 'b/bias');
        const before = Array.from(await finiteValues('ia3', bias!));
        const file = await adapters.toCheckpoint();
        const two = async () => new Float32Array([2]);
        await adapters.load({ ...file, tensors: file.tensors.map((tensor) => ({ ...tensor, values: two })) });
        adapters.merge();
        const after = Array.from(await finiteValues('ia3', bias!));
        const doubled = after.every((value, i) => value === 2 * before[i]!);
        return [first, weightsOf(model, 'b/kernel')[0]!.read(), doubled, adapters.report().trainableParameters];
      }),
    reference: [B, B.map((value) => 2 * value), true, 1],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.ia3(model, { inputs: 'none' })), 'ia3: inputs must match a weight'],
      [() => kit.ia3({} as never), 'ia3: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'interpolateWeights',
    title: 'is from one model to another',
    value: () =>
      withModel((from) =>
        withModel(async (to) => {
          tf.tidy(() => to.setWeights(to.getWeights().map((value) => tf.zerosLike(value))));
          const { interpolated } = await kit.interpolateWeights(to, from, to, 0.75, { filter: 'b/kernel' });
          return [weightsOf(to, 'b/kernel')[0]!.read(), interpolated];
        }),
      ),
    reference: [B.map((value) => value / 4), ['b/kernel']],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.interpolateWeights(model, model, model, 2)),
        'interpolateWeights: alpha must be a number from 0 to 1',
      ],
      [
        () => withModel((model) => kit.interpolateWeights(model, model, model, 1, { filter: 'none' })),
        'interpolateWeights: filter must match a weight',
      ],
      [() => kit.interpolateWeights({} as never, {}, {}, 1), 'interpolateWeights: model must be a tfjs layer'],
    ],
  },
  {
    name: 'l2sp',
    title: 'pulls weights back to where they were',
    value: () =>
      withModel(async (model) => {
        const optimizer = tf.train.sgd(0.1);
        const [weight] = weightsOf(model, 'b/kernel');
        const held = kit.l2sp(model, { strength: 5, filter: 'b/kernel' });
        const value = tf.tidy(() => tf.add(weight!.variable!, 2));
        weight!.write(value);
        value.dispose();
        const penalty = await held.penalty();
        // No gradient but that of the penalty.
        optimizer.minimize(() => tf.mul(0, tf.sum(weight!.variable!)), false, [weight!.variable!]);
        held.restore();
        optimizer.dispose();
        return [weight!.read(), penalty, held.paths];
      }),
    // 2 - 0.1 * 5 * 2 is 1 above.
    reference: [B.map((value) => value + 1), B.length * 10, ['b/kernel']],
    tolerance: { atMost: 4e-6, because: 'a rate of 0.1 in float32, and numbers below 8' },
    rejects: [
      [() => withModel((model) => kit.l2sp(model, { strength: -1 })), 'l2sp: strength must be 0 or more'],
      [() => withModel((model) => kit.l2sp(model, { filter: 'none' })), 'l2sp: filter must match a weight'],
      [() => kit.l2sp({} as never), 'l2sp: model must be'],
    ],
  },
  {
    name: 'layerDecay',
    title: 'gives each layer a share of the rate of the layer above',
    value: () => withModel((model) => kit.layerDecay(model, { decay: 0.5 }).map(({ rate }) => rate)),
    reference: [1, 0.5],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.layerDecay(model, { decay: 0 })),
        'layerDecay: decay must be above 0 and at most 1',
      ],
      [() => kit.layerDecay({} as never, { decay: 1 }), 'layerDecay: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'linearProbe',
    title: 'is the least of ridge regression',
    value: async () => {
      const [x, y] = [tf.tensor2d([-1, 1], [2, 1]), tf.tensor1d([1, 3])];
      try {
        const { kernel, bias, loss } = await kit.linearProbe(x, y, { kind: 'ridge', penalty: 1 });
        return [kernel, bias, loss];
      } finally {
        tf.dispose([x, y]);
      }
    },
    // w of (1 - w)^2 / 2 + w^2 / 2 is 1/2.
    reference: [[0.5], [2], 0.25],
    tolerance: { atMost: 4e-16, because: 'rounding of numbers below 2' },
    rejects: [[() => kit.linearProbe({} as never, {} as never), 'linearProbe: features must be a tensor of float32']],
  },
  {
    name: 'lora',
    title: 'changes nothing at first, and merges what its factors say',
    value: () =>
      withModel(async (model) => {
        const adapters = kit.lora(model, { rank: 1, filter: 'b/kernel' });
        const first = Array.from(await finiteValues('lora', weightsOf(model, 'b/kernel')[0]!));
        const file = await adapters.toCheckpoint();
        const ones = async () => new Float32Array(2).fill(1);
        const one = async () => new Float32Array([2]);
        const tensors = file.tensors.map((tensor, i) => ({ ...tensor, values: i === 0 ? ones : one }));
        await adapters.load({ ...file, tensors });
        adapters.merge();
        const { trainableParameters, frozenParameters } = adapters.report();
        return [first, weightsOf(model, 'b/kernel')[0]!.read(), trainableParameters, frozenParameters];
      }),
    reference: [B, B.map((value) => value + 2), 3, 11],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.lora(model, { rank: 2 })), 'lora: rank must not be above the inputs or outputs'],
      [() => withModel((model) => kit.lora(model, { filter: 'none' })), 'lora: filter must match a weight'],
      [() => kit.lora({} as never), 'lora: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'oneCycleRate',
    title: 'is highest where the rise ends',
    value: () => [kit.oneCycleRate({ steps: 10 })(2)],
    reference: [1],
    tolerance: EXACT,
    rejects: [
      [() => kit.oneCycleRate({ steps: 1 }), 'oneCycleRate: steps must be an integer'],
      [() => kit.oneCycleRate({ steps: 9, rise: 1 }), 'oneCycleRate: rise must be above 0 and below 1'],
    ],
  },
  {
    name: 'parameterGroups',
    title: 'holds a group at rate 0 while others train',
    value: () =>
      withModel(async (model) => {
        const optimizer = tf.train.sgd(0.1);
        const groups = kit.parameterGroups(model, optimizer, [{ filter: 'a/**', rate: 0 }]);
        const variables = weightsOf(model).map(({ variable }) => variable!);
        optimizer.minimize(
          () => tf.tidy(() => tf.sum(model.apply(input()) as tf.Tensor) as tf.Scalar),
          false,
          variables,
        );
        groups.restore();
        optimizer.dispose();
        return [Array.from(await variables[0]!.data()), groups.step, groups.paths, groups.others];
      }),
    reference: [A, 1, [['a/kernel', 'a/bias']], ['b/kernel', 'b/bias']],
    tolerance: EXACT,
    rejects: [
      [
        () =>
          withModel((model) =>
            withOptimizer((optimizer) => kit.parameterGroups(model, optimizer, [{ filter: 'none' }])),
          ),
        'parameterGroups: filter must match a weight',
      ],
      [
        () => withModel((model) => kit.parameterGroups(model, {} as never, [{ filter: '**' }])),
        'parameterGroups: optimizer must be a tf.Optimizer',
      ],
    ],
  },
  {
    name: 'pissa',
    title: 'changes nothing at first, and begins with the largest singular value',
    value: () =>
      withModel(async (model) => {
        const adapters = await kit.pissa(model, { rank: 1, filter: 'b/kernel' });
        const first = Array.from(await finiteValues('pissa', weightsOf(model, 'b/kernel')[0]!));
        const [a, b] = await Promise.all((await adapters.toCheckpoint()).tensors.map(({ values }) => values()));
        const whole = B.map((_, i) => Number(a![i]) * Number(b![0]));
        adapters.remove();
        return [first, whole];
      }),
    // A column is of rank 1.
    reference: [B, B],
    tolerance: { atMost: 4e-6, because: 'a product of two numbers rounded to float32, below 8' },
    rejects: [
      [() => withModel((model) => kit.pissa(model, { alpha: -1 })), 'pissa: alpha must be above 0'],
      [() => kit.pissa({} as never), 'pissa: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'reestimateBatchNorm',
    title: 'sets statistics to those of the data, variances as of the whole',
    value: async () => {
      const model = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [2], name: 'norm' })] });
      const x = tf.tensor2d([0, 1, 2, 1, 4, 4], [3, 2]);
      const { layers, batches } = await kit.reestimateBatchNorm(model, x);
      const statistics = weightsOf(model, 'norm/moving*').map(async (weight) =>
        Array.from(await finiteValues('reestimateBatchNorm', weight)),
      );
      const values = await Promise.all(statistics);
      x.dispose();
      model.dispose();
      return [values, layers.map(({ path }) => path), batches];
    },
    reference: [
      [
        [2, 2],
        [4, 3],
      ],
      ['norm'],
      1,
    ],
    tolerance: { atMost: 4e-6, because: 'sums of three numbers up to 8, and a mean of their squares' },
    rejects: [
      [() => kit.reestimateBatchNorm({} as never, {} as never), 'reestimateBatchNorm: model must be a'],
      [
        () =>
          withModel(async (model) => {
            const x = input();
            try {
              await kit.reestimateBatchNorm(model, x);
            } finally {
              x.dispose();
            }
          }),
        'reestimateBatchNorm: model must have a batch normalization',
      ],
    ],
  },
  {
    name: 'replaceHead',
    title: 'puts another layer behind what stays',
    value: () =>
      withModel(async (model) => {
        const head = tf.layers.dense({ units: 2, kernelInitializer: 'ones', name: 'new' });
        const { model: made, ...report } = kit.replaceHead(model, [head]);
        const x = input();
        const y = made.predict(x) as tf.Tensor;
        const below = weightsOf(made, 'a/kernel')[0]!;
        const values = [below.read(), Array.from(weightsOf(made, 'new/kernel')[0]!.shape), y.shape[1]];
        tf.dispose([x, y]);
        made.dispose();
        return [...values, report];
      }),
    reference: [A, [2, 2], 2, { removed: ['b'], added: ['new'], shared: ['a/kernel', 'a/bias'] }],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.replaceHead(model, [])), 'replaceHead: layers must be one or more'],
      [() => kit.replaceHead({} as never, []), 'replaceHead: model must be a LayersModel'],
    ],
  },
  {
    name: 'soup',
    title: 'is the mean of the weights of models',
    value: () =>
      withModel((one) =>
        withModel(async (made) => {
          tf.tidy(() => made.setWeights(made.getWeights().map((value) => tf.zerosLike(value))));
          const { averaged, distances } = await kit.soup(made, [one, made, one, made], { filter: 'b/kernel' });
          return [weightsOf(made, 'b/kernel')[0]!.read(), averaged, new Set(distances).size];
        }),
      ),
    reference: [B.map((value) => value / 2), ['b/kernel'], 1],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.soup(model, [])), 'soup: ingredients must be one or more'],
      [
        () => withModel((model) => kit.soup(model, [{ other: weightsOf(model)[0]!.variable! }])),
        'soup: what is averaged must have every weight in its shape',
      ],
      [() => kit.soup({} as never, []), 'soup: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'suggestCut',
    title: 'tries a probe behind every layer that there is something above',
    value: async () => {
      const one = tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones', name: 'a' });
      const model = tf.sequential({ layers: [one, tf.layers.dense({ units: 2, name: 'b' })] });
      const x = tf.tensor2d([-3, -2, 2, 3], [4, 1]);
      const { until, candidates } = await kit.suggestCut(model, { xs: x, ys: [0, 0, 1, 1] }, { folds: 2 });
      x.dispose();
      model.dispose();
      return [until, candidates.map(({ accuracy, error }) => [accuracy, error])];
    },
    reference: ['a', [[1, 0]]],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.suggestCut(model, {} as never)), 'suggestCut: ys must be given'],
      [() => kit.suggestCut({} as never, { xs: [], ys: [] }), 'suggestCut: model must be'],
    ],
  },
  {
    name: 'swa',
    title: 'is the mean of the weights at the ends of epochs',
    value: () =>
      withModel(async (model) => {
        const average = kit.swa(model, { start: 1 });
        const [bias] = weightsOf(model, 'b/bias');
        for (const value of [9, 1, 2, 6]) {
          tf.tidy(() => bias!.write(tf.tensor1d([value])));
          await average.onEpochEnd();
        }
        await average.swapIn();
        const swapped = bias!.read();
        average.restore();
        const restored = bias!.read();
        average.dispose();
        return [swapped, restored, average.epoch, average.count];
      }),
    reference: [[3], [6], 4, 3],
    tolerance: { atMost: 4e-6, because: 'three steps of a mean, 3 roundings each of numbers up to 6' },
    rejects: [
      [() => withModel((model) => kit.swa(model, { every: 0 })), 'swa: every must be an integer'],
      [() => withModel((model) => kit.swa(model, { filter: 'none' })), 'swa: filter must match a weight'],
      [() => kit.swa({} as never), 'swa: model must be a tfjs layer or LayersModel'],
    ],
  },
  {
    name: 'taskVector',
    title: 'is the difference of two models',
    value: () =>
      withModel((one) =>
        withModel(async (other) => {
          const { tensors } = await kit.taskVector(one, other, { filter: '*/kernel' });
          return [await tensors[0]!.values(), tensors.map(({ name }) => name)];
        }),
      ),
    reference: [A.map(() => 0), ['a/kernel', 'b/kernel']],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.taskVector(model, model, { filter: 'none' })),
        'taskVector: base must have weights of floats',
      ],
      [() => kit.taskVector({} as never, {} as never), 'taskVector: '],
    ],
  },
  {
    name: 'tie',
    title: 'makes one weight of two',
    value: async () => {
      const model = tf.sequential({
        layers: [
          tf.layers.dense({ units: 2, inputShape: [3], useBias: false, name: 'a' }),
          tf.layers.dense({ units: 3, useBias: false, name: 'b' }),
        ],
      });
      tf.tidy(() => model.layers[0]!.setWeights([tf.tensor2d(A, [3, 2])]));
      const tied = kit.tie(model, 'b/kernel', 'a/kernel', { transposed: true });
      const result = tf.tidy(() => model.predict(input()) as tf.Tensor);
      const values = Array.from(await result.data());
      result.dispose();
      tied.untie();
      model.dispose();
      return [values, tied.source, tied.target, tied.tied];
    },
    // [4, -4] times the transpose of A.
    reference: [[12, -8, 12], 'a/kernel', 'b/kernel', false],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.tie(model, 'a/kernel', 'b/kernel')), 'tie: target must have shape [2,1]'],
      [() => withModel((model) => kit.tie(model, '**', 'b/kernel')), 'tie: target must match one weight'],
      [
        () => withModel((model) => kit.tie(model, 'a/bias', 'a/bias')),
        'tie: source must be another weight than target',
      ],
    ],
  },
  {
    name: 'transferWeights',
    title: 'gives a model the weights of another one',
    value: () =>
      withModel((from) =>
        withModel(async (to) => {
          tf.tidy(() => to.setWeights(to.getWeights().map((value) => tf.zerosLike(value))));
          const { entries, unused } = await kit.transferWeights(from, to, { filter: 'b/**' });
          const [a, b] = [weightsOf(to, 'a/kernel')[0]!.read(), weightsOf(to, 'b/kernel')[0]!.read()];
          return [a, b, entries, unused];
        }),
      ),
    reference: [[0, 0, 0, 0, 0, 0], B, 3, ['a/kernel', 'a/bias']],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.transferWeights(model, model, { rename: { a: 'c', b: 'd' } })),
        'transferWeights: a weight must have a partner in the source',
      ],
      [() => withModel((model) => kit.transferWeights(model, {} as never)), 'transferWeights: to must be a tfjs layer'],
      [() => withModel((model) => kit.transferWeights({} as never, model)), 'transferWeights: '],
    ],
  },
]);
