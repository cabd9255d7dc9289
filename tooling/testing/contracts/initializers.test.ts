import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/initializers';
import { fillUniform, haarOrthogonal, randomKey } from '@weightkit/numerics';
import { type Contract, type Tolerance, testContracts } from '../src/contracts.ts';
import { A, chained, EXACT, input, withModel, withTensors } from './fixtures.ts';

interface Case {
  law: string;
  config: Record<string, number | string>;
  seed: number;
  shape: number[];
  values: number[];
}

/** What JAX gives for the same seed; golden/initializers.py says how it was made. */
const CASES: Case[] = JSON.parse(
  readFileSync(new URL('../../../packages/initializers/test/golden/jax.json', import.meta.url), 'utf8'),
).cases;
const caseOf = (law: string): Case => CASES.find((one) => one.law === law)!;
/** JSON has the shortest decimals that name the float32 values. */
const floats = (values: Iterable<number>): number[] => Array.from(Float32Array.from(values));

const HERE: Tolerance = { atMost: 0, because: 'the bits of JAX, made on the host' };
// See packages/initializers/test/variance-scaling.test.ts: 8.5 ulp of values below 1, and 2^-22 in the uniform variate times the
// quantile's slope, at most 9.3 within two standard deviations, of scales up to 1.
const QUANTILE: Tolerance = {
  atMost: 8.5 * 2 ** -23 + 9.3 * 2 ** -22,
  because: "JAX's quantile is another approximation of the same function",
};
const QR: Tolerance = { atMost: 1.5 * 7.6 * Math.sqrt(60) * 2 ** -24, because: "JAX's QR is in float32" };

/** A law against JAX's values for the same seed. */
function jax(
  name: string,
  make: (config: never) => kit.Initializer,
  tolerance: Tolerance,
  rejects: Contract['rejects'],
): Contract {
  const { config, seed, shape, values } = caseOf(name);
  const made = () => (Object.keys(config).length === 0 ? (make as () => kit.Initializer)() : make(config as never));
  return {
    name,
    title: `has the values of JAX for seed ${seed}`,
    value: () => made()(shape, { seed }),
    reference: floats(values),
    tolerance,
    rejects,
  };
}

/** A law that needs no options against JAX's values. */
const recipe = (name: string, make: () => kit.Initializer, tolerance: Tolerance): Contract =>
  jax(name, make, tolerance, [
    [() => (make as (options: object) => unknown)({ seed: 1 }), `${name}: options must be among compat`],
    [() => make()([-1]), `${name}: shape must be a list of sizes`],
  ]);

const same = (name: string, make: () => kit.Initializer, value: number, rejects: Contract['rejects']): Contract => ({
  name,
  title: `is ${value} everywhere`,
  value: () => make()([2, 3]),
  reference: Array(6).fill(value),
  tolerance: EXACT,
  rejects,
});

const NONE = [0, 0, 0, 0];

/** Inputs on which layer a of the model of `withModel` gives [4, -4] and [-1, 1], and layer b 12 and -3. */
const pair = (): tf.Tensor => tf.tensor2d([1, 2, 3, 0, 1, 0], [2, 3]);

testContracts('@weightkit/initializers', kit, [
  same('constant', () => kit.constant({ value: 0.25 }), 0.25, [
    [() => kit.constant({ value: Number.NaN }), 'constant: value must be a finite float32, got NaN'],
  ]),
  same('ones', kit.ones, 1, [[() => kit.ones()([0.5]), 'ones: shape must be a list of sizes']]),
  same('zeros', kit.zeros, 0, [[() => kit.zeros()([2], { seed: 0.5 }), 'zeros: seed must be a safe integer, got 0.5']]),
  {
    name: 'initialize',
    title: 'gives each weight the first law that matches its path',
    value: () =>
      withModel((model) => {
        const { initialized, skipped } = kit.initialize(model, {
          'a/*': kit.ones(),
          '**/kernel': kit.constant({ value: 0.5 }),
        });
        const values = model.getWeights().map((value) => value.clone());
        return [initialized.map(({ path, std }) => [path, std]), skipped.map(({ path }) => path), values];
      }),
    reference: [
      [
        ['a/kernel', 0],
        ['a/bias', 0],
        ['b/kernel', 0],
      ],
      ['b/bias'],
      [[1, 1, 1, 1, 1, 1], [1, 1], [0.5, 0.5], [0]],
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.initialize(model, { 'c/*': kit.ones() })),
        'initialize: pattern must match a weight',
      ],
      [() => withModel((model) => kit.initialize(model, kit.ones(), { seed: 0.5 })), 'initialize: seed must be a safe'],
    ],
  },
  {
    // ln U(1, 2): the uniform variates are tested against JAX above, the same key here.
    name: 'chronoBias',
    title: 'is ln U(1, longest - 1) for forget gates and its negative for input gates',
    value: () => kit.chronoBias({ longest: 3 })([8], { seed: 3 }),
    reference: (() => {
      const logs = Array.from(fillUniform(new Float32Array(2), randomKey(3), { min: 1, max: 2 }), Math.log);
      return [...logs.map((log) => -log), ...logs, ...NONE];
    })(),
    tolerance: { atMost: 2 ** -24, because: 'one rounding to float32 of a number below 1' },
    rejects: [
      [() => kit.chronoBias({ longest: 1 }), 'chronoBias: longest must be an integer from 2 to 2^24, got 1'],
      [() => kit.chronoBias({ longest: 9 })([6]), "chronoBias: shape must be an LSTM's bias"],
    ],
  },
  {
    name: 'forgetBias',
    title: 'is the value in the second quarter, the forget gates',
    value: () => kit.forgetBias({ value: 3 })([8]),
    reference: [0, 0, 3, 3, ...NONE],
    tolerance: EXACT,
    rejects: [
      [() => kit.forgetBias({ value: Number.NaN }), 'forgetBias: value must be a finite float32, got NaN'],
      [() => kit.forgetBias()([6]), "forgetBias: shape must be an LSTM's bias"],
    ],
  },
  {
    name: 'recommend',
    title: 'goes by the activation of each layer',
    value: () => withModel((model) => kit.recommend(model).map(({ path, law, activation }) => [path, law, activation])),
    reference: [
      ['a/kernel', 'glorotUniform', 'linear'],
      ['b/kernel', 'glorotUniform', 'linear'],
    ],
    tolerance: EXACT,
    rejects: [[() => kit.recommend(null as never), 'recommend: source must be a tfjs layer or LayersModel, got null']],
  },
  {
    name: 'siren',
    title: 'is uniform between ±1 / fanIn in the first layer',
    value: () => kit.siren({ first: true })([4, 3], { seed: 7 }),
    reference: Array.from(fillUniform(new Float32Array(12), randomKey(7), { min: -1, max: 1 }), (u) => u / 4),
    tolerance: EXACT,
    rejects: [[() => kit.siren({ omega: 0 }), 'siren: omega must be finite and above 0, got 0']],
  },
  {
    // Layer a's units have means ±1.5 and deviations 2.5. Layer b then gets ±(1, -1) and gives ±3.
    name: 'dataDependent',
    title: 'gives each unit mean 0 and standard deviation 1 on the batch',
    value: () =>
      withModel((model) =>
        withTensors([pair()], async (x) => {
          const { converged, skipped } = await kit.dataDependent(model, x);
          const values = model.getWeights().map((value) => value.clone());
          return [converged, skipped, values];
        }),
      ),
    reference: [true, [], [A.map((w) => w / 2.5), [-0.6, 0.6], [1 / 3, -2 / 3], [0]]],
    tolerance: chained(12, 4),
    rejects: [
      [
        () => withModel((model) => kit.dataDependent(model, 1 as never)),
        'dataDependent: batch must be a tensor or a list of tensors',
      ],
      [
        () => withModel((model) => withTensors([input()], (x) => kit.dataDependent(model, x, { filter: 'a/bias' }))),
        'dataDependent: model must have a dense or convolution layer',
      ],
    ],
  },
  {
    name: 'deltaOrthogonal',
    title: 'is the orthogonal matrix in the middle of the window',
    value: () => kit.deltaOrthogonal({ gain: 2 })([3, 2, 2], { seed: 4 }),
    reference: [NONE, floats(haarOrthogonal(2, 2, randomKey(4)).map((value) => 2 * value)), NONE].flat(),
    tolerance: EXACT,
    rejects: [[() => kit.deltaOrthogonal()([3, 3]), 'deltaOrthogonal: shape must be a convolution']],
  },
  {
    name: 'dirac',
    title: 'is 1 at the middle from each input to its output',
    value: () => kit.dirac()([3, 2, 2]),
    reference: [NONE, [1, 0, 0, 1], NONE].flat(),
    tolerance: EXACT,
    rejects: [[() => kit.dirac({ groups: 0.5 }), 'dirac: groups must be an integer of 1 or more, got 0.5']],
  },
  {
    name: 'gain',
    title: 'is sqrt 2 for relu by name, 1 / sqrt(E z^4) = 1 / sqrt 3 for a square',
    value: () => [kit.gain('relu'), kit.gain((z) => z * z)],
    reference: [Math.SQRT2, 1 / Math.sqrt(3)],
    tolerance: {
      atMost: 1e-14,
      because: 'two roundings of quadrature and root; see packages/core/test/gains/gain.test.ts',
    },
    rejects: [[() => kit.gain('softmax'), 'gain: activation must be leakyRelu, elu']],
  },
  {
    name: 'identity',
    title: 'is the gain on the diagonal of a rectangle',
    value: () => kit.identity({ gain: 3 })([2, 3]),
    reference: [3, 0, 0, 0, 3, 0],
    tolerance: EXACT,
    rejects: [[() => kit.identity()([2]), 'identity: shape must have rank 2, got [2]']],
  },
  {
    name: 'sparse',
    title: 'has the rounded-up share of zeros in every column',
    value: () => {
      const zerosOf = (values: tf.Tensor) => tf.sum(tf.cast(tf.equal(values, 0), 'float32'), 0);
      return tf.tidy(() => zerosOf(kit.sparse({ sparsity: 0.5 })([5, 3], { seed: 2 })));
    },
    reference: [3, 3, 3],
    tolerance: EXACT,
    rejects: [[() => kit.sparse({ sparsity: 1 }), 'sparse: sparsity must be in [0, 1), got 1']],
  },
  {
    // Layer a gives 4, -4, -1 and 1, layer b 12 and -3. Kernel squares: 16 / 6 and 5 / 2; inputs 15 / 6.
    name: 'signalReport',
    title: 'has variances by theory and on the batch, and χ1 of linear layers',
    value: () =>
      withModel((model) =>
        withTensors([pair()], async (x) => {
          const { layers } = await kit.signalReport(model, x);
          return layers.map(({ path, forward, chi }) => [path, forward.predicted, forward.measured, chi]);
        }),
      ),
    reference: [
      ['a', 3 * (16 / 6) * (15 / 6), 8.5, null],
      ['b', 2 * (5 / 2) * 20, 56.25, 5],
    ],
    tolerance: chained(12, 100),
    leaks: () => withModel((model) => withTensors([pair()], (x) => kit.signalReport(model, x))),
    rejects: [
      [
        () => withModel((model) => kit.signalReport(model, undefined, { inputSquare: Number.NaN })),
        'signalReport: inputSquare must be above 0 and finite, got NaN',
      ],
      [() => kit.signalReport(3 as never), 'signalReport: model must be a LayersModel, got 3'],
    ],
  },
  {
    name: 'fromManifest',
    title: 'makes a weight again from a report that has been through JSON',
    value: () =>
      withModel((model) => {
        const { initialized } = kit.initialize(model, kit.heUniform(), { seed: 5 });
        const entry: kit.InitializedWeight = JSON.parse(JSON.stringify(initialized))[0];
        return tf.tidy(() => tf.sub(kit.fromManifest(entry), model.getWeights()[0]!));
      }),
    reference: Array(6).fill(0),
    tolerance: EXACT,
    rejects: [[() => kit.fromManifest({} as never), 'fromManifest: entry must say what made the values']],
  },
  {
    // Layer a gives 4, -4, -1 and 1: variance 8.5. Layer b gives 12 and -3, over its root once a is scaled.
    name: 'lsuv',
    title: 'scales each kernel to variance 1 of what its layer gives on the batch',
    value: () =>
      withModel((model) =>
        withTensors([pair()], async (x) => {
          const { layers } = await kit.lsuv(model, x, { start: null });
          return layers.map(({ path, scale, varianceBefore, varianceAfter }) => [
            path,
            scale,
            varianceBefore,
            varianceAfter,
          ]);
        }),
      ),
    reference: [
      ['a', 1 / Math.sqrt(8.5), 8.5, 1],
      ['b', Math.sqrt(8.5) / 7.5, 56.25, 1],
    ],
    tolerance: chained(12, 56.25),
    rejects: [
      [
        () => withModel((model) => withTensors([input()], (x) => kit.lsuv(model, x, { tolerance: 1 }))),
        'lsuv: tolerance must be above 0 and below 1, got 1',
      ],
      [
        () => withModel((model) => withTensors([tf.fill([1, 3], Number.NaN)], (x) => kit.lsuv(model, x))),
        'lsuv: outputs before the activation must be finite, got NaN at a[0]',
      ],
    ],
  },
  jax('normal', kit.normal, QUANTILE, [[() => kit.normal({ std: -1 }), 'normal: std must be 0 or more, got -1']]),
  jax('orthogonal', kit.orthogonal, QR, [
    [() => kit.orthogonal()([4]), 'orthogonal: shape must have rank 2 or more, got [4]'],
  ]),
  recipe('glorotNormal', kit.glorotNormal, QUANTILE),
  recipe('glorotUniform', kit.glorotUniform, HERE),
  recipe('heNormal', kit.heNormal, QUANTILE),
  recipe('heUniform', kit.heUniform, HERE),
  recipe('lecunNormal', kit.lecunNormal, QUANTILE),
  recipe('lecunUniform', kit.lecunUniform, HERE),
  {
    // sqrt(3 / n) is the limit of LeCun's law, 1 / sqrt(n) of this one, over the same uniform variates.
    name: 'torchDefault',
    title: "is LeCun's uniform law over sqrt 3",
    value: () => kit.torchDefault()(caseOf('lecunUniform').shape, { seed: caseOf('lecunUniform').seed }),
    reference: floats(caseOf('lecunUniform').values).map((value) => value / Math.sqrt(3)),
    tolerance: { atMost: 2 ** -22, because: 'four float32 roundings of numbers below 1' },
    rejects: [[() => kit.torchDefault()([4]), 'torchDefault: shape must have rank 2 or more unless fans are given']],
  },
  jax('truncatedNormal', kit.truncatedNormal, QUANTILE, [
    [() => kit.truncatedNormal({ lower: 1, upper: 1 }), 'truncatedNormal: lower must be below upper, got [1, 1]'],
  ]),
  jax('uniform', kit.uniform, HERE, [
    [() => kit.uniform({ min: 1, max: 0.5 }), 'uniform: min must be at most max, got [1, 0.5]'],
  ]),
  jax('varianceScaling', kit.varianceScaling, QUANTILE, [
    [() => kit.varianceScaling({ scale: 0 }), 'varianceScaling: scale must be finite and above 0, got 0'],
    [
      () => kit.varianceScaling({ mode: 'fan' as never }),
      'varianceScaling: mode must be fanIn, fanOut, fanAvg, fanGeoAvg, got "fan"',
    ],
  ]),
]);
