import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'importance',
  title: 'Weight importance and attribution',
  question: 'Which inputs does a network listen to? Can its weights tell, or do you have to ask it?',
  main: { figure: 'methods', controls: ['factor', 'spread', 'kind', 'task'] },
  instant: ['factor', 'kind', 'example', 'baseline'],
  level: 'advanced',
  minutes: 25,
  before: ['what a weight is', 'what a gradient is'],
  links: [
    { to: '/docs/start/units-and-inputs/', text: 'Guide: units and inputs' },
    { to: '/docs/cookbook/#see-which-inputs-matter', text: 'See which inputs matter' },
    { to: '/api/weight-metrics/#importance', text: 'importance' },
    { to: '/api/weight-metrics/#garson', text: 'garson' },
    { to: '/api/weight-metrics/#olden', text: 'olden' },
    { to: '/api/weight-metrics/#integratedGradients', text: 'integratedGradients' },
  ],
  predict: {
    question:
      'A network learns to tell three kinds of iris apart from four lengths, and from a fifth input: tiny random numbers, which say nothing. ' +
      'What share of the weights of its first layer do the random numbers get?',
    answer: { min: 0, max: 60, step: 1, unit: '% of all |weights|' },
    values: { spread: 0.01 },
  },
  challenge:
    'Make |weights| say that more than half of all importance is that of the random numbers, while the network is right for 94 % of the ' +
    'test flowers or more, and shuffling shows that the random numbers have less than 3 %.',
  parameters: {
    task: { kind: 'choice', label: 'Task', options: ['iris', 'XOR'], initial: 'iris' },
    spread: {
      kind: 'number',
      label: 'Spread of the random numbers',
      help: 'Their standard deviation. The lengths of the flowers have 1.',
      scale: 'log',
      min: 0.01,
      max: 10,
      step: 0.1,
      initial: 0.03162,
    },
    factor: {
      kind: 'number',
      label: 'Unit of the petal length, or of x1',
      help: 'Its numbers are multiplied by this, and its weights are divided: the network says the same.',
      scale: 'log',
      min: 0.01,
      max: 100,
      step: 0.1,
      initial: 1,
    },
    kind: {
      kind: 'choice',
      label: 'Explained: the chance of',
      options: ['setosa', 'versicolor', 'virginica'],
      initial: 'virginica',
      without: ({ task }) => (task === 'iris' ? undefined : 'XOR has one output'),
    },
    example: { kind: 'integer', label: 'Test example', min: 0, max: 49, initial: 16 },
    baseline: {
      kind: 'choice',
      label: 'Baseline',
      help: 'With what an example is compared: the average of each input, or its lowest value.',
      options: ['average', 'lowest'],
      initial: 'average',
    },
    retrain: { kind: 'flag', label: 'Also train without each input', initial: true },
    units: { kind: 'integer', label: 'Hidden units', min: 2, max: 16, initial: 6 },
    steps: { kind: 'integer', label: 'Steps', min: 10, max: 400, initial: 100 },
    decay: {
      kind: 'number',
      label: 'Weight decay',
      help: 'The part of themselves that weights lose in each step.',
      min: 0,
      max: 0.1,
      step: 0.005,
      initial: 0,
    },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
