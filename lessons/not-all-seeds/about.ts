import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'not-all-seeds',
  title: 'Not all seeds are equal',
  question: 'Fifty networks differ only in their first weights. How many of them fail?',
  main: { figure: 'maps', controls: ['law', 'hidden', 'seed'] },
  level: 'first steps',
  minutes: 15,
  before: ['what a dense layer computes', 'what XOR is'],
  links: [
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
    { to: '/api/initializers/#uniform', text: 'uniform' },
    { to: '/api/initializers/#torchDefault', text: 'torchDefault' },
    { to: '/docs/cookbook/#start-training-right', text: 'Start training right' },
  ],
  predict: {
    question:
      'Of fifty networks whose first weights are drawn between −5 and 5, the default run shows how many fail. ' +
      'Now the weights are drawn between −1 and 1. How many of the fifty fail?',
    answer: { min: 0, max: 50, step: 1, unit: 'of 50 networks' },
    values: { law: 'U(−1, 1)' },
  },
  challenge: 'Keep the weights between −5 and 5, and bring it about that at most 5 of the 50 networks fail.',
  parameters: {
    law: {
      kind: 'choice',
      label: 'First weights',
      options: ['U(−5, 5)', 'U(−1, 1)', 'N(0, 1)', 'Xavier', 'PyTorch’s default'],
      initial: 'U(−5, 5)',
    },
    nets: { kind: 'integer', label: 'Networks', min: 10, max: 100, initial: 50 },
    hidden: { kind: 'integer', label: 'Hidden units', min: 2, max: 8, initial: 2 },
    rate: {
      kind: 'number',
      label: 'Step of Adam',
      scale: 'log',
      min: 0.001,
      max: 0.1,
      step: 0.02,
      initial: 0.01,
    },
    steps: { kind: 'integer', label: 'Steps', min: 100, max: 5000, initial: 3000 },
    follow: {
      kind: 'integer',
      label: 'Network to follow',
      help: '0 is the first that fails.',
      min: 0,
      max: 100,
      initial: 0,
    },
    seed: {
      kind: 'integer',
      label: 'Seed',
      help: 'Of the first network; the others have the next ones.',
      min: 0,
      max: 9999,
      initial: 0,
    },
  },
};
