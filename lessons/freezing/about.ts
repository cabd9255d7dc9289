import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'freezing',
  title: 'Freezing',
  question:
    'A network has learned one task and is to learn another. Which of its weights stand still when you freeze them?',
  main: { figure: 'moved', controls: ['first', 'second', 'contrast'] },
  level: 'some practice',
  minutes: 15,
  before: ['what a training step does', 'what batch normalization does'],
  links: [
    { to: '/api/transfer-freeze/#freeze', text: 'freeze' },
    { to: '/api/transfer-freeze/#gradualUnfreeze', text: 'gradualUnfreeze' },
    { to: '/docs/start/transfer-freeze/', text: 'Guide: transfer and freezing' },
  ],
  predict: {
    question:
      'The new digits look like the old ones now: full contrast. Both hidden layers and their batch norms, 432 numbers, have ' +
      'trainable = false. How many of the 432 have other bits after training?',
    answer: { options: ['none', '48, the statistics of batch norm', '96, all of batch norm', 'all 432'] },
    values: { contrast: 1 },
  },
  challenge:
    'Keep both layers frozen and the contrast at 0.3 or less. Bring the network with freeze() to 75 % of the new test digits.',
  parameters: {
    first: { kind: 'flag', label: 'Freeze layer 1', initial: true },
    second: { kind: 'flag', label: 'Freeze layer 2', initial: true },
    contrast: {
      kind: 'number',
      label: 'Contrast of the new digits',
      help: '1 is that of the old ones.',
      min: 0.1,
      max: 1,
      step: 0.05,
      initial: 0.3,
    },
    epochs: { kind: 'integer', label: 'Epochs', min: 1, max: 20, initial: 3 },
    rate: {
      kind: 'number',
      label: 'Learning rate',
      help: 'Of Adam.',
      scale: 'log',
      min: 0.001,
      max: 0.3,
      step: 0.05,
      initial: 0.03,
    },
    old: { kind: 'integer', label: 'Old digits', min: 100, max: 5000, initial: 2000 },
    examples: { kind: 'integer', label: 'New digits', min: 20, max: 5000, initial: 1000 },
    units: { kind: 'integer', label: 'Units in a layer', min: 4, max: 100, initial: 12 },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
