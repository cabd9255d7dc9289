import * as tf from '@tensorflow/tfjs';
import * as kit from '@weightkit/weight-metrics';
import * as layers from '@weightkit/weight-metrics/layers';
import { type Refusal, testRefusals } from '../src/refusals.ts';
import { dispose, FLAGS, free, made, withTensors } from './refused.ts';

const SOURCES = ['model', 'layer', 'variable', '[variable]', '{ variable }'] as const;
const SIZES = ['0', '1', '2', '0.5', 'Infinity', '2^53', '1e300'] as const;
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
    ofModel('histograms', kit.histograms, {
      ...filter,
      'options.bins?': ['1', '2'],
      'options.range?': [],
      'options.density?': FLAGS,
    }),
    ofTensor('nuclearNorm', kit.nuclearNorm, MATRICES),
    ofTensor('numericalRank', kit.numericalRank, MATRICES),
    ofTensor('participationRatio', kit.participationRatio, MATRICES),
    ofModel('snapshot', kit.snapshot, filter),
    ofTensor('sparsity', kit.sparsity, [...MATRICES, 'scalar']),
    ofTensor('spectralNorm', kit.spectralNorm, MATRICES),
    ofTensor('spectrum', kit.spectrum, MATRICES),
    ofTensor('stableRank', kit.stableRank, MATRICES),
    ofModel('summarize', kit.summarize, { ...filter, 'options.spectra?': FLAGS, 'options.maxCost?': SIZES }),
    watching(kit.watch),
  ],
  withTensors,
);

testRefusals('@weightkit/weight-metrics/layers', layers, [watching(layers.watch)], withTensors);
