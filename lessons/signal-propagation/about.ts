import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'signal-propagation',
  title: 'Signal propagation',
  question: 'How large must random weights be, so that what goes into a deep network also arrives at its end?',
  main: { figure: 'signal', controls: ['std', 'activation', 'depth'] },
  level: 'first steps',
  minutes: 20,
  instant: true,
  before: ['what a dense layer computes', 'what a standard deviation is'],
  links: [
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
    { to: '/api/initializers/#signalReport', text: 'signalReport' },
    { to: '/api/initializers/#heNormal', text: 'heNormal' },
    { to: '/docs/cookbook/#start-training-right', text: 'Start training right' },
    { to: '/docs/cookbook/#find-dead-relus', text: 'Find dead ReLUs' },
    { to: '/docs/cookbook/#the-loss-is-nan-find-the-weight', text: 'The loss is NaN: find the weight' },
  ],
  predict: {
    question:
      'With a standard deviation of 0.1, a layer of 100 ReLU units makes the signal smaller by a factor of 0.7. ' +
      'Now the weights are ten times smaller, 0.01. How many powers of ten smaller is the signal after ten layers?',
    answer: { min: 0, max: 30, step: 1, unit: 'powers of ten' },
    values: { std: 0.01 },
  },
  challenge:
    'Take 20 layers of 50 ReLU units, and find a standard deviation at which the last activations are between half and twice as large as the inputs.',
  parameters: {
    std: {
      kind: 'number',
      label: 'Standard deviation of the weights',
      scale: 'log',
      min: 1e-4,
      max: 10,
      step: 0.01,
      initial: 0.1,
    },
    activation: {
      kind: 'choice',
      label: 'Activation',
      options: ['relu', 'tanh', 'sigmoid', 'linear'],
      initial: 'relu',
    },
    depth: { kind: 'integer', label: 'Layers', min: 1, max: 30, initial: 10 },
    units: { kind: 'integer', label: 'Units in a layer', min: 10, max: 300, initial: 100 },
    samples: {
      kind: 'integer',
      label: 'Random inputs',
      help: 'The slide has 1000.',
      min: 10,
      max: 1000,
      initial: 200,
    },
    train: {
      kind: 'flag',
      label: 'Train these layers on digits',
      help: '2,000 digits, 4 epochs. It takes some seconds.',
      initial: false,
    },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
