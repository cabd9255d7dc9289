import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'normalization',
  title: 'Batch and weight normalization',
  question: 'The first weights are ten times too large, or ten times too small. Can a network learn all the same?',
  main: { figure: 'signal', controls: ['scale', 'beside', 'depth', 'epochs'] },
  level: 'some practice',
  minutes: 20,
  instant: ['scale', 'beside', 'depth'],
  before: ['how the scale of weights travels through layers', 'what a training step does'],
  links: [
    { to: '/api/weightnorm/#weightNorm', text: 'weightNorm' },
    { to: '/api/weightnorm/#spectralNorm', text: 'spectralNorm' },
    { to: '/api/weightnorm/#weightStandardization', text: 'weightStandardization' },
    { to: '/docs/start/weightnorm/', text: 'Guide: weight norm' },
  ],
  predict: {
    question:
      'The network has ten hidden layers now, and its first weights are ten times as large as He’s. ' +
      'With batch normalization, by what factor is the signal behind the last hidden layer larger than with He’s weights?',
    answer: { options: ['hardly at all', 'about 10', 'about 100,000', 'about 10,000,000,000'] },
    values: { depth: 10, epochs: 0 },
  },
  challenge:
    'Keep five layers and the first weights ten times too large. Bring the network with batch normalization to 88 % of the test digits ' +
    'in a single epoch.',
  parameters: {
    scale: {
      kind: 'number',
      label: 'Scale of the first weights',
      help: '1 is He’s law.',
      scale: 'log',
      min: 0.1,
      max: 10,
      step: 0.05,
      initial: 10,
    },
    beside: {
      kind: 'choice',
      label: 'Third network',
      options: ['weight norm, g = 1', 'weight norm', 'spectral norm', 'weight standardization'],
      initial: 'weight norm, g = 1',
    },
    depth: { kind: 'integer', label: 'Hidden layers', min: 1, max: 12, initial: 5 },
    epochs: { kind: 'integer', label: 'Epochs', help: '0: the first step alone.', min: 0, max: 20, initial: 2 },
    rate: {
      kind: 'number',
      label: 'Learning rate',
      help: 'Of Adam.',
      scale: 'log',
      min: 0.001,
      max: 0.3,
      step: 0.05,
      initial: 0.01,
    },
    units: { kind: 'integer', label: 'Units in a layer', min: 4, max: 100, initial: 64 },
    examples: { kind: 'integer', label: 'Digits', min: 100, max: 10000, initial: 5000 },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
