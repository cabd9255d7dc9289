import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'regularization',
  title: 'Regularization',
  question: 'A penalty on the weights makes a model fit its examples worse. How can it predict better for that?',
  main: { figure: 'paths', controls: ['lambda', 'penalty', 'task', 'noise'] },
  level: 'some practice',
  minutes: 20,
  before: ['what a step of gradient descent is', 'what training and test data are'],
  links: [
    { to: '/api/viz/#coefficientPaths', text: 'coefficientPaths' },
    { to: '/api/numerics/#eigh', text: 'eigh' },
    { to: '/docs/start/pruning/', text: 'Guide: pruning' },
  ],
  predict: {
    question:
      'The figure shows the best weights under an L1 penalty, and many of them are exactly 0. Now gradient descent minimizes that very loss, ' +
      'the penalty included, for 2000 steps. How many of its 20 weights are exactly 0?',
    answer: { min: 0, max: 20, step: 1, unit: 'of 20 weights' },
    values: { steps: 2000 },
  },
  challenge:
    'On the sparse regression, with 20 weights and noise of 1.5 or more, make L1 keep exactly the five weights that matter and set the other ' +
    'fifteen to 0. You may take more examples.',
  parameters: {
    lambda: {
      kind: 'number',
      label: 'Strength λ',
      scale: 'log',
      min: 0.001,
      max: 10,
      step: 0.02,
      initial: 0.4,
    },
    penalty: { kind: 'choice', label: 'Penalty', options: ['L1', 'L2'], initial: 'L1' },
    task: { kind: 'choice', label: 'Task', options: ['sparse regression', 'polynomial'], initial: 'sparse regression' },
    noise: {
      kind: 'number',
      label: 'Noise',
      help: 'Standard deviation of what is added to the targets.',
      min: 0,
      max: 4,
      step: 0.1,
      initial: 1.5,
    },
    examples: { kind: 'integer', label: 'Training examples', min: 24, max: 300, initial: 30 },
    features: {
      kind: 'integer',
      label: 'Weights',
      help: 'Inputs of the regression, or terms of the polynomial.',
      min: 6,
      max: 20,
      initial: 20,
    },
    steps: { kind: 'integer', label: 'Steps of training', min: 50, max: 3000, initial: 500 },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
