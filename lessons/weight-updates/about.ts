import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';
import { MAP, SURFACES } from './surfaces.ts';

export const about: About<Params> = {
  name: 'weight-updates',
  title: 'Weight updates and optimizers',
  question:
    'The gradient says which way is down. How far should a step go? Click on the map, and four optimizers walk from there.',
  main: { figure: 'map', controls: ['surface', 'rate', 'x', 'y'] },
  level: 'first steps',
  minutes: 20,
  before: ['what a weight is', 'what a slope is'],
  links: [
    { to: '/docs/start/core/', text: 'Guide: core' },
    { to: '/api/core/#tapOptimizer', text: 'tapOptimizer' },
    { to: '/api/viz/#contourChart', text: 'contourChart' },
    { to: '/docs/cookbook/#see-what-training-does', text: 'See what training does' },
  ],
  predict: {
    question:
      'On the plateau, far from the hole in its middle, the ground is almost level: the gradient is about 0.01. ' +
      'Which of the four come down into the hole within 60 steps at a learning rate of 0.1?',
    answer: { options: ['none', 'momentum', 'RMSProp and Adam', 'all four'] },
    values: { surface: 'plateau' },
  },
  challenge:
    'On the banana, start at x = −3, y = 2 and find a learning rate at which plain SGD is lower than 0.001 after 200 steps, without noise.',
  parameters: {
    surface: { kind: 'choice', label: 'Surface', options: SURFACES, initial: 'valley' },
    rate: { kind: 'number', label: 'Learning rate', min: 0.001, max: 2, step: 0.02, scale: 'log', initial: 0.1 },
    x: {
      kind: 'number',
      label: 'Start x',
      help: 'Or click on the map.',
      min: MAP.x[0],
      max: MAP.x[1],
      step: 0.05,
      initial: -3.5,
    },
    y: { kind: 'number', label: 'Start y', min: MAP.y[0], max: MAP.y[1], step: 0.05, initial: 2 },
    steps: { kind: 'integer', label: 'Steps', min: 1, max: 200, initial: 60 },
    momentum: {
      kind: 'number',
      label: 'Momentum μ, and β₁ of Adam',
      min: 0,
      max: 0.99,
      step: 0.01,
      initial: 0.9,
    },
    nesterov: { kind: 'flag', label: 'Nesterov', help: 'Momentum looks ahead.', initial: false },
    decay: { kind: 'number', label: 'Decay ρ of RMSProp', min: 0, max: 0.999, step: 0.001, initial: 0.9 },
    beta2: { kind: 'number', label: 'β₂ of Adam', min: 0, max: 0.999, step: 0.001, initial: 0.999 },
    noise: {
      kind: 'number',
      label: 'Noise of the gradient',
      help: 'As from small batches.',
      min: 0,
      max: 2,
      step: 0.05,
      initial: 0,
    },
    seed: {
      kind: 'integer',
      label: 'Seed',
      min: 0,
      max: 999,
      initial: 0,
      without: ({ noise }) => (noise === 0 ? 'Without noise nothing is random.' : undefined),
    },
  },
};
