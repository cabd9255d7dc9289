import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';
import { FIRST } from './presets.ts';
import { nearestStack } from './stack.ts';

export const about: About<Params> = {
  name: 'what-a-weight-is',
  title: 'What a weight is: shapes and sizes',
  question: 'Where are the weights of a network, and how many has it? Build one and see every matrix at one scale.',
  main: { figure: 'stack', controls: ['convention', 'stack'] },
  level: 'first steps',
  minutes: 10,
  before: ['what a function is'],
  links: [
    { to: '/docs/start/core/', text: 'Guide: core' },
    { to: '/api/core/#fans', text: 'fans' },
    { to: '/api/viz/#shapeChart', text: 'shapeChart' },
    { to: '/docs/cookbook/#make-a-model-smaller', text: 'Make a model smaller' },
  ],
  predict: {
    question:
      'A dense layer of 16 units that reads a picture of 28 × 28 pixels has 12,560 parameters. ' +
      'How many has a convolution with 16 filters of 3 × 3 that reads the same picture?',
    answer: { options: ['144', '160', '2,320', '12,560', '108,160'] },
    values: { stack: 'image-28-28-1.conv-16-3' },
  },
  challenge:
    'Build a network that reads a picture of 28 × 28 × 1, has two layers Conv2D of at least 8 filters of 3 × 3 or more, ends in Dense 10, ' +
    'and has fewer than 3,000 parameters.',
  parameters: {
    convention: {
      kind: 'choice',
      label: 'Convention',
      options: ['TensorFlow.js', 'PyTorch'],
      initial: 'TensorFlow.js',
    },
    stack: {
      kind: 'text',
      label: 'Layers',
      rule: 'an input and layers, as vector-64.dense-32.dense-10',
      help: 'Inputs: vector-n, image-h-w-c, words-n. Layers: dense-n, conv-n-k, depthwise-k, separable-n-k, pool-k, flatten, embedding-n-d, rnn-n, lstm-n.',
      nearest: nearestStack,
      initial: FIRST,
    },
    inputs: { kind: 'integer', label: 'Inputs of the layer by hand', min: 1, max: 8, initial: 3 },
    outputs: { kind: 'integer', label: 'Its outputs', min: 1, max: 6, initial: 2 },
    seed: { kind: 'integer', label: 'Seed', help: 'Of the numbers by hand.', min: 0, max: 9999, initial: 1 },
  },
};
