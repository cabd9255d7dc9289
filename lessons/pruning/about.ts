import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

// The lists of prune-net.ts, written out: pages load this file, and not TensorFlow.js.
export const about: About<Params> = {
  name: 'pruning',
  title: 'Pruning',
  question: 'How many weights of a trained network can you set to zero before it forgets its digits?',
  main: { figure: 'cut', controls: ['sparsity', 'what', 'by', 'scope'] },
  instant: ['sparsity', 'what', 'by', 'scope'],
  level: 'some practice',
  minutes: 20,
  before: ['what a weight is', 'what a training step does'],
  links: [
    { to: '/docs/start/pruning/', text: 'Guide: pruning' },
    { to: '/docs/start/shrinking/', text: 'Guide: shrinking' },
    { to: '/docs/cookbook/#make-a-model-smaller', text: 'Make a model smaller' },
    { to: '/docs/cookbook/#rewind-to-a-lottery-ticket', text: 'Rewind to a lottery ticket' },
    { to: '/api/pruning/#prune', text: 'prune' },
    { to: '/api/pruning/#shrink', text: 'shrink' },
    { to: '/api/pruning/#lotteryTicket', text: 'lotteryTicket' },
  ],
  predict: {
    question:
      'The smallest weights of the whole network go first, and nothing is trained afterwards. Up to which share of zeros is it at most ' +
      'one point worse than before?',
    answer: { min: 0, max: 100, step: 10, unit: '% zeros' },
    values: { sparsity: 50, tune: 0 },
  },
  challenge:
    'Make a file of weights that gzip brings below 16 kB, of a network that has 91 % of the unseen digits right. Find the settings ' +
    'under More settings, and Run.',
  parameters: {
    sparsity: {
      kind: 'integer',
      label: 'Zeros, %',
      min: 0,
      max: 99,
      initial: 90,
      without: ({ what }) => (what === '2:4' ? '2 of 4 weights go, always' : undefined),
    },
    what: {
      kind: 'choice',
      label: 'What goes',
      help: 'Single weights, two of each four neighbors, or whole hidden units.',
      options: ['weights', '2:4', 'units'],
      initial: 'weights',
    },
    by: {
      kind: 'choice',
      label: 'In which order',
      options: ['smallest first', 'at random'],
      initial: 'smallest first',
    },
    scope: {
      kind: 'choice',
      label: 'The share is of',
      options: ['the whole network', 'each layer'],
      initial: 'the whole network',
      without: ({ what }) => (what === '2:4' ? '2 of 4 weights go, everywhere' : undefined),
    },
    tune: { kind: 'integer', label: 'Steps of training on', min: 0, max: 1000, initial: 300 },
    steps: { kind: 'integer', scale: 'log', label: 'Steps before pruning', min: 10, max: 1000, initial: 300 },
    images: { kind: 'integer', scale: 'log', label: 'Training images', min: 100, max: 10_000, initial: 5000 },
    compare: {
      kind: 'flag',
      label: 'Also prune little by little, and train the dense network on',
      initial: false,
    },
    timed: { kind: 'flag', label: 'Measure the time of predictions', initial: true },
    tickets: { kind: 'flag', label: 'Also draw lottery tickets', help: 'Trains eleven times as long.', initial: false },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
