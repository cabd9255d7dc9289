import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'compute-by-hand',
  title: 'Extract weights and compute by hand',
  question: 'A trained network is nothing but its weights. Can you compute its answers by hand from its nine numbers?',
  main: { figure: 'network', controls: ['input', 'seed'] },
  level: 'first steps',
  minutes: 15,
  before: ['what a weight and a bias are'],
  links: [
    { to: '/docs/start/units-and-inputs/', text: 'Guide: units and inputs' },
    { to: '/api/weight-metrics/#snapshot', text: 'snapshot' },
    { to: '/api/core/#weightsOf', text: 'weightsOf' },
    { to: '/docs/cookbook/#change-a-file-without-tensorflowjs', text: 'Change a file without TensorFlow.js' },
  ],
  predict: {
    question:
      'Without a new start this network stays at a loss of 0.125, on a plateau. How many of its four answers are right there?',
    answer: { options: ['none', 'one', 'two', 'three'] },
    values: { restartEvery: 0, maxSteps: 3000 },
  },
  challenge: 'Find a seed whose first weights learn XOR in fewer than 300 steps.',
  parameters: {
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999_999, initial: 2 },
    input: {
      kind: 'choice',
      label: 'Input to compute by hand',
      options: ['0, 0', '0, 1', '1, 0', '1, 1'],
      initial: '0, 1',
    },
    restartEvery: {
      kind: 'integer',
      label: 'New weights every … steps',
      help: 'The course’s notebook has 1000; 0 is never.',
      min: 0,
      max: 10_000,
      initial: 1000,
    },
    resetAdam: {
      kind: 'flag',
      label: 'Reset Adam with the weights',
      help: 'The notebook does not.',
      initial: false,
      without: ({ restartEvery, maxSteps }) =>
        restartEvery === 0 || restartEvery >= maxSteps ? 'The weights start only once.' : undefined,
    },
    maxSteps: { kind: 'integer', label: 'Give up after … steps', min: 100, max: 50_000, initial: 10_000 },
  },
};
