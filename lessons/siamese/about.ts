import type { About } from '@weightkit/lesson';
import { nearestDrawing } from './drawing.ts';
import type { Params } from './experiment.ts';

const RULE = 'a digit and which of its images, such as 3.0 to 3.9, or a drawing, as the page writes it';

export const about: About<Params> = {
  name: 'siamese',
  title: 'Weight sharing: Siamese networks',
  question: 'Can a network learn which images belong together, when nobody ever tells it what they show?',
  main: { figure: 'plane', controls: ['leftOut', 'images', 'steps'] },
  instant: ['left', 'right'],
  level: 'advanced',
  minutes: 25,
  before: ['what a training step does', 'what a gradient is'],
  links: [
    { to: '/api/transfer-freeze/#tie', text: 'tie' },
    { to: '/docs/start/transfer-freeze/', text: 'Guide: transfer and freezing' },
    { to: '/api/viz/#decisionBoundary', text: 'decisionBoundary' },
  ],
  predict: {
    question:
      'The tower is trained on pairs of all digits but 4 and 9. Then it compares 4s and 9s. Take a pair of one digit and a pair of both: ' +
      'how often is the pair of one digit the nearer one?',
    answer: {
      options: [
        'about as often as for the digits it knows',
        'less often, but clearly more than half the time',
        'half the time: it cannot tell them apart',
      ],
    },
    values: { leftOut: '4 and 9' },
  },
  challenge: 'Bring the two towers, which share nothing, to an AUC of 95 % on unseen pairs.',
  parameters: {
    leftOut: {
      kind: 'choice',
      label: 'Digits left out of training',
      options: ['none', '0 and 1', '3 and 8', '4 and 9', '5 and 6'],
      initial: 'none',
    },
    images: {
      kind: 'integer',
      scale: 'log',
      label: 'Images to make pairs of',
      min: 200,
      max: 20_000,
      initial: 10_000,
    },
    steps: { kind: 'integer', scale: 'log', label: 'Steps', min: 10, max: 2000, initial: 300 },
    rate: {
      kind: 'number',
      label: 'Learning rate',
      help: 'Of Adam.',
      scale: 'log',
      min: 0.001,
      max: 0.1,
      step: 0.05,
      initial: 0.01,
    },
    left: { kind: 'text', label: 'Left image', rule: RULE, nearest: nearestDrawing, initial: '3.0' },
    right: { kind: 'text', label: 'Right image', rule: RULE, nearest: nearestDrawing, initial: '5.0' },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
