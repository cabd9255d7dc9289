import * as pruning from '@weightkit/pruning/checkpoint';
import * as quantization from '@weightkit/quantization/checkpoint';
import * as metrics from '@weightkit/weight-metrics/checkpoint';
import { type Refusal, testRefusals } from '../../src/refusals.ts';
import { close, FLAGS, opened, openedModel, TEXTS } from './opened.ts';

/** What readings of all tensors take; a class as a listener fails itself. */
const reading = {
  'options.filter?': [],
  'options.onProgress?': ['function', 'async function'],
  'options.signal?': [],
} as const;
const onCheckpoint = (name: string, call: Refusal['call'], options: Refusal['takes'], given: object = {}): Refusal => ({
  name,
  call,
  args: async () => [await opened(), given],
  takes: { checkpoint: [], 'options?': [], ...options, ...reading },
  own: ['class'],
  done: close,
});

testRefusals('@weightkit/pruning/checkpoint', pruning, [
  {
    ...onCheckpoint('pruneCheckpoint', pruning.pruneCheckpoint, {}, { sparsity: 0.5 }),
    takes: { checkpoint: [], options: [], 'options.sparsity': ['0', '0.5'], 'options.scope?': [], ...reading },
  },
  {
    ...onCheckpoint('pruneCheckpoint', pruning.pruneCheckpoint, {}, { count: 1 }),
    takes: { checkpoint: [], options: [], 'options.count': ['0', '1', '2'] },
  },
  {
    name: 'shrinkCheckpoint',
    call: pruning.shrinkCheckpoint,
    args: async () => [await openedModel(), { sparsity: 0.5 }],
    takes: {
      checkpoint: [],
      options: [],
      'options.sparsity': ['0.5'],
      'options.mode?': [],
      'options.signal?': [],
    },
    own: ['class'],
    done: close,
  },
]);

const coded = (): quantization.QuantizedValues => ({
  dtype: 'int4',
  shape: [2],
  block: [1],
  codes: Int8Array.of(1, 2),
  scales: Float32Array.of(1, 2),
  zeroPoints: null,
});

testRefusals('@weightkit/quantization/checkpoint', quantization, [
  onCheckpoint('quantizeCheckpoint', quantization.quantizeCheckpoint, {
    'options.dtype?': [],
    'options.range?': [],
    'options.percentile?': [],
    'options.rounding?': [],
    'options.requantize?': FLAGS,
  }),
  {
    ...onCheckpoint('packCheckpoint', quantization.packCheckpoint, {}),
    args: async () => [await opened(), { grid: { dtype: 'int4' } }],
    takes: { checkpoint: [], options: [], 'options.grid': [], 'options.requantize?': FLAGS, ...reading },
  },
  {
    name: 'packTensor',
    call: quantization.packTensor,
    args: () => ['w', coded(), {}],
    takes: { name: TEXTS, quantized: [], 'options?': [], 'options.shape?': [] },
  },
  {
    name: 'unpackTensor',
    call: quantization.unpackTensor,
    args: () => [quantization.packTensor('w', coded())],
    takes: { tensor: [] },
  },
]);

testRefusals('@weightkit/weight-metrics/checkpoint', metrics, [
  {
    ...onCheckpoint('compare', metrics.compare, {}),
    args: async () => [await opened(), await opened(), {}],
    takes: { before: [], after: [], 'options?': [], ...reading },
  },
  onCheckpoint('histograms', metrics.histograms, {
    'options.bins?': ['1', '2'],
    'options.range?': [],
    'options.density?': FLAGS,
  }),
  onCheckpoint('spectra', metrics.spectra, {
    'options.metrics?': ['[]'],
    'options.maxCost?': ['0', '1', '2', '0.5', 'Infinity', '2^53', '1e300'],
    'options.replicates?': ['0', '1', '2'],
    'options.confidence?': ['0.5'],
    'options.samples?': ['1', '2'],
    'options.seed?': ['0', '1', '2', '-1'],
  }),
  onCheckpoint('summarize', metrics.summarize, {
    'options.spectra?': FLAGS,
    'options.maxCost?': ['0', '1', '2', '0.5', 'Infinity', '2^53', '1e300'],
  }),
]);
