import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

const onlyDigits = ({ task }: Params) => (task === 'slide' ? 'The slide has 100 points.' : undefined);

export const about: About<Params> = {
  name: 'breaking-symmetry',
  title: 'Breaking symmetry',
  question:
    'Why do weights start at random? Start every unit of a layer the same, and watch whether they ever become different.',
  main: { figure: 'units', controls: ['start', 'layers', 'oneDifferent', 'activation'] },
  level: 'first steps',
  minutes: 15,
  before: ['what a dense layer computes', 'what a gradient step does'],
  links: [
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
    { to: '/api/initializers/#initialize', text: 'initialize' },
    { to: '/api/weight-metrics/#compare', text: 'compare' },
    { to: '/docs/cookbook/#start-training-right', text: 'Start training right' },
    { to: '/docs/cookbook/#find-dead-relus', text: 'Find dead ReLUs' },
  ],
  predict: {
    question:
      'All kernels start at 0.01, so all 16 units of the first layer are equal. Now one single weight of the layer starts 0.1 higher. ' +
      'After ten epochs, how many of the 16 units are different from each other?',
    answer: { min: 1, max: 16, step: 1, unit: 'different units' },
    values: { start: 'constant', oneDifferent: true },
  },
  challenge:
    'Start the kernel of the first layer at zero and reach a test accuracy of 60 %, with 1,000 training digits and 10 epochs at most.',
  parameters: {
    start: {
      kind: 'choice',
      label: 'Kernels start',
      options: ['side by side', 'zeros', 'constant', 'random'],
      initial: 'side by side',
    },
    layers: {
      kind: 'choice',
      label: 'Which kernels',
      help: 'The others start at random (He).',
      options: ['all', 'first', 'second', 'output'],
      initial: 'all',
      without: ({ start }) => (start === 'random' ? 'All start at random.' : undefined),
    },
    value: {
      kind: 'number',
      label: 'The constant',
      min: 0.001,
      max: 0.1,
      step: 0.001,
      initial: 0.01,
      without: ({ start }) =>
        start === 'constant' || start === 'side by side' ? undefined : 'No kernel starts constant.',
    },
    oneDifferent: {
      kind: 'flag',
      label: 'One weight different',
      help: 'One weight of the first layer starts 0.1 higher.',
      initial: false,
    },
    biases: { kind: 'choice', label: 'Biases start', options: ['zero', 'random'], initial: 'zero' },
    activation: { kind: 'choice', label: 'Activation', options: ['relu', 'tanh'], initial: 'relu' },
    optimizer: {
      kind: 'choice',
      label: 'Optimizer',
      help: 'Step 0.1 for sgd, 0.001 for adam.',
      options: ['sgd', 'adam'],
      initial: 'sgd',
    },
    task: {
      kind: 'choice',
      label: 'Task',
      help: 'Digits: 784-units-units-10. The slide: 100 random points, 5-units-1.',
      options: ['digits', 'slide'],
      initial: 'digits',
    },
    units: { kind: 'integer', label: 'Units in a hidden layer', min: 1, max: 32, initial: 16 },
    examples: {
      kind: 'integer',
      label: 'Training digits',
      min: 100,
      max: 20_000,
      initial: 1000,
      without: onlyDigits,
    },
    epochs: { kind: 'integer', label: 'Epochs', min: 1, max: 60, initial: 10 },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
