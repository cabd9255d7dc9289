import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import * as kit from '@weightkit/pruning';
import { testContracts } from '../src/contracts.ts';
import { chained, EXACT, fit, gradientBy, HOST, input, predict, withModel, withTensors } from './fixtures.ts';

const vector = () => tf.tensor1d([3, -1, 2, -4]);
const onVector = <T>(fn: (w: tf.Tensor) => T) => withTensors([vector()], fn);
const pruned = <T>(options: kit.PruneOptions, then: (model: tf.Sequential, pruning: kit.Pruning) => T | Promise<T>) =>
  withModel(async (model) => {
    const pruning = await kit.prune(model, options);
    try {
      return await then(model, pruning);
    } finally {
      pruning.dispose();
    }
  });
const scored = (seed: number) => onVector((w) => tf.tidy(() => kit.random({ seed })(w, { path: '' })));

/** jax.random.uniform(jax.random.fold_in(jax.random.key(0), 2166136261), (4,)) of JAX 0.10.2; FNV-1a of no bytes is 2166136261. */
const JAX_UNIFORM = [0.5158752202987671, 0.7455234527587891, 0.9638556241989136, 0.8867852687835693];

/** The masks of half of the entries of each kernel, as plain data. */
const halfMasks = (model: tf.Sequential): Promise<kit.MasksJSON> =>
  kit.prune(model, { sparsity: 0.5 }).then((pruning) => {
    pruning.restore();
    return pruning.toJSON();
  });

const signed = (y: tf.Tensor, prediction: tf.Tensor): tf.Tensor => tf.sub(prediction, y);
/** The scores of both kernels that data makes. */
const scoredBy = (make: typeof kit.gradient) =>
  withModel((model) =>
    withTensors([input(), tf.zeros([1, 1])], async (x, y) => {
      const score = await make(model, { x, y, loss: signed });
      return weightsOf(model, '*/kernel').map(({ path, read }) => tf.tidy(() => score(read(), { path })));
    }),
  );
const kernelScores = (model: tf.Sequential, score: kit.Score) =>
  weightsOf(model, '*/kernel').map(({ path, read }) => tf.tidy(() => score(read(), { path })));
const unmade = (make: typeof kit.gradient) =>
  withModel((model) => withTensors([input(), tf.zeros([1, 1])], (x, y) => make(model, { x, y })));

/** Steps, sparsity and faults after three steps of a model whose connections move. */
const rewired = (make: (model: tf.Sequential) => Promise<kit.DynamicSparsity>) =>
  withModel(async (model) => {
    const callback = await make(model);
    await fit(model, callback);
    const result = [callback.step, callback.pruning.sparsity, (await callback.pruning.verify()).nonzero];
    callback.pruning.dispose();
    return result;
  });

/** A model whose second unit of a is 0 and goes: a is then [[3], [-1], [1]], b [1]. */
const withoutUnit = <T>(then: (model: tf.Sequential) => T | Promise<T>) =>
  pruned({ count: 1, structure: 'unit', filter: 'a/kernel' }, then);
const COUNTS = {
  before: { units: 3, parameters: 11, bytes: 44 },
  after: { units: 2, parameters: 6, bytes: 24 },
};

/** What is worse with each zero in a. */
const zerosOfA = async (model: tf.LayersModel): Promise<number> => {
  const value = weightsOf(model, 'a/kernel')[0]!.read();
  const zeros = (await value.data()).filter((v) => v === 0).length;
  value.dispose();
  return -zeros;
};

testContracts('@weightkit/pruning', kit, [
  {
    name: 'applyMasks',
    title: 'holds the zeros that masks as plain data say',
    value: () =>
      withModel(async (model) => {
        const pruning = kit.applyMasks(model, await halfMasks(model));
        const result = [predict(model), await pruning.verify(), pruning.toJSON().masks];
        pruning.dispose();
        return result;
      }),
    // a keeps entries 0, 2 and 5, b the second: bits 1 + 4 + 32 and 2.
    reference: [
      [12],
      { pruned: 4, nonzero: 0, first: null },
      { 'a/kernel': { shape: [3, 2], bits: btoa('%') }, 'b/kernel': { shape: [2, 1], bits: btoa('\u0002') } },
    ],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.applyMasks(model, {} as never)), 'applyMasks: masks must hold masks by path'],
      [
        () => withModel(async (model) => kit.applyMasks(model, { ...(await halfMasks(model)), structure: 'unit' })),
        'applyMasks: masks must have one for each weight of their structure, got none for a/bias',
      ],
    ],
  },
  {
    name: 'batchNormScale',
    title: 'is the size of gamma behind a unit',
    value: async () => {
      const model = tf.sequential({
        layers: [
          tf.layers.dense({ units: 2, inputShape: [2], name: 'a' }),
          tf.layers.batchNormalization({ gammaInitializer: tf.initializers.constant({ value: -3 }) }),
        ],
      });
      const score = kit.batchNormScale(model);
      const [kernel] = weightsOf(model, 'a/kernel');
      const value = tf.tidy(() => score(kernel!.read(), { path: 'a/kernel' }));
      model.dispose();
      return value;
    },
    reference: [3, 3, 3, 3],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.batchNormScale(model)),
        'batchNormScale: model must have a BatchNorm with a gamma behind a layer',
      ],
    ],
  },
  {
    name: 'chooseSparsity',
    title: 'takes from the layer that matters less, for a drop that is measured',
    value: () =>
      withModel(async (model) => {
        const found = await kit.sensitivity(model, { evaluate: zerosOfA, sparsities: [0.5] });
        const { sparsity, drop } = await kit.chooseSparsity(model, found, { drop: 0, evaluate: zerosOfA });
        return [sparsity['a/kernel']! < 0.25, sparsity['b/kernel']! > 0, drop];
      }),
    // Half of b may go for nothing, and of a no entry but the one that is 0 as it is.
    reference: [true, true, 0],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.chooseSparsity(model, { baseline: 0, layers: [] }, { gzip: 100 })),
        'chooseSparsity: sensitivity must be of this model and rule, of a/kernel (',
      ],
      [() => withModel((model) => kit.chooseSparsity(model, {} as never, { gzip: 0 })), 'chooseSparsity: gzip must be'],
    ],
  },
  {
    name: 'constantSparsity',
    title: 'has its sparsity at its turns only',
    value: () => [0, 1, 2, 3, 4, 5].map(kit.constantSparsity({ sparsity: 0.5, begin: 1, end: 4, frequency: 3 })),
    reference: [undefined, 0.5, undefined, undefined, 0.5, undefined],
    tolerance: EXACT,
    rejects: [[() => kit.constantSparsity({ sparsity: 1 }), 'constantSparsity: sparsity must be in [0, 1), got 1']],
  },
  {
    // Densities proportional to (in + out) / (in * out), 7/12 and 2: 12 * 7/12 e + 1 * 2 e = 6.5 has e = 13/18, so 2 e is more than 1.
    name: 'erk',
    title: 'shares sparsity out by shapes, small layers dense',
    value: () =>
      kit.erk(
        [
          [3, 4],
          [1, 1],
        ],
        { sparsity: 0.5 },
      ),
    reference: [1 - 5.5 / 12, 0],
    tolerance: HOST,
    rejects: [[() => kit.erk([[1]], { sparsity: 1 }), 'erk: sparsity must be in [0, 1), got 1']],
  },
  {
    // Columns [0, 0], [3, 4] and [0, 0]: their distances are 0 and 5.
    name: 'fpgm',
    title: 'adds up the distances to all other filters',
    value: () => withTensors([tf.tensor2d([0, 3, 0, 0, 4, 0], [2, 3])], (w) => kit.fpgm(w)),
    reference: [5, 10, 5, 5, 10, 5],
    tolerance: chained(4, 10),
    rejects: [[() => onVector((w) => kit.fpgm(w)), 'fpgm: w must have rank 2 or more']],
  },
  {
    // The output is x A B: by a it changes as x_i b_j, by b as what layer a gives, 4 and -4.
    name: 'gradient',
    title: 'scores by the gradients of the loss',
    value: () => scoredBy(kit.gradient),
    reference: [
      [1, 2, 2, 4, 3, 6],
      [4, 4],
    ],
    tolerance: EXACT,
    rejects: [[() => unmade(kit.gradient), 'gradient: model must be compiled, or loss be given, got neither']],
  },
  {
    // The loss is (x A B)² / 2, 12 at first: g is 12 times the gradients of the output, [1, 2, 3] by [1, -2] and [4, -4], and H g has
    // d g = (∇y · g) ∇y + y ∇²y g, of which ∇y · g = 12 (70 + 32) = 1224. By b: 1224 [4, -4] + 12 · 12 · 14 [1, -2].
    name: 'grasp',
    title: 'is w times Hessian times gradient',
    value: () =>
      withModel((model) =>
        withTensors([input(), tf.zeros([1, 1])], async (x, y) => {
          const half = (_: tf.Tensor, prediction: tf.Tensor) => tf.div(tf.square(prediction), 2);
          const score = await kit.grasp(model, { x, y, loss: half });
          return tf.tidy(() => score(weightsOf(model, 'b/kernel')[0]!.read(), { path: 'b/kernel' }));
        }),
      ),
    reference: [1224 * 4 + 2016, -2 * (-1224 * 4 - 2 * 2016)],
    tolerance: {
      atMost: 2 ** -8 * 17_856,
      because: 'a central difference: 2^-16 of third derivatives of up to 2^8 of it',
    },
    rejects: [[() => unmade(kit.grasp), 'grasp: model must be compiled, or loss be given, got neither']],
  },
  {
    name: 'groupLasso',
    title: 'makes units exactly 0 where it is strong enough',
    value: () =>
      withModel(async (model) => {
        const lasso = kit.groupLasso(model, { strength: 1e6, filter: 'a/kernel' });
        await fit(model, lasso);
        const result = await lasso.groups();
        lasso.dispose();
        return result;
      }),
    reference: [{ path: 'a/kernel', groups: 2, zero: [0, 1] }],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.groupLasso(model, { strength: -1 })),
        'groupLasso: strength must be finite, 0 or more, got -1',
      ],
    ],
  },
  {
    name: 'hardConcrete',
    title: 'is 0 and 1 beyond its ends, 1/2 in the middle',
    value: () =>
      withTensors([tf.tensor1d([-80, 0, 80])], (logAlpha) => kit.hardConcrete(logAlpha, { gamma: -0.5, zeta: 1.5 })),
    reference: [0, 0.5, 1],
    tolerance: EXACT,
    rejects: [
      [
        () => withTensors([tf.tensor1d([0])], (logAlpha) => kit.hardConcrete(logAlpha, { beta: 0 })),
        'hardConcrete: beta must be finite and above 0, got 0',
      ],
    ],
  },
  {
    name: 'l0Gates',
    title: 'puts a gate on each unit, and all are open at first',
    value: () =>
      withModel(async (model) => {
        const gates = kit.l0Gates(model, { strength: 1, seed: 1, filter: 'a/kernel' });
        const [{ path, gates: count, zero }] = (await gates.kernels()) as [kit.L0Kernel];
        gates.restore();
        return { path, count, zero };
      }),
    reference: { path: 'a/kernel', count: 2, zero: [] },
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.l0Gates(model, { strength: -1, seed: 1 })),
        'l0Gates: strength must be finite, 0 or more, got -1',
      ],
    ],
  },
  {
    name: 'lotteryTicket',
    title: 'prunes the trained weights and rewinds to the first ones',
    value: () =>
      withModel(async (model) => {
        const train = (net: unknown) => withTensors([predict(net as tf.Sequential)], async (y) => (await y.data())[0]);
        const rounds = kit.lotteryTicket(model, { train, rounds: 1, fraction: 0.5, scope: 'layer' });
        const seen = [];
        for await (const { sparsity, result } of rounds) seen.push([sparsity, result]);
        return seen;
      }),
    // Of equal entries the first stay: a becomes [[3, 0], [-1, 0], [0, -2]] and b [0, -2].
    reference: [
      [0, 12],
      [0.5, 12],
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.lotteryTicket(model, { train: () => 0, rounds: 1, fraction: 1 })),
        'lotteryTicket: fraction must be in (0, 1), got 1',
      ],
    ],
  },
  {
    name: 'magnitude',
    title: 'is |w|',
    value: () => onVector(kit.magnitude),
    reference: [3, 1, 2, 4],
    tolerance: EXACT,
    rejects: 'it is tf.abs, which checks its argument',
  },
  {
    name: 'mask',
    title: 'has exactly so many zeros, at the smallest',
    value: () => onVector((w) => kit.mask(w, { sparsity: 0.5 })),
    reference: [1, 0, 0, 1],
    tolerance: EXACT,
    rejects: [
      [() => onVector((w) => kit.mask(w, { count: 5 })), 'mask: count must be at most 4, the number of entries of w'],
      [
        () => withTensors([tf.tensor1d([1, Number.NaN])], (w) => kit.mask(w, { count: 1 })),
        'mask: weights must be finite, got NaN at w[1]',
      ],
    ],
  },
  {
    name: 'nOfMSteps',
    title: 'has the sparsities of 3 of 4 and 2 of 4 at its turns',
    value: () => [0, 1, 2, 3, 4, 5].map(kit.nOfMSteps({ n: [3, 2], m: 4, begin: 1, frequency: 3 })),
    reference: [undefined, 0.25, undefined, undefined, 0.5, undefined],
    tolerance: EXACT,
    rejects: [[() => kit.nOfMSteps({ n: 5, m: 4 }), 'nOfMSteps: n must be an integer from 1 to 4']],
  },
  {
    name: 'oneCycle',
    title: 'follows the law of Hubens et al.',
    value: () => [0, 500, 501, 1000].map(kit.oneCycle({ final: 0.75, end: 1000 })),
    reference: [
      (0.75 * (1 + Math.exp(-9))) / (1 + Math.exp(5)),
      (0.75 * (1 + Math.exp(-9))) / (1 + Math.exp(-2)),
      undefined,
      0.75,
    ],
    tolerance: HOST,
    rejects: [[() => kit.oneCycle({ final: 0.5, end: 10, alpha: 0 }), 'oneCycle: alpha must be finite and above 0']],
  },
  {
    // Steps 0.01 against the gradient, which is x_i b_j by a: -w times it, before the first of the steps; then what fit has moved.
    name: 'movement',
    title: 'adds up -w times the gradient',
    value: () =>
      withModel((model) =>
        withTensors([input(), tf.zeros([1, 1])], async (x, y) => {
          model.compile({ optimizer: 'sgd', loss: signed });
          const recorder = kit.movement(model);
          await model.trainOnBatch(x, y);
          const scores = kernelScores(model, await recorder.score());
          recorder.dispose();
          return scores;
        }),
      ),
    reference: [
      [-3, 0, 2, 4, -3, -12],
      [-4, -8],
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.movement(model)),
        'movement: model must be compiled, got one without an optimizer',
      ],
    ],
  },
  {
    name: 'movementPruneDuring',
    title: 'prunes to the sparsity of its schedule and says where it stands',
    value: () =>
      withModel(async (model) => {
        const callback = kit.movementPruneDuring(model, (step) => [0, 0.5][step], { filter: 'a/kernel' });
        await fit(model, callback);
        const { step, scores } = await callback.state();
        const result = [step, Object.keys(scores).length, callback.pruning.report().zeros];
        callback.pruning.dispose();
        return result;
      }),
    reference: [3, 1, 3],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.movementPruneDuring(model, () => 0.5, { resume: 5 as never })),
        'movementPruneDuring: resume must be what state() gave, got 5',
      ],
    ],
  },
  {
    // One example: w² / 2 times the squares of the gradients, [1, 2, 2, 4, 3, 6] and [4, 4].
    name: 'obd',
    title: 'is half of w² times the squared gradient',
    value: () => scoredBy(kit.obd),
    reference: [
      [4.5, 0, 2, 8, 4.5, 72],
      [8, 32],
    ],
    tolerance: EXACT,
    rejects: [[() => unmade(kit.obd), 'obd: model must be compiled, or loss be given, got neither']],
  },
  {
    name: 'planShrink',
    title: 'says which units may go',
    value: () =>
      withoutUnit(async (model) => {
        const { layers, before, after } = await kit.planShrink(model);
        return [layers.map(({ path, removed }) => [path, removed]), { before, after }];
      }),
    reference: [
      [
        ['a', [1]],
        ['b', []],
      ],
      COUNTS,
    ],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.planShrink(model, { mode: 'all' as never })), 'planShrink: mode must be'],
      [() => kit.planShrink({} as never), 'planShrink: model must be a LayersModel'],
    ],
  },
  {
    name: 'polynomialDecay',
    title: 'follows the cubic law of Zhu and Gupta',
    value: () => [0, 500, 501, 1000].map(kit.polynomialDecay({ final: 0.75, end: 1000 })),
    reference: [0, 0.75 * (1 - 0.125), undefined, 0.75],
    tolerance: HOST,
    rejects: [
      [
        () => kit.polynomialDecay({ final: 0.5, end: 10, power: 0 }),
        'polynomialDecay: power must be finite and above 0',
      ],
    ],
  },
  {
    // Columns (3, 4) of norm 5 and (0.5, 0) of norm 0.5; the threshold is 2.5, half of 5.
    name: 'proxGroupLasso',
    title: 'shrinks groups by their norm, small ones to 0',
    value: () =>
      withTensors([tf.tensor2d([3, -0.5, 4, 0], [2, 2])], (w) => kit.proxGroupLasso(w, { strength: 2.5 / Math.SQRT2 })),
    reference: [1.5, 0, 2, 0],
    tolerance: chained(6, 4),
    rejects: [
      [
        () => withTensors([tf.ones([2])], (w) => kit.proxGroupLasso(w, { strength: 1, axis: 1 })),
        'proxGroupLasso: axis must be an integer in [-1, 1) or a list of these, got [1]',
      ],
    ],
  },
  {
    // Of equal entries the first stay: a becomes [[3, 0], [-1, 0], [0, -2]] and b [0, -2].
    name: 'prune',
    title: 'leaves exact zeros at the smallest, in training too',
    value: () =>
      pruned({ sparsity: 0.5 }, async (model, pruning) => {
        const before = predict(model);
        await fit(model);
        return [before, pruning.report().zeros, await pruning.verify()];
      }),
    reference: [[12], 4, { pruned: 4, nonzero: 0, first: null }],
    tolerance: EXACT,
    // x_i b_j where an entry of a was kept, 0 elsewhere.
    gradient: {
      value: () =>
        pruned({ sparsity: 0.5, filter: 'a/kernel' }, (model) =>
          gradientBy(model, weightsOf(model, 'a/kernel')[0]!.variable!),
        ),
      reference: [1, 0, 2, 0, 0, -6],
      tolerance: EXACT,
    },
    rejects: [
      [() => pruned({ sparsity: 1 }, () => 0), 'prune: sparsity must be in [0, 1), got 1'],
      [() => pruned({ count: 1, filter: 'none' }, () => 0), 'prune: filter must match a weight'],
    ],
  },
  {
    name: 'pruneDuring',
    title: 'prunes by its schedule while the model trains',
    value: () =>
      withModel(async (model) => {
        const callback = kit.pruneDuring(model, (step) => [0, undefined, 0.5, 0.5][step]);
        await fit(model, callback);
        const result = [callback.step, callback.pruning.sparsity, (await callback.pruning.verify()).nonzero];
        callback.pruning.dispose();
        return result;
      }),
    reference: [3, 0.5, 0],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.pruneDuring(model, 0.5 as never)), 'pruneDuring: schedule must be a function'],
      [
        () => withModel((model) => kit.pruneDuring(model, () => 0.5, { scope: 'all' as never })),
        "pruneDuring: scope must be 'layer', 'output', 'global', 'erk' or 'lamp'",
      ],
    ],
  },
  {
    // Half of 6 and of 2, by magnitude in two rounds, is what one round takes.
    name: 'pruneInRounds',
    title: 'prunes a part of what is left in each round',
    value: () =>
      withModel(async (model) => {
        const pruning = await kit.pruneInRounds(model, { sparsity: 0.5, rounds: 2, score: () => kit.magnitude });
        const result = [predict(model), pruning.report().zeros, await pruning.verify()];
        pruning.dispose();
        return result;
      }),
    reference: [[12], 4, { pruned: 4, nonzero: 0, first: null }],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.pruneInRounds(model, { sparsity: 1, score: () => kit.magnitude })),
        'pruneInRounds: sparsity must be in [0, 1), got 1',
      ],
    ],
  },
  {
    // By |w| times 1, 2, 3 of each output two of a's three go, [3, 2, 3] and [0, 2, 6]; of equal ones the first stays. b then sees 3 and -6.
    name: 'pruneOneShot',
    title: 'prunes each layer by what the pruned ones before it give',
    value: () =>
      withModel((model) =>
        withTensors([input()], async (x) => {
          const pruning = await kit.pruneOneShot(model, { x }, { sparsity: 0.6, method: 'wanda' });
          const result = [
            predict(model),
            pruning.layers.map(({ path, zeros }) => [path, zeros]),
            await pruning.verify(),
          ];
          pruning.dispose();
          return result;
        }),
      ),
    reference: [
      [12],
      [
        ['a/kernel', 4],
        ['b/kernel', 1],
      ],
      { pruned: 5, nonzero: 0, first: null },
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => withTensors([input()], (x) => withModel((model) => kit.pruneOneShot(model, { x }, { sparsity: 1 }))),
        'pruneOneShot: sparsity must be in [0, 1), got 1',
      ],
      [
        () =>
          withTensors([tf.fill([1, 3], Number.NaN)], (x) =>
            withModel((model) => kit.pruneOneShot(model, { x }, { sparsity: 0.5 })),
          ),
        'pruneOneShot: activations must be finite, got NaN at the input of a/kernel[0]',
      ],
    ],
  },
  {
    name: 'random',
    title: 'has the scores of JAX, whatever the weight',
    value: () => scored(0),
    reference: JAX_UNIFORM,
    tolerance: EXACT,
    rejects: [[() => scored(0.5), 'random: seed must be a safe integer, got 0.5']],
  },
  {
    name: 'rigl',
    title: 'keeps the number of connections while they move',
    value: () => rewired((model) => kit.rigl(model, { sparsity: 0.5, begin: 1, frequency: 1, end: 3, seed: 1 })),
    reference: [3, 0.5, 0],
    tolerance: EXACT,
    rejects: [
      [
        () => rewired((model) => kit.rigl(model, { sparsity: 1, end: 3, frequency: 1, seed: 1 })),
        'rigl: sparsity must be in [0, 1), got 1',
      ],
    ],
  },
  {
    name: 'shrink',
    title: 'gives a model without the units of 0',
    value: () =>
      withoutUnit(async (model) => {
        const { model: small, certificate } = await kit.shrink(model);
        const result = [predict(small), certificate];
        small.dispose();
        return result;
      }),
    reference: [[4], { probes: 4, largest: 0, relative: 0, sameTop: 1, ...COUNTS }],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.shrink(model)), 'shrink: model must have a unit that can go, got none'],
      [
        () => withoutUnit((model) => kit.shrink(model, { tolerance: -1 })),
        'shrink: tolerance must be a number of 0 or more',
      ],
    ],
  },
  {
    name: 'sensitivity',
    title: 'says what the zeros of each layer cost',
    value: () =>
      withModel(async (model) => {
        const { baseline, layers } = await kit.sensitivity(model, { evaluate: zerosOfA, sparsities: [0.5] });
        return [baseline, layers.map(({ name, groups, points }) => [name, groups, points.map(({ drop }) => drop)])];
      }),
    // One entry of a is 0 as it is.
    reference: [
      -1,
      [
        ['a/kernel', 6, [2]],
        ['b/kernel', 2, [0]],
      ],
    ],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.sensitivity(model, {} as never)), 'sensitivity: evaluate must be a function'],
    ],
  },
  {
    name: 'sparseEvolution',
    title: 'keeps the number of connections while they move',
    value: () => rewired((model) => kit.sparseEvolution(model, { sparsity: 0.5, frequency: 1, seed: 1 })),
    reference: [3, 0.5, 0],
    tolerance: EXACT,
    rejects: [
      [
        () => rewired((model) => kit.sparseEvolution(model, { sparsity: 0.5, seed: 1, fraction: 2 })),
        'sparseEvolution: fraction must be in (0, 1], got 2',
      ],
    ],
  },
  {
    // |w g| is [3, 0, 2, 4, 3, 12] and [4, 8], of which the sum is 36.
    name: 'snip',
    title: 'is the share in what the loss depends on',
    value: () => scoredBy(kit.snip),
    reference: [[3, 0, 2, 4, 3, 12].map((v) => v / 36), [4, 8].map((v) => v / 36)],
    tolerance: chained(1, 1),
    rejects: [[() => unmade(kit.snip), 'snip: model must be compiled, or loss be given, got neither']],
  },
  {
    // |A| is [3, 0, 1, 1, 1, 2], |B| [1, 2]: through a's columns flow 5 and 3 · 2, 11 in all.
    name: 'synFlow',
    title: 'is the share of what flows',
    value: () => withModel(async (model) => kernelScores(model, await kit.synFlow(model))),
    reference: [[3, 0, 1, 2, 1, 4].map((v) => v / 11), [5, 6].map((v) => v / 11)],
    tolerance: chained(8, 1),
    rejects: [
      [
        () =>
          withTensors([tf.tensor2d([Number.NaN, 1], [2, 1]), tf.zeros([1])], (bad, zero) =>
            withModel((model) => {
              model.layers[1]!.setWeights([bad, zero]);
              return kit.synFlow(model);
            }),
          ),
        'synFlow: weights must be finite, got NaN at b/kernel[0]',
      ],
    ],
  },
  {
    name: 'softPruneDuring',
    title: 'sets units to 0 at its turns and lets them learn on until harden',
    value: () =>
      withModel(async (model) => {
        const callback = kit.softPruneDuring(model, (step) => [0.5, undefined][step], { filter: 'a/kernel' });
        await fit(model, callback);
        callback.harden();
        const result = [
          callback.step,
          callback.pruning.report().groups.length,
          (await callback.pruning.verify()).nonzero,
        ];
        callback.pruning.dispose();
        return result;
      }),
    reference: [3, 1, 0],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.softPruneDuring(model, () => 0.5, { structure: { n: 1, m: 2 } })),
        'softPruneDuring: structure must not be { n, m }',
      ],
    ],
  },
  {
    name: 'taylor',
    title: 'scores by weights times gradients',
    value: () => scoredBy(kit.taylor),
    reference: [
      [3, 0, 2, 4, 3, 12],
      [4, 8],
    ],
    tolerance: EXACT,
    rejects: [[() => unmade(kit.taylor), 'taylor: model must be compiled, or loss be given, got neither']],
  },
  {
    // Inputs 1, 2, 3 and then 4, -4.
    name: 'wanda',
    title: 'is |w| times the norm of its input',
    value: () =>
      withModel((model) => withTensors([input()], async (x) => kernelScores(model, await kit.wanda(model, { x })))),
    reference: [
      [3, 0, 2, 2, 3, 6],
      [4, 8],
    ],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.wanda(model, {} as never)), 'wanda: x must be'],
      [
        () => withTensors([tf.fill([1, 3], Number.NaN)], (x) => withModel((model) => kit.wanda(model, { x }))),
        'wanda: activations must be finite, got NaN at the input of a/kernel[0]',
      ],
    ],
  },
]);
