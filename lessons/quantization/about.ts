import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';
import { RANGES, SHARED } from './grids.ts';
import { LAYERS } from './layers.ts';

export const about: About<Params> = {
  name: 'quantization',
  title: 'Quantization',
  question: 'A weight has 32 bits. How few are enough for the same answers?',
  main: { figure: 'grid', controls: ['bits', 'shared', 'range', 'layer'] },
  instant: ['bits', 'shared', 'layer'],
  level: 'some practice',
  minutes: 20,
  before: ['what a weight is', 'what test accuracy is'],
  links: [
    { to: '/docs/start/quantization/', text: 'Guide: quantization' },
    { to: '/docs/start/quantization-aware-training/', text: 'Guide: quantization-aware training' },
    { to: '/api/quantization/#quantizeValues', text: 'quantizeValues' },
    { to: '/docs/cookbook/#make-a-model-smaller', text: 'Recipe: make a model smaller' },
  ],
  predict: {
    question:
      'In 8 bits a weight is one of 256 numbers, in 2 bits one of 4. All weights of a layer share these numbers, and each becomes the nearest. ' +
      'How many points of test accuracy are lost with 2 bits?',
    answer: { min: 0, max: 90, step: 1, unit: 'points' },
    values: { bits: 2 },
  },
  challenge:
    'Get 90 % of the unseen digits right with weights of 2 bits: the last line of the figure “Few bits, in four ways”.',
  parameters: {
    bits: { kind: 'integer', label: 'Bits of a weight', min: 2, max: 8, initial: 4 },
    shared: { kind: 'choice', label: 'A scale for', options: SHARED, initial: 'a layer' },
    range: {
      kind: 'choice',
      label: 'Codes reach',
      help: 'All weights, or less far, where that has the least square error.',
      options: RANGES,
      initial: 'all weights',
    },
    layer: { kind: 'choice', label: 'Layer to look at', options: Object.keys(LAYERS), initial: 'first' },
    steps: {
      kind: 'integer',
      scale: 'log',
      label: 'Steps',
      help: 'Of the training before.',
      min: 20,
      max: 2000,
      initial: 300,
    },
    more: {
      kind: 'integer',
      scale: 'log',
      label: 'Further steps',
      help: 'With rounded weights.',
      min: 10,
      max: 1000,
      initial: 60,
    },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
