import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import * as kit from '@weightkit/weight-metrics';
import { testContracts } from '../src/contracts.ts';
import { A, B, chained, EXACT, fit, HOST, input, WEIGHTS, withModel, withTensors } from './fixtures.ts';

/** [[3, 0], [0, -4]], of singular values 4 and 3. */
const matrix = () => tf.tensor2d([3, 0, 0, -4], [2, 2]);
const onMatrix = <T>(fn: (w: tf.Tensor) => T) => withTensors([matrix()], fn);
const onVector = <T>(fn: (w: tf.Tensor) => T) => withTensors([tf.tensor1d([1, 2])], fn);
const rank = (name: string) => `${name}: w must have rank 2 or more and entries, got [2]`;
const cosine = (a: number[], b: number[]) => withTensors([tf.tensor1d(a), tf.tensor1d(b)], kit.cosineSimilarity);
const [p, q] = [4 / 7, 3 / 7];

/** The power law of two values: the logarithm of the larger one is twice its mean above the other. */
const twoValues = (least: number, most: number) => ({
  alpha: 1 + 2 / Math.log(most / least),
  xmin: least,
  standardError: Math.SQRT2 / Math.log(most / least),
  distance: 0.5 - Math.exp(-2),
  tail: 2,
  count: 2,
  interval: null,
  pValue: null,
});

/** Five examples for the model of {@link withModel}. */
const onProbe = <T>(fn: (model: tf.Sequential, x: tf.Tensor) => Promise<T>) =>
  withModel((model) =>
    withTensors([tf.tensor2d([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0], [5, 3])], (x) => fn(model, x)),
  );

const watched = (options: kit.WatchOptions) =>
  withModel(async (model) => {
    const watcher = kit.watch(model, options);
    await fit(model, watcher);
    return watcher.history.records.map(({ at, step, weights }) => [at, step, weights['a/kernel']!.fromStart!.l2 === 0]);
  });

/** A hidden layer of two units between two inputs and one output, as it is and with the units the other way round. */
const network = (w: readonly number[]) => () =>
  tf.tidy(() => ({
    'a/kernel': tf.variable(tf.tensor2d(w.slice(0, 4), [2, 2])),
    'a/bias': tf.variable(tf.tensor1d(w.slice(4, 6))),
    'b/kernel': tf.variable(tf.tensor2d(w.slice(6), [2, 1])),
  }));
const units = network([1, 2, 3, 4, 5, 6, 7, 8]);
const swapped = network([2, 1, 4, 3, 6, 5, 8, 7]);
const onUnits = async <T>(
  fn: (before: Record<string, tf.Variable>, after: Record<string, tf.Variable>) => Promise<T>,
) => {
  const [before, after] = [units(), swapped()];
  try {
    return await fn(before, after);
  } finally {
    tf.dispose([before, after]);
  }
};

/** The kernels of the model of {@link withModel}: 3 x 2 and 2 x 1. */
const [hidden, out] = [
  { values: A, inputs: 3, units: 2 },
  { values: B, inputs: 2, units: 1 },
];
/** Runs on that model and its input [[1, 2, 3]]; its output is 3 x0 - 3 x1 + 5 x2. */
const onInput = <T>(fn: (model: tf.Sequential, x: tf.Tensor) => T) =>
  withModel((model) => withTensors([input()], (x) => fn(model, x)));

testContracts('@weightkit/weight-metrics', kit, [
  {
    name: 'absoluteWeights',
    title: 'is the share of each input in the magnitudes',
    value: () => kit.absoluteWeights(hidden),
    reference: [3 / 8, 2 / 8, 3 / 8],
    tolerance: HOST,
    rejects: [
      [
        () => kit.absoluteWeights({ ...hidden, inputs: 4 }),
        'absoluteWeights: kernel.values must have inputs * units = 8 entries, got 6',
      ],
    ],
  },
  {
    name: 'alignUnits',
    title: 'finds the order of the units',
    value: () =>
      onUnits(async (before, after) => {
        const { orders, distance } = await kit.alignUnits(before, after);
        return [orders.map(({ layer, moved }) => [layer, moved]), distance.before, distance.after];
      }),
    reference: [[['a', 2]], Math.sqrt(8), 0],
    tolerance: HOST,
    leaks: () => withModel((model) => kit.alignUnits(model, model)),
    rejects: [
      [
        () => onUnits((before, after) => kit.alignUnits(before, after, { maxCost: -1 })),
        'alignUnits: maxCost must be 0 or more, got -1',
      ],
    ],
  },
  {
    name: 'differenceRanks',
    title: 'gives the rank of each difference',
    value: () =>
      onUnits(async (before, after) =>
        (await kit.differenceRanks(before, after)).ranks.map(({ path, norm, rank, loraRank }) => [
          path,
          norm,
          rank,
          loraRank,
        ]),
      ),
    // [[1, -1], [1, -1]] and [[1], [-1]].
    reference: [
      ['a/kernel', 2, 1, 1],
      ['b/kernel', Math.SQRT2, 1, 1],
    ],
    tolerance: HOST,
    leaks: () => withModel((model) => kit.differenceRanks(model, model)),
    rejects: [
      [
        () => onUnits((before, after) => kit.differenceRanks(before, after, { error: 2 })),
        'differenceRanks: error must be from 0 to 1, got 2',
      ],
    ],
  },
  {
    name: 'compare',
    title: 'measures how far each weight went',
    value: () =>
      kit.compare(new Map([['w', new Float32Array([3, 0, 1])]]), new Map([['w', new Float32Array([0, 4, -1])]])),
    reference: [
      {
        path: 'w',
        pathAfter: 'w',
        matched: true,
        parameters: 3,
        changed: 3,
        nonFinite: 0,
        l2: Math.sqrt(29),
        relative: Math.sqrt(2.9),
        cosine: -1 / Math.sqrt(170),
        maxAbs: 4,
        signFlips: 1,
        zerosGained: 1,
        zerosLost: 1,
      },
    ],
    tolerance: HOST,
    leaks: () => withModel((model) => kit.compare(model, model)),
    rejects: [
      [
        () => kit.compare(new Map([['w', [1]]]) as never, new Map()),
        'compare: before must map paths to Float32Arrays, as a snapshot does, got [1]',
      ],
    ],
  },
  {
    name: 'conditionNumber',
    title: 'is the ratio of the outer singular values',
    value: () => onMatrix(kit.conditionNumber),
    reference: 4 / 3,
    tolerance: HOST,
    rejects: [
      [() => onVector(kit.conditionNumber), rank('conditionNumber')],
      [
        () => onMatrix((w) => kit.conditionNumber(w, { norm: 3 as never })),
        "conditionNumber: norm must be 2, 1, 'inf', 'fro' or 'nuc', got 3",
      ],
    ],
  },
  {
    name: 'convolutionSpectrum',
    title: 'is the spectrum of the kernel at every frequency',
    value: () =>
      withTensors([tf.tensor4d([3, 0, 0, -4], [1, 1, 2, 2])], (w) => kit.convolutionSpectrum(w, { size: [1, 2] })),
    reference: { values: [4, 4, 3, 3], spectralNorm: 4, bound: 4 },
    tolerance: HOST,
    rejects: [
      [
        () => onVector((w) => kit.convolutionSpectrum(w, { size: [1, 1] })),
        'convolutionSpectrum: w must have rank 3 or 4 and entries, got [2]',
      ],
    ],
  },
  {
    name: 'cosineSimilarity',
    title: 'is the cosine of the angle',
    value: () => cosine([1, 0], [3, 4]),
    reference: [0.6],
    tolerance: chained(6, 1),
    // (b / |b| - cos a / |a|) / |a| with |a| = 1.
    gradient: {
      value: () =>
        withTensors([tf.tensor1d([1, 0]), tf.tensor1d([3, 4])], (a, b) =>
          tf.grad((x) => kit.cosineSimilarity(x, b))(a),
        ),
      reference: [0, 0.8],
      tolerance: chained(8, 1),
    },
    rejects: [
      [() => cosine([1], [1, 2]), 'cosineSimilarity: b must have shape [1], got [2]'],
      [() => cosine([], []), 'cosineSimilarity: a must have entries'],
    ],
  },
  {
    name: 'describe',
    title: 'tells a model number by number',
    value: () =>
      withModel(async (model) => {
        const { layers } = await kit.describe(model, { most: 3 });
        return layers.map(({ place, connections }) => [
          place,
          connections.map(({ from, to, value }) => [from, to, value]),
        ]);
      }),
    reference: [
      [
        1,
        [
          ['0B', 'L1N0', 0],
          ['0B', 'L1N1', 0],
          ['L0N0', 'L1N0', 3],
        ],
      ],
      [
        2,
        [
          ['1B', 'L2N0', 0],
          ['L1N0', 'L2N0', 1],
          ['L1N1', 'L2N0', -2],
        ],
      ],
    ],
    tolerance: EXACT,
    leaks: () => withModel((model) => kit.describe(model)),
    rejects: [
      [
        () => withModel((model) => kit.describe(model, { most: -1 })),
        'describe: most must be a whole number of 0 or more, or Infinity, got -1',
      ],
    ],
  },
  {
    name: 'doctor',
    title: 'names the unit that is a copy',
    value: () =>
      withModel(async (model) => {
        // The weights of the first unit for both.
        await withTensors([tf.tensor2d([1, 1, 2, 2, 3, 3], [3, 2])], async (w) =>
          weightsOf(model, 'a/kernel')[0]!.write(w),
        );
        const { findings } = await kit.doctor(model);
        return findings.map(({ code, layer, evidence }) => [code, layer, evidence[0]!.value]);
      }),
    reference: [['duplicate-units', 'a', 1]],
    tolerance: EXACT,
    leaks: () => withModel((model) => withTensors([tf.ones([4, 3])], (x) => kit.doctor(model, x))),
    rejects: [
      [
        () => withModel((model) => kit.doctor(model, { before: [] as never })),
        'doctor: before must be a snapshot, got []',
      ],
    ],
  },
  {
    name: 'effectiveRank',
    title: 'is the exponential of the entropy of the singular values',
    value: () => onMatrix(kit.effectiveRank),
    reference: Math.exp(-p * Math.log(p) - q * Math.log(q)),
    tolerance: HOST,
    rejects: [[() => onVector(kit.effectiveRank), rank('effectiveRank')]],
  },
  {
    name: 'forwardByHand',
    title: 'adds up to what predict gives',
    value: () =>
      withModel((model) =>
        withTensors([input()], async (x) => {
          const { layers, outputs, predicted } = await kit.forwardByHand(model, x);
          return [layers.map((layer) => layer.neurons.map(({ name, sum }) => [name, sum])), outputs, predicted];
        }),
      ),
    reference: [
      [
        [
          ['L1N0', 4],
          ['L1N1', -4],
        ],
        [['L2N0', 12]],
      ],
      [12],
      [12],
    ],
    tolerance: EXACT,
    leaks: () => withModel((model) => withTensors([input()], (x) => kit.forwardByHand(model, x))),
    rejects: [
      [
        () => withModel((model) => withTensors([tf.zeros([2, 3])], (x) => kit.forwardByHand(model, x))),
        'forwardByHand: x must have one example, got [2, 3]',
      ],
    ],
  },
  {
    name: 'frobeniusNorm',
    title: 'is the root of the sum of squares',
    value: () => onMatrix(kit.frobeniusNorm),
    reference: [5],
    tolerance: chained(4, 5),
    gradient: {
      value: () => onMatrix((w) => tf.grad((x) => kit.frobeniusNorm(x))(w)),
      reference: [0.6, 0, 0, -0.8],
      tolerance: chained(5, 1),
    },
    rejects: [
      [
        () => withTensors([tf.tensor1d([1], 'int32')], kit.frobeniusNorm),
        'frobeniusNorm: w must be a tensor of float32, got "int32"',
      ],
    ],
  },
  {
    name: 'garson',
    title: 'shares out each hidden unit among its inputs',
    value: () => kit.garson(hidden, out),
    // [3, 1, 1] / 5 and [0, 1, 2] / 3, halved.
    reference: [3 / 10, 1 / 10 + 1 / 6, 1 / 10 + 2 / 6],
    tolerance: HOST,
    rejects: [[() => kit.garson(out, hidden), 'garson: out.inputs must be the 1 hidden units, got 3']],
  },
  {
    name: 'gradientTimesInput',
    title: 'is the gradient by the input times the input',
    value: () => onInput((model, x) => kit.gradientTimesInput(model, x)),
    reference: [3, -6, 15],
    tolerance: EXACT,
    rejects: [
      [
        () => onInput((model, x) => kit.gradientTimesInput(model, x, { output: 1 })),
        'gradientTimesInput: output must be an integer from 0 to 0, got 1',
      ],
    ],
  },
  {
    name: 'heavyTail',
    title: 'has the power law of the eigenvalues',
    value: () => onMatrix((w) => kit.heavyTail(w, { replicates: 0 })),
    reference: {
      ...twoValues(9, 16),
      eigenvalues: [16, 9],
      logSpectralNorm: Math.log10(16),
      logNorm: Math.log10(25),
      alphaHat: twoValues(9, 16).alpha * Math.log10(16),
      logAlphaNorm: Math.log10(16 ** twoValues(9, 16).alpha + 9 ** twoValues(9, 16).alpha),
    },
    tolerance: HOST,
    rejects: [
      [() => onVector(kit.heavyTail), rank('heavyTail')],
      [
        () => onMatrix((w) => kit.heavyTail(w, { confidence: 1 })),
        'heavyTail: confidence must be above 0 and below 1, got 1',
      ],
    ],
  },
  {
    name: 'histograms',
    title: 'counts the entries of every kernel',
    value: () =>
      withModel(async (model) =>
        (await kit.histograms(model, { bins: 2, range: [-2, 2] })).map(({ path, counts, above }) => [
          path,
          counts,
          above,
        ]),
      ),
    reference: [
      ['a/kernel', [2, 3], 1],
      ['b/kernel', [1, 1], 0],
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => kit.histograms(model, { bins: 0 })),
        'histograms: bins must be an integer in [1, 2^24)',
      ],
    ],
  },
  {
    name: 'importance',
    title: 'says what each method says, and whether they agree',
    value: () =>
      onInput(async (model, x) => {
        const { importances, agreements, warnings } = await kit.importance(model, {
          x,
          methods: ['olden', 'saliency'],
        });
        return [
          importances.map(({ method, scores }) => [method, scores]),
          agreements.map((one) => one.correlation),
          warnings,
        ];
      }),
    reference: [
      [
        ['olden', [3, -3, 5]],
        ['saliency', [3, 3, 5]],
      ],
      [1],
      [],
    ],
    tolerance: EXACT,
    leaks: () => onInput((model, x) => kit.importance(model, { x })),
    rejects: [
      [
        () => withModel((model) => kit.importance(model, { methods: ['saliency'] })),
        'importance: saliency must apply (it takes gradients at x, which is not given), got ',
      ],
    ],
  },
  {
    name: 'integratedGradients',
    title: 'adds up to what the output changes by',
    value: () => onInput((model, x) => kit.integratedGradients(model, x, { baseline: 1, steps: 1 }).attributions),
    reference: [0, -3, 10],
    tolerance: EXACT,
    leaks: () =>
      onInput((model, x) => {
        const { attributions, residual } = kit.integratedGradients(model, x);
        tf.dispose([attributions, residual]);
      }),
    rejects: [
      [
        () => onInput((model, x) => kit.integratedGradients(model, x, { steps: 0 })),
        'integratedGradients: steps must be an integer from 1 to 1000, got 0',
      ],
    ],
  },
  {
    name: 'layerSimilarity',
    title: 'aligns each layer with each',
    value: () =>
      onProbe(async (model, x) => {
        const { rows, values } = await kit.layerSimilarity(model, x, { debiased: false });
        return [rows, values];
      }),
    // Layer a gives [3, 0], [-1, 1], [1, -2], [3, -1], [0, 0], and b 3, -3, 5, 5, 0: centered sums of products A'b are 20 and -14, A'A is
    // [[12.8, -3.6], [-3.6, 5.2]], and b'b is 48.
    reference: [
      ['a', 'b'],
      [
        [1, 596 / (Math.sqrt(216.8) * 48)],
        [596 / (Math.sqrt(216.8) * 48), 1],
      ],
    ],
    tolerance: HOST,
    rejects: [
      [
        () => onProbe((model, x) => kit.layerSimilarity(model, x, { layers: ['c'] })),
        'layerSimilarity: layers must be in the model (there are a, b), got "c"',
      ],
    ],
  },
  {
    name: 'linearCka',
    title: 'is the squared correlation of single features',
    value: () =>
      withTensors([tf.tensor2d([1, 2, 3, 4, 6], [5, 1]), tf.tensor2d([2, 1, 4, 3, 5], [5, 1])], (x, y) =>
        kit.linearCka(x, y, { debiased: false }),
      ),
    // Means 3.2 and 3: Σ (x - 3.2)(y - 3) = 10, and the sums of squares are 14.8 and 10.
    reference: 100 / 148,
    tolerance: HOST,
    rejects: [
      [
        () => withTensors([tf.ones([4, 1]), tf.ones([4, 1])], (x, y) => kit.linearCka(x, y)),
        'linearCka: x must differ between examples, got [4, 1]',
      ],
    ],
  },
  {
    name: 'marchenkoPastur',
    title: 'has no bulk where most singular values are 0',
    value: () => kit.marchenkoPastur([0, 0, 3], { rows: 3, cols: 3 }),
    reference: { sigma: 0, bulk: [0, 0], threshold: 0, spikes: 1, softRank: 0, distance: 1 },
    tolerance: EXACT,
    rejects: [
      [() => kit.marchenkoPastur([1], { rows: 2, cols: 2 }), 'marchenkoPastur: values must be 2, got 1'],
      [
        () => kit.marchenkoPastur([1], { rows: 0, cols: 2 }),
        'marchenkoPastur: rows must be an integer of 1 or more, got 0',
      ],
    ],
  },
  {
    name: 'nuclearNorm',
    title: 'is the sum of the singular values',
    value: () => onMatrix(kit.nuclearNorm),
    reference: 7,
    tolerance: HOST,
    rejects: [[() => onVector(kit.nuclearNorm), rank('nuclearNorm')]],
  },
  {
    name: 'numericalRank',
    title: 'counts the singular values that are not 0',
    value: () => onMatrix(kit.numericalRank),
    reference: 2,
    tolerance: EXACT,
    rejects: [[() => onVector(kit.numericalRank), rank('numericalRank')]],
  },
  {
    name: 'olden',
    title: 'is the product of the kernels',
    value: () => kit.olden([hidden, out]),
    reference: [3, -3, 5],
    tolerance: HOST,
    rejects: [[() => kit.olden([out, hidden]), 'olden: kernels[1].inputs must be 1, got 3']],
  },
  {
    name: 'participationRatio',
    title: 'is the number of directions that share the squared norm',
    value: () => onMatrix(kit.participationRatio),
    reference: 25 ** 2 / (256 + 81),
    tolerance: HOST,
    rejects: [[() => onVector(kit.participationRatio), rank('participationRatio')]],
  },
  {
    name: 'powerLaw',
    title: 'has the exponent of largest likelihood',
    value: () => kit.powerLaw([1, 2], { replicates: 0 }),
    reference: twoValues(1, 2),
    tolerance: HOST,
    rejects: [
      [() => kit.powerLaw([1, 1]), 'powerLaw: values must have two above 0 whose logarithms differ, got [1, 1]'],
      [() => kit.powerLaw([1, 2], { xmin: -1 }), 'powerLaw: xmin must be finite and above 0, got -1'],
    ],
  },
  {
    name: 'randomized',
    title: 'has the singular values of the entries in other orders',
    value: () => withTensors([tf.tensor2d([5, 0, 0, 0], [2, 2])], (w) => kit.randomized(w, { samples: 2 })),
    reference: { largest: [5, 5], above: 0, softRank: 1, distance: 0 },
    tolerance: HOST,
    rejects: [
      [() => onVector(kit.randomized), rank('randomized')],
      [
        () => onMatrix((w) => kit.randomized(w, { samples: 0 })),
        'randomized: samples must be an integer from 1 to 1000, got 0',
      ],
    ],
  },
  {
    name: 'saliency',
    title: 'is the magnitude of the gradient by the input',
    value: () => onInput((model, x) => kit.saliency(model, x)),
    reference: [3, 3, 5],
    tolerance: EXACT,
    rejects: [
      [
        () => withModel((model) => withTensors([tf.zeros([1, 2])], (x) => kit.saliency(model, x))),
        'saliency: x must have shape [null,3], got [1, 2]',
      ],
    ],
  },
  {
    name: 'snapshot',
    title: 'copies the values of all weights',
    value: () => withModel((model) => kit.snapshot(model)),
    reference: WEIGHTS,
    tolerance: EXACT,
    rejects: [[() => withModel((model) => kit.snapshot(model, { filter: 'none' })), 'snapshot: filter must match']],
  },
  {
    name: 'sparsity',
    title: 'is the share of zeros',
    value: () => onMatrix(kit.sparsity),
    reference: [0.5],
    tolerance: EXACT,
    rejects: [[() => withTensors([tf.tensor1d([])], kit.sparsity), 'sparsity: w must have entries']],
  },
  {
    name: 'spectra',
    title: 'has a row for every weight',
    value: () =>
      withModel(async (model) =>
        (await kit.spectra(model, { metrics: ['nuclearNorm'], filter: 'a/*' })).map(
          ({ path, nuclearNorm, heavyTail, skipped }) => [path, nuclearNorm, heavyTail, skipped],
        ),
      ),
    // (σ1 + σ2)² = 16 + 2 √det A'A, and A'A is [[11, -3], [-3, 5]].
    reference: [
      ['a/kernel', Math.sqrt(16 + 2 * Math.sqrt(46)), null, null],
      ['a/bias', null, null, 'not a kernel of rank 2 or more'],
    ],
    tolerance: HOST,
    rejects: [
      [
        () => withModel((model) => kit.spectra(model, { metrics: ['alpha' as never] })),
        'spectra: metrics must be among spectralNorm',
      ],
    ],
  },
  {
    name: 'spectralDensity',
    title: 'is the squares of the singular values of a matrix',
    value: () => onMatrix(kit.spectralDensity),
    reference: [16, 9],
    tolerance: HOST,
    rejects: [[() => onVector(kit.spectralDensity), rank('spectralDensity')]],
  },
  {
    name: 'spectralNorm',
    title: 'is the largest singular value',
    value: () => onMatrix(kit.spectralNorm),
    reference: 4,
    tolerance: HOST,
    rejects: [[() => onVector(kit.spectralNorm), rank('spectralNorm')]],
  },
  {
    name: 'spectrum',
    title: 'is the singular values, descending',
    value: () => onMatrix(kit.spectrum),
    reference: [4, 3],
    tolerance: HOST,
    rejects: [[() => onVector(kit.spectrum), rank('spectrum')]],
  },
  {
    name: 'stableRank',
    title: 'is the squared Frobenius norm over the squared spectral norm',
    value: () => onMatrix(kit.stableRank),
    reference: 25 / 16,
    tolerance: HOST,
    rejects: [[() => onVector(kit.stableRank), rank('stableRank')]],
  },
  {
    name: 'summarize',
    title: 'gives moments, zeros and the spectral norm',
    value: () =>
      withModel(async (model) => {
        const [summary] = await kit.summarize(model, { filter: 'a/kernel' });
        const { mean, l1, zeros, parameters, spectralNorm, stableRank } = summary!;
        return { mean, l1, zeros, parameters, spectralNorm, stableRank };
      }),
    // A'A is [[11, -3], [-3, 5]], of eigenvalues 8 ± sqrt 18.
    reference: {
      mean: A.reduce((sum, a) => sum + a, 0) / 6,
      l1: 8,
      zeros: 1,
      parameters: 6,
      spectralNorm: Math.sqrt(8 + Math.sqrt(18)),
      stableRank: 16 / (8 + Math.sqrt(18)),
    },
    tolerance: HOST,
    rejects: [
      [
        () => withModel((model) => kit.summarize(model, { maxCost: -1 })),
        'summarize: maxCost must be 0 or more, got -1',
      ],
    ],
  },
  {
    name: 'unitActivity',
    title: 'finds units that tell nothing about the example',
    value: () => withModel((model) => withTensors([tf.tensor2d([[1, 2, 3]])], (x) => kit.unitActivity(model, x))),
    // [4, -4] and 12, the same for the one example that there is.
    reference: [
      {
        path: 'a',
        units: 2,
        entries: 1,
        dead: [],
        constant: [0, 1],
        saturated: null,
        dormant: [],
        scores: [1, 1],
        nonFinite: 0,
      },
      {
        path: 'b',
        units: 1,
        entries: 1,
        dead: [],
        constant: [0],
        saturated: null,
        dormant: [],
        scores: [1],
        nonFinite: 0,
      },
    ],
    tolerance: EXACT,
    rejects: [
      [
        () => onProbe((model, x) => kit.unitActivity(model, x, { dormant: -1 })),
        'unitActivity: dormant must be 0 or more and below 1, got -1',
      ],
    ],
  },
  {
    name: 'watch',
    title: 'records at the start and after each epoch',
    value: () => watched({}),
    reference: [
      ['start', 0, true],
      ['epoch', 1, false],
      ['epoch', 2, false],
      ['epoch', 3, false],
    ],
    tolerance: EXACT,
    rejects: [
      [() => watched({ every: { batches: 0 } }), 'watch: batches must be an integer of 1 or more, got 0'],
      [() => watched({ filter: 'none' }), 'watch: filter must match a weight'],
    ],
  },
]);
