import type { About } from '@weightkit/lesson';
import { nearestDrawing } from '../siamese/drawing.ts';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'seeing-filters',
  title: 'Seeing filters',
  question: 'A filter of 3 × 3 weights is a picture. Does it show what the network has learned?',
  main: { figure: 'filters', controls: ['slide', 'steps', 'rate', 'seed'] },
  instant: ['slide', 'filter', 'image'],
  level: 'some practice',
  minutes: 20,
  before: ['what a convolution is', 'what a training step does'],
  links: [
    { to: '/api/viz/#filterGrid', text: 'filterGrid' },
    { to: '/docs/start/viz/', text: 'Guide: viz' },
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
  ],
  predict: {
    question:
      'A second network has the same start, and its first layer is frozen: its 16 filters stay as they were drawn, at random. After ' +
      '40 steps in place of 200, by how many points of test accuracy is it behind?',
    answer: { min: 0, max: 60, step: 1, unit: 'points' },
    values: { steps: 40 },
  },
  challenge:
    'Train filters that leave their start behind: a mean cosine of 0.7 at most, by a network that has 90 % of the unseen digits right.',
  parameters: {
    slide: { kind: 'flag', label: 'Gray, each by its own range', help: 'As the slide draws them.', initial: false },
    steps: { kind: 'integer', scale: 'log', label: 'Steps', min: 10, max: 1000, initial: 200 },
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
    images: { kind: 'integer', scale: 'log', label: 'Training images', min: 100, max: 10_000, initial: 5000 },
    filter: { kind: 'integer', label: 'Filter to look at', min: 0, max: 15, initial: 0 },
    image: {
      kind: 'text',
      label: 'Image',
      rule: 'a digit and which of its images, such as 3.0 to 3.9, or a drawing, as the page writes it',
      nearest: nearestDrawing,
      initial: '3.0',
    },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
