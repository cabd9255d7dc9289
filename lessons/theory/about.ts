import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'theory',
  title: 'Theory and further reading',
  question: 'Weights start random, and neither large nor small. What does the ground look like from there?',
  main: { figure: 'map', controls: ['scale', 'bias', 'steps', 'seed'] },
  level: 'advanced',
  minutes: 25,
  before: ['what a gradient is', 'why equal weights stay equal (lesson 3)'],
  links: [
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
    { to: '/docs/cookbook/#start-training-right', text: 'Start training right' },
    { to: '/api/weight-metrics/#alignUnits', text: 'alignUnits' },
    { to: '/api/viz/#contourChart', text: 'contourChart' },
  ],
  predict: {
    question:
      'All kernels start ten times smaller. The steps and their rate stay as they are. How many percent of the unseen digits are right after 150 steps?',
    answer: { min: 0, max: 100, step: 1, unit: '%' },
    values: { scale: 0.1 },
  },
  challenge:
    'Bring the ridge between the two networks, units in one order, below 0.12, where both have 80 % of the unseen digits right.',
  parameters: {
    scale: {
      kind: 'number',
      label: 'Scale of the kernels',
      help: 'Times He’s law.',
      scale: 'log',
      min: 0.01,
      max: 10,
      step: 0.05,
      initial: 1,
    },
    bias: {
      kind: 'number',
      label: 'Spread of the biases',
      help: 'Their standard deviation at the start.',
      min: 0,
      max: 5,
      step: 0.1,
      initial: 0,
    },
    steps: { kind: 'integer', scale: 'log', label: 'Steps', min: 10, max: 1000, initial: 150 },
    rate: {
      kind: 'number',
      label: 'Learning rate',
      help: 'Of gradient descent.',
      scale: 'log',
      min: 0.01,
      max: 0.5,
      step: 0.05,
      initial: 0.1,
    },
    units: { kind: 'integer', scale: 'log', label: 'Units in a hidden layer', min: 4, max: 64, initial: 32 },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
