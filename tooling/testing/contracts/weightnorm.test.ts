import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/weightnorm';
import { type Tolerance, testContracts } from '../src/contracts.ts';
import { chained, EXACT, gradientBy, predict, withModel, withTensors } from './fixtures.ts';

const normalized = (v: number[][], g: number[]) =>
  withTensors([tf.tensor2d(v), tf.tensor1d(g)], (direction, length) => kit.normalizeWeight(direction, length));

// Layer a sums 3 products up to 4, layer b 2 up to 8, and each entry of a kernel is off by 2^-22 of 3 as documented, on WebGPU
// by its divisions and roots up to 4 times that; the products take no more than 2^4 of it to the output.
const INSTALLED: Tolerance = { atMost: 2 ** -14, because: '2^-20 of 3 in each of 8 entries, times 2^4 at the output' };

testContracts('@weightkit/weightnorm', kit, [
  {
    name: 'normalizeWeight',
    title: 'has the lengths of g',
    value: () =>
      normalized(
        [
          [3, 0],
          [4, -2],
        ],
        [10, 5],
      ),
    reference: [6, 0, 8, -5],
    tolerance: chained(4, 10),
    // Of the sum of w: dw = 1, v^ = [0.6, 0.8], v^ · dw = 1.4, and g / |v| (dw - 1.4 v^).
    gradient: {
      value: () =>
        withTensors([tf.tensor2d([[3], [4]]), tf.tensor1d([10])], (v, g) => {
          const [dv, dg] = tf.grads((x, y) => tf.sum(kit.normalizeWeight(x, y)))([v, g]);
          return [dv, dg] as never;
        }),
      reference: [[0.32, -0.24], [1.4]],
      tolerance: chained(8, 2),
    },
    rejects: [
      [() => normalized([[3], [4]], [1, 2]), 'normalizeWeight: g must have shape [1], got [2]'],
      [
        () => withTensors([tf.tensor2d([[1]])], (v) => kit.normalizeWeight(v, v, { axis: 2 })),
        'normalizeWeight: axis must be an integer in [-2, 2), got 2',
      ],
    ],
  },
  {
    name: 'spectralVectors',
    title: 'are those of the largest singular value',
    value: () =>
      withTensors([tf.tensor2d([4, 0, 0, 1], [2, 2])], (w) => {
        const { u, v } = kit.spectralVectors(w);
        const squares = [tf.square(u), tf.square(v)];
        tf.dispose([u, v]);
        return squares as never;
      }),
    reference: [
      [1, 0],
      [1, 0],
    ],
    // What is left of the other value is (1 / 4)^30 of it.
    tolerance: chained(8, 2),
    rejects: [
      [
        () => withTensors([tf.tensor2d([[1]])], (w) => kit.spectralVectors(w, { iterations: 0 }).u),
        'spectralVectors: iterations must be an integer of 1 or more, got 0',
      ],
    ],
  },
  {
    name: 'spectralNormalize',
    title: 'divides by vᵀ W u',
    value: () =>
      withTensors([tf.tensor2d([4, 0, 2, 1], [2, 2]), tf.tensor1d([1, 0])], (w, u) =>
        kit.spectralNormalize(w, { u, v: u }),
      ),
    reference: [1, 0, 0.5, 0.25],
    tolerance: chained(4, 1),
    // Of the sum, 7 / 4: (1 − 7 / 4) / 4 at the place of σ, 1 / 4 elsewhere.
    gradient: {
      value: () =>
        withTensors([tf.tensor2d([4, 0, 2, 1], [2, 2]), tf.tensor1d([1, 0])], (w, u) =>
          tf.grad((x) => tf.sum(kit.spectralNormalize(x, { u, v: u })))(w),
        ),
      reference: [-0.1875, 0.25, 0.25, 0.25],
      tolerance: chained(8, 2),
    },
    rejects: [
      [
        () =>
          withTensors([tf.tensor2d([4, 0, 2, 1], [2, 2]), tf.tensor1d([1])], (w, u) =>
            kit.spectralNormalize(w, { u, v: u }),
          ),
        'spectralNormalize: u must have shape [2], got [1]',
      ],
    ],
  },
  {
    name: 'spectralNorm',
    title: 'makes σ of each kernel 1, and restore gives the prediction back',
    value: () =>
      withModel((model) => {
        const norm = kit.spectralNorm(model.layers[1]!);
        const during = predict(model);
        norm.restore();
        return [during, predict(model)];
      }),
    // σ of [1, −2] is √5.
    reference: [[12 / Math.sqrt(5)], [12]],
    tolerance: chained(12, 12),
    gradient: {
      value: () => withModel((model) => gradientBy(model, kit.spectralNorm(model.layers[1]!).raw)),
      // x / |w| − w (w · x) / |w|³ with the input x = [4, −4] and w = [1, −2].
      reference: [4 / Math.sqrt(5) - 12 / 5 ** 1.5, -4 / Math.sqrt(5) + 24 / 5 ** 1.5],
      tolerance: chained(16, 12),
    },
    rejects: [
      [
        () => withModel((model) => kit.spectralNorm(model.layers[0]!, { property: 'none' })),
        'spectralNorm: property must name one weight of a',
      ],
      [
        () =>
          withModel((model) => {
            kit.spectralNorm(model.layers[0]!);
            kit.spectralNorm(model.layers[0]!);
          }),
        'spectralNorm: weight must not have a spectral norm already, got a/kernel',
      ],
    ],
  },
  {
    name: 'weightNorm',
    title: 'leaves the prediction as it was',
    value: () =>
      withModel((model) => {
        kit.weightNorm(model.layers[0]!);
        return predict(model);
      }),
    reference: [12],
    tolerance: INSTALLED,
    // y = g . v / |v| with v = [1, -2] and the input [4, -4]: dy / dg = 12 / sqrt 5.
    gradient: {
      value: () => withModel((model) => gradientBy(model, kit.weightNorm(model.layers[1]!).variables.g!)),
      reference: [12 / Math.sqrt(5)],
      tolerance: chained(6, 12),
    },
    rejects: [
      [
        () => withModel((model) => kit.weightNorm(model.layers[0]!, { property: 'none' })),
        'weightNorm: property must name one weight of a',
      ],
      [
        () =>
          withModel((model) => {
            kit.weightNorm(model.layers[0]!);
            kit.weightNorm(model.layers[0]!);
          }),
        'weightNorm: weight must not be normalized already, got a/kernel',
      ],
    ],
  },
  {
    name: 'weightNormModel',
    title: 'leaves the prediction as it was, then folds',
    value: () =>
      withModel(async (model) => {
        const normed = await kit.weightNormModel(model);
        const { extraParameters, skipped } = normed.report();
        const before = predict(model);
        normed.fold();
        return [extraParameters, skipped.length, before, predict(model)];
      }),
    reference: [3, 0, [12], [12]],
    tolerance: INSTALLED,
    rejects: [
      [
        () => withModel((model) => kit.weightNormModel(model, { axis: 5 })),
        'weightNormModel: axis must be an integer in',
      ],
    ],
  },
  {
    name: 'maxNorm',
    title: 'shortens what is too long',
    value: () => withTensors([tf.tensor2d([3, 1, 4, 0], [2, 2])], (w) => kit.maxNorm(w, { maxValue: 2.5, epsilon: 0 })),
    reference: [1.5, 1, 2, 0],
    tolerance: chained(4, 4),
    rejects: [
      [
        () => withTensors([tf.ones([2, 2])], (w) => kit.maxNorm(w, { maxValue: -1 })),
        'maxNorm: maxValue must be 0 or more, and finite, got -1',
      ],
    ],
  },
  {
    name: 'unitNorm',
    title: 'makes norms 1, and leaves zeros',
    value: () => withTensors([tf.tensor2d([3, 0, 4, 0], [2, 2])], (w) => kit.unitNorm(w, { epsilon: 0 })),
    reference: [0.6, 0, 0.8, 0],
    tolerance: chained(4, 1),
    rejects: [
      [
        () => withTensors([tf.ones([2, 2])], (w) => kit.unitNorm(w, { axis: 2 })),
        'unitNorm: axis must be an integer in [-2, 2), got 2',
      ],
    ],
  },
  {
    name: 'minMaxNorm',
    title: 'brings norms between two',
    value: () =>
      withTensors([tf.tensor2d([3, 0.5, 4, 0], [2, 2])], (w) =>
        kit.minMaxNorm(w, { minValue: 1, maxValue: 2.5, epsilon: 0 }),
      ),
    reference: [1.5, 1, 2, 0],
    tolerance: chained(6, 4),
    rejects: [
      [
        () => withTensors([tf.ones([2, 2])], (w) => kit.minMaxNorm(w, { minValue: 2 })),
        'minMaxNorm: maxValue must be minValue (2) or more, got 1',
      ],
    ],
  },
  {
    name: 'nonNeg',
    title: 'is max(w, 0)',
    value: () => withTensors([tf.tensor1d([-1, 2])], kit.nonNeg),
    reference: [0, 2],
    tolerance: EXACT,
    rejects: [[() => kit.nonNeg(3 as never), 'nonNeg: w must be a tensor of float32, got 3']],
  },
  {
    name: 'simplex',
    title: 'is the nearest point of the simplex',
    value: () => withTensors([tf.tensor2d([1, 0.75, 0.5, -2], [2, 2])], (w) => kit.simplex(w)),
    reference: [0.75, 1, 0.25, 0],
    tolerance: chained(4, 2),
    rejects: [
      [() => withTensors([tf.zeros([0, 2])], (w) => kit.simplex(w)), 'simplex: w must have entries, got [0, 2]'],
    ],
  },
  {
    name: 'orthonormal',
    title: 'is the polar factor',
    // √5 U of the rotation by atan 2 times a stretch of 1 and 2.
    value: () => withTensors([tf.tensor2d([1, -4, 2, 2], [2, 2])], (w) => kit.orthonormal(w)),
    reference: [1, -2, 2, 1].map((x) => x / Math.sqrt(5)),
    tolerance: chained(8, 1),
    rejects: [
      [
        () => withTensors([tf.ones([2, 2])], (w) => kit.orthonormal(w, { iterations: 0 })),
        'orthonormal: iterations must be an integer of 1 or more, got 0',
      ],
    ],
  },
  {
    name: 'constrain',
    title: 'projects at once, and restore gives the prediction back',
    value: () =>
      withModel(async (model) => {
        const handle = await kit.constrain(model, [{ filter: 'b/kernel', constraint: 'nonNeg' }]);
        const { moved } = handle.report().constrained[0]!;
        const during = predict(model);
        handle.restore();
        return [moved, during, predict(model)];
      }),
    reference: [2, [4], [12]],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.constrain(model, [{ filter: 'none', constraint: 'nonNeg' }])),
        'constrain: filter must match a weight',
      ],
      [() => withModel((model) => kit.constrain(model, [])), 'constrain: rules must have one or more, got 0'],
    ],
  },
  {
    name: 'enforceConstraints',
    title: 'applies the constraint that a layer was made with',
    value: async () => {
      const layers = [tf.layers.dense({ units: 1, inputShape: [2], kernelConstraint: 'nonNeg', name: 'c' })];
      const model = tf.sequential({ layers });
      const values = [tf.tensor2d([1, -2], [2, 1]), tf.zeros([1])];
      model.setWeights(values);
      tf.dispose(values);
      const handle = await kit.enforceConstraints(model);
      const { constrained } = handle.report();
      handle.fold();
      model.dispose();
      return constrained;
    },
    // Stock applies it where weights are set, and the -2 is 0 by then.
    reference: [{ path: 'c/kernel', constraint: 'NonNeg', moved: 0 }],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.enforceConstraints(model)),
        'enforceConstraints: model must have a weight that trains and was made with a constraint',
      ],
    ],
  },
  {
    name: 'orthogonalMap',
    title: 'rotates by the entry below the diagonal',
    value: () => withTensors([tf.tensor2d([0, 0, 0.5, 0], [2, 2])], (x) => kit.orthogonalMap(x)),
    reference: [Math.cos(0.5), -Math.sin(0.5), Math.sin(0.5), Math.cos(0.5)],
    tolerance: chained(8, 1),
    // Of the sum, 2 cos x: −2 sin x at the entry, 0 elsewhere.
    gradient: {
      value: () =>
        withTensors([tf.tensor2d([0, 0, 0.5, 0], [2, 2])], (x) => tf.grad((y) => tf.sum(kit.orthogonalMap(y)))(x)),
      reference: [0, 0, -2 * Math.sin(0.5), 0],
      tolerance: chained(16, 1),
    },
    rejects: [
      [
        () => withTensors([tf.ones([2])], (x) => kit.orthogonalMap(x)),
        'orthogonalMap: x must have two axes, with entries, got [2]',
      ],
    ],
  },
  {
    name: 'orthogonal',
    title: 'has orthonormal columns, and restore gives the prediction back',
    value: () =>
      withModel(async (model) => {
        const handle = kit.orthogonal(model.layers[1]!);
        const { moved } = await handle.measure();
        const during = predict(model);
        handle.restore();
        return [moved, during, predict(model)];
      }),
    // [1, −2] over √5.
    reference: [2 - 2 / Math.sqrt(5), [12 / Math.sqrt(5)], [12]],
    tolerance: chained(32, 4),
    rejects: [
      [
        () => withModel((model) => kit.orthogonal(model.layers[0]!, { property: 'bias' })),
        'orthogonal: a/bias must have two axes or more, got [2]',
      ],
      [
        () =>
          withModel((model) => {
            kit.weightNorm(model.layers[0]!);
            kit.orthogonal(model.layers[0]!);
          }),
        'orthogonal: weight must not be parametrized already, got a/kernel with weightNorm',
      ],
    ],
  },
  {
    name: 'standardizeWeight',
    title: 'takes the mean away and divides by the deviation',
    value: () =>
      withTensors([tf.tensor2d([1, 5, 3, 5, 5, 5], [3, 2])], (w) =>
        kit.standardizeWeight(w, { scaled: true, epsilon: 0, gamma: 4 }),
      ),
    // [−2, 0, 2] over √8, times 4.
    reference: [-Math.sqrt(8), 0, 0, 0, Math.sqrt(8), 0],
    tolerance: chained(6, 8),
    // Of the last entry, y = 4 d / |d| with d = [−2, 0, 2]: 4 (e − d / 4) / √8 without its mean, e = [0, 0, 1].
    gradient: {
      value: () =>
        withTensors([tf.tensor2d([1, 3, 5], [3, 1]), tf.tensor2d([0, 0, 1], [3, 1])], (w, e) =>
          tf.grad((x) => tf.sum(tf.mul(e, kit.standardizeWeight(x, { scaled: true, epsilon: 0, gamma: 4 }))))(w),
        ),
      reference: [1 / 6, -1 / 3, 1 / 6].map((x) => (4 * x) / Math.sqrt(8)),
      tolerance: chained(12, 2),
    },
    rejects: [
      [
        () => withTensors([tf.ones([2, 2])], (w) => kit.standardizeWeight(w, { epsilon: -1 })),
        'standardizeWeight: epsilon must be 0 or more, and finite in float32, got -1',
      ],
    ],
  },
  {
    name: 'weightStandardization',
    title: 'standardizes the kernel, and restore gives the prediction back',
    value: () =>
      withModel((model) => {
        const handle = kit.weightStandardization(model.layers[1]!, { epsilon: 0 });
        const during = predict(model);
        handle.restore();
        return [during, predict(model)];
      }),
    // [1, −2] becomes [1, −1], for [4, −4].
    reference: [[8], [12]],
    tolerance: chained(8, 8),
    gradient: {
      value: () =>
        withModel((model) =>
          gradientBy(
            model,
            kit.weightStandardization(model.layers[1]!, { scaled: true, epsilon: 0, gamma: 2 }).variables.gain!,
          ),
        ),
      // [1, −1] · 2 / √2 for [4, −4].
      reference: [8 * Math.sqrt(2)],
      tolerance: chained(8, 12),
    },
    rejects: [
      [
        () => withModel((model) => kit.weightStandardization(model.layers[0]!, { property: 'none' })),
        'weightStandardization: property must name one weight of a',
      ],
      [
        () =>
          withModel((model) => {
            kit.weightStandardization(model.layers[0]!);
            kit.weightStandardization(model.layers[0]!);
          }),
        'weightStandardization: weight must not be standardized already, got a/kernel',
      ],
    ],
  },
  {
    name: 'structuredMap',
    title: 'is the nearest symmetric weight',
    value: () =>
      withTensors([tf.tensor2d([1, 2, 4, 8], [2, 2])], (x) => kit.structuredMap(x, { structure: 'symmetric' })),
    reference: [1, 3, 3, 8],
    tolerance: EXACT,
    // Of x₀₁, whose half is in both places that 4 and 2 weigh.
    gradient: {
      value: () =>
        withTensors([tf.tensor2d([1, 2, 4, 8], [2, 2]), tf.tensor2d([1, 4, 2, 0], [2, 2])], (x, along) =>
          tf.grad((y) => tf.sum(tf.mul(along, kit.structuredMap(y, { structure: 'symmetric' }))))(x),
        ),
      reference: [1, 3, 3, 0],
      tolerance: EXACT,
    },
    rejects: [
      [
        () => withTensors([tf.ones([2, 3])], (x) => kit.structuredMap(x, { structure: 'skew' })),
        'structuredMap: x must have two last axes of one size to be skew, got [2, 3]',
      ],
    ],
  },
  {
    name: 'structured',
    title: 'goes to the nearest, says how far that is, and restore gives the prediction back',
    value: () =>
      withModel(async (model) => {
        const handle = kit.structured(model.layers[1]!, { structure: 'positive' });
        const { distance, moved } = await handle.measure();
        const during = predict(model);
        handle.restore();
        return [distance, moved, during, predict(model)];
      }),
    // [1, −2] goes to [1, 1e-4], for [4, −4].
    reference: [2.0001, 2.0001, [4 - 4e-4], [12]],
    tolerance: chained(16, 4),
    gradient: {
      value: () =>
        withModel((model) => gradientBy(model, kit.structured(model.layers[1]!, { structure: 'positive' }).raw)),
      // The derivative of softplus is 1 − exp(−w) where its value is w.
      reference: [4 * (1 - Math.exp(-1)), -4 * (1 - Math.exp(-1e-4))],
      tolerance: chained(16, 4),
    },
    rejects: [
      [
        () => withModel((model) => kit.structured(model.layers[0]!, { structure: 'symmetric' })),
        'structured: a/kernel must have two last axes of one size to be symmetric, got [3, 2]',
      ],
      [
        () =>
          withModel((model) => {
            kit.weightNorm(model.layers[0]!);
            kit.structured(model.layers[0]!, { structure: 'positive' });
          }),
        'structured: weight must not be parametrized already to be positive, got a/kernel with weightNorm',
      ],
    ],
  },
  {
    name: 'weightStandardizationModel',
    title: 'standardizes each kernel, and restore gives the prediction back',
    value: () =>
      withModel(async (model) => {
        const handle = await kit.weightStandardizationModel(model, { filter: 'b/kernel', epsilon: 0, gain: true });
        const { extraParameters, standardized } = handle.report();
        const during = predict(model);
        handle.restore();
        return [extraParameters, standardized[0]!.units, standardized[0]!.moved, during, predict(model)];
      }),
    // [1, −2] becomes [1, −1], for [4, −4].
    reference: [1, 1, 1, [8], [12]],
    tolerance: chained(8, 8),
    rejects: [
      [
        () => withModel((model) => kit.weightStandardizationModel(model, { axis: 5 })),
        'weightStandardizationModel: axis must be an integer in',
      ],
    ],
  },
]);
