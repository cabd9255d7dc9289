import type { About } from '@weightkit/lesson';
import { ACTIVATION_NAMES, KINDS, THEN } from './choices.ts';
import type { Params } from './experiment.ts';

const ofDepth = ({ network }: Params) =>
  network === 'all of one width' ? undefined : 'The network of slide 12 has layers of its own.';

export const about: About<Params> = {
  name: 'xavier-against-kaiming',
  title: 'Xavier against Kaiming',
  question: 'The same networks, twice: once from Xavier’s weights, once from Kaiming He’s. Which learn more?',
  main: { figure: 'pairs', controls: ['activation', 'depth', 'pairs', 'seed'] },
  level: 'some practice',
  minutes: 20,
  before: ['what an epoch is', 'why the scale of weights matters'],
  links: [
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
    { to: '/api/initializers/#recommend', text: 'recommend' },
    { to: '/api/viz/#pairedDots', text: 'pairedDots' },
  ],
  predict: {
    question:
      'With ten layers of ReLU, He wins by far. Now the same networks have two hidden layers. By how many points of test accuracy is He ahead, on average?',
    answer: { min: -20, max: 60, step: 1, unit: 'points' },
    values: { depth: 2 },
  },
  challenge:
    'Find a setting with at least 20 pairs in which Xavier is ahead, so that the whole 95 % interval is below 0.',
  parameters: {
    activation: { kind: 'choice', label: 'Activation', options: ACTIVATION_NAMES, initial: 'relu' },
    depth: { kind: 'integer', label: 'Hidden layers', min: 1, max: 20, initial: 10, without: ofDepth },
    pairs: { kind: 'integer', label: 'Pairs of networks', min: 2, max: 40, initial: 12 },
    seed: {
      kind: 'integer',
      label: 'Seed',
      help: 'Of the first pair; the others have the next ones.',
      min: 0,
      max: 9999,
      initial: 0,
    },
    network: {
      kind: 'choice',
      label: 'Network',
      options: ['all of one width', 'slide 12: 100-64-32-1'],
      initial: 'all of one width',
    },
    units: { kind: 'integer', label: 'Units in a hidden layer', min: 8, max: 64, initial: 32, without: ofDepth },
    optimizer: { kind: 'choice', label: 'Optimizer', options: ['SGD', 'Adam'], initial: 'SGD' },
    epochs: { kind: 'integer', label: 'Epochs', min: 1, max: 20, initial: 3 },
    layer: { kind: 'choice', label: 'Your layer', options: KINDS, initial: 'Dense' },
    after: { kind: 'choice', label: 'Its activation', options: THEN, initial: 'relu' },
  },
};
