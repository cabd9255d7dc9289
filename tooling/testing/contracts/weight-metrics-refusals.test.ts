import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/weight-metrics';
import * as layers from '@weightkit/weight-metrics/layers';
import { type Refusal, testRefusals } from '../src/refusals.ts';
import { dispose, FLAGS, free, made, withTensors } from './refused.ts';

const SOURCES = ['model', 'layer', 'variable', '[variable]', '{ variable }'] as const;
const SIZES = ['0', '1', '2', '0.5', 'Infinity', '2^53', '1e300'] as const;
/** Lists of two numbers above 0. */
const LISTS = ['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array', 'Uint32Array'] as const;
const SEEDS = ['0', '1', '2', '-1'] as const;
const MATRICES = ['tensor', 'int32 tensor', 'bool tensor', 'variable'] as const;

const ofTensor = (name: string, call: Refusal['call'], right: readonly string[]): Refusal => ({
  name,
  call,
  args: () => [tf.ones([2, 2])],
  takes: { w: right },
  done: dispose,
  free,
});
const ofModel = (
  name: string,
  call: Refusal['call'],
  options: Refusal['takes'],
  own: readonly string[] = ['class'],
): Refusal => ({
  name,
  call,
  args: () => [made(), {}],
  takes: { source: SOURCES, 'options?': [], ...options },
  own,
  done: dispose,
});
const filter = { 'options.filter?': [] };

/** Of two eigenvalues that differ. */
const matrix = () => tf.tensor2d([3, 1, 1, 2], [2, 2]);
const bootstrap = {
  'options?': [],
  'options.xmin?': ['0.5', '1', '2'],
  'options.replicates?': ['0', '1', '2'],
  'options.confidence?': ['0.5'],
  'options.seed?': SEEDS,
};

const watching = (call: Refusal['call']): Refusal => ({
  name: 'watch',
  call,
  args: () => [made(), {}],
  takes: {
    model: ['model'],
    'options?': [],
    ...filter,
    'options.every?': [],
    'options.histogram?': ['false', '{}', 'no prototype'],
    'options.gradients?': FLAGS,
    'options.samples?': ['1', '2'],
    'options.activations?': ['[]'],
    'options.optimizer?': ['optimizer'],
    'options.resume?': [],
    'options.start?': [],
    'options.spectra?': FLAGS,
    'options.maxCost?': SIZES,
    'options.onRecord?': ['function', 'async function', 'class'],
  },
  own: ['class'],
  done: dispose,
});

const kernel = { values: [3, 1, 1, 2], inputs: 2, units: 2 };

/** Batches of two inputs. */
const INPUTS = ['tensor', 'int32 tensor', 'bool tensor', 'variable'];
const BASELINES = ['0', '1', '2', '-1', '0.5', '-0.5', '2^53'];

/** Of a model's output by gradients. */
const explaining = (name: string, call: Refusal['call'], options: Refusal['takes'] = {}): Refusal => ({
  name,
  call,
  args: () => [made(), tf.ones([1, 2]), { output: 0 }],
  takes: { model: ['model'], x: INPUTS, options: [], 'options.output': ['0', '1'], ...options },
  done: dispose,
  free,
});

const comparing = (name: string, call: Refusal['call'], options: Refusal['takes']): Refusal => ({
  name,
  call,
  args: async () => {
    const model = made();
    return [await kit.snapshot(model), model, {}];
  },
  takes: { before: SOURCES, after: SOURCES, 'options?': [], 'options.match?': [], ...options },
  own: ['class'],
  done: dispose,
});

testRefusals(
  '@weightkit/weight-metrics',
  kit,
  [
    {
      name: 'absoluteWeights',
      call: kit.absoluteWeights,
      args: () => [kernel],
      takes: { kernel: [], 'kernel.values': [], 'kernel.inputs': ['2'], 'kernel.units': ['2'] },
    },
    comparing('alignUnits', kit.alignUnits, { 'options.maxCost?': SIZES }),
    comparing('compare', kit.compare, {}),
    comparing('differenceRanks', kit.differenceRanks, {
      'options.error?': ['0', '1', '0.5'],
      'options.maxCost?': SIZES,
    }),
    {
      ...ofTensor('conditionNumber', kit.conditionNumber, MATRICES),
      args: () => [tf.ones([2, 2]), {}],
      takes: { w: MATRICES, 'options?': [], 'options.norm?': ['1', '2'] },
      own: ['class'],
    },
    {
      ...ofTensor('convolutionSpectrum', kit.convolutionSpectrum, []),
      args: () => [tf.ones([1, 1, 2, 2]), { size: [1, 1] }],
      takes: { w: [], options: [], 'options.size': [] },
    },
    {
      name: 'cosineSimilarity',
      call: kit.cosineSimilarity,
      args: () => [tf.ones([2, 2]), tf.ones([2, 2])],
      takes: { a: ['tensor', 'variable'], b: ['tensor', 'variable'] },
      done: dispose,
      free,
    },
    {
      name: 'describe',
      call: kit.describe,
      args: () => [made(), {}],
      takes: { model: ['model'], 'options?': [], 'options.most?': ['0', '1', '2', 'Infinity'] },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'doctor',
      call: kit.doctor,
      args: () => [made(), {}, { weights: {}, records: [] }],
      takes: {
        model: ['model'],
        'data?': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'data.batch?': ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'data.before?': [],
        'history?': [],
      },
      own: ['class'],
      done: dispose,
    },
    ofTensor('effectiveRank', kit.effectiveRank, MATRICES),
    {
      name: 'forwardByHand',
      call: kit.forwardByHand,
      args: () => [made(), tf.ones([1, 2]), {}],
      takes: { model: ['model'], x: [], 'options?': [], 'options.most?': ['1', '2'] },
      own: ['class'],
      done: dispose,
    },
    ofTensor('frobeniusNorm', kit.frobeniusNorm, ['tensor', 'scalar', 'empty tensor', 'variable']),
    {
      name: 'garson',
      call: kit.garson,
      args: () => [kernel, kernel, {}],
      takes: { hidden: [], out: [], 'options?': [], 'options.output?': ['0', '1'] },
    },
    explaining('gradientTimesInput', kit.gradientTimesInput),
    {
      ...ofTensor('heavyTail', kit.heavyTail, MATRICES),
      args: () => [matrix(), { replicates: 2 }],
      takes: { w: MATRICES, ...bootstrap },
      own: ['class'],
    },
    ofModel('histograms', kit.histograms, {
      ...filter,
      'options.bins?': ['1', '2'],
      'options.range?': [],
      'options.density?': FLAGS,
    }),
    {
      name: 'importance',
      call: kit.importance,
      args: () => [made(), { output: 0, x: tf.ones([1, 2]) }],
      takes: {
        model: ['model'],
        options: [],
        'options.output': ['0', '1'],
        'options.methods?': [],
        'options.x?': INPUTS,
        'options.baseline?': BASELINES,
        'options.steps?': ['1', '2'],
        'options.agreement?': ['0', '1', '0.5', '-1', '-0.5'],
      },
      done: (args) => {
        dispose(args);
        tf.dispose((args[1] as { x: tf.Tensor }).x);
      },
    },
    explaining('integratedGradients', kit.integratedGradients, {
      'options.baseline?': BASELINES,
      'options.steps?': ['1', '2'],
    }),
    {
      name: 'layerSimilarity',
      call: kit.layerSimilarity,
      args: () => [made(), tf.ones([4, 2]), {}],
      takes: {
        model: ['model'],
        batch: [],
        'options?': [],
        'options.layers?': [],
        'options.other?': ['model'],
        'options.otherLayers?': [],
        'options.debiased?': FLAGS,
        'options.batchSize?': [],
      },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'linearCka',
      call: kit.linearCka,
      args: () => [tf.tensor2d([1, 2, 3, 4], [4, 1]), tf.tensor2d([1, 2, 4, 3], [4, 1]), {}],
      takes: { x: [], y: [], 'options?': [], 'options.debiased?': FLAGS },
      own: ['class'],
      done: dispose,
    },
    {
      name: 'marchenkoPastur',
      call: kit.marchenkoPastur,
      args: () => [[1, 2], { rows: 2, cols: 2 }],
      takes: { values: LISTS, options: [], 'options.rows': ['2'], 'options.cols': ['2'] },
    },
    ofTensor('nuclearNorm', kit.nuclearNorm, MATRICES),
    ofTensor('numericalRank', kit.numericalRank, MATRICES),
    {
      name: 'olden',
      call: kit.olden,
      args: () => [[kernel], {}],
      takes: { kernels: [], 'options?': [], 'options.output?': ['0', '1'] },
    },
    ofTensor('participationRatio', kit.participationRatio, MATRICES),
    {
      name: 'powerLaw',
      call: kit.powerLaw,
      args: () => [[1, 2, 3], { replicates: 2 }],
      takes: { values: [...LISTS, '[-1, 70000, 1.5]'], ...bootstrap },
      own: ['class'],
    },
    {
      ...ofTensor('randomized', kit.randomized, MATRICES),
      args: () => [matrix(), { samples: 1 }],
      takes: { w: MATRICES, 'options?': [], 'options.samples?': ['1', '2'], 'options.seed?': SEEDS },
      own: ['class'],
    },
    explaining('saliency', kit.saliency),
    ofModel('snapshot', kit.snapshot, filter),
    ofTensor('sparsity', kit.sparsity, [...MATRICES, 'scalar']),
    ofModel('spectra', kit.spectra, {
      ...filter,
      'options.metrics?': ['[]'],
      'options.maxCost?': SIZES,
      'options.replicates?': ['0', '1', '2'],
      'options.confidence?': ['0.5'],
      'options.samples?': ['1', '2'],
      'options.seed?': SEEDS,
      'options.onProgress?': ['function', 'async function'],
      'options.signal?': [],
    }),
    {
      ...ofTensor('spectralDensity', kit.spectralDensity, MATRICES),
      takes: { w: MATRICES, 'options?': [], 'options.normalize?': FLAGS },
      args: () => [matrix(), {}],
      own: ['class'],
    },
    ofTensor('spectralNorm', kit.spectralNorm, MATRICES),
    ofTensor('spectrum', kit.spectrum, MATRICES),
    ofTensor('stableRank', kit.stableRank, MATRICES),
    ofModel('summarize', kit.summarize, { ...filter, 'options.spectra?': FLAGS, 'options.maxCost?': SIZES }),
    {
      name: 'unitActivity',
      call: kit.unitActivity,
      args: () => [made(), tf.ones([1, 2]), {}],
      takes: {
        model: ['model'],
        batch: ['tensor', 'int32 tensor', 'bool tensor', 'variable', '[variable]'],
        'options?': [],
        'options.layers?': [],
        'options.saturated?': ['1', '0.5'],
        'options.dormant?': ['0', '0.5'],
        'options.batchSize?': ['1', '2'],
      },
      own: ['class'],
      done: dispose,
    },
    watching(kit.watch),
  ],
  withTensors,
);

testRefusals('@weightkit/weight-metrics/layers', layers, [watching(layers.watch)], withTensors);
