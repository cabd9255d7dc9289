import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';
import { nearestReview } from './nearest-review.ts';

export const about: About<Params> = {
  name: 'sentiment',
  title: 'Sentiment with a recurrent network',
  question: 'A network reads your film review word by word. Which words decide what it says?',
  main: { figure: 'words', controls: ['review', 'start', 'epochs', 'seed'] },
  instant: ['review'],
  level: 'advanced',
  minutes: 25,
  before: ['what a layer of weights is', 'what an initializer is'],
  links: [
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
    { to: '/docs/start/quantization/', text: 'Guide: quantization' },
    { to: '/docs/cookbook/#make-a-model-smaller', text: 'Make a model smaller' },
    { to: '/api/core/#tapOptimizer', text: 'tapOptimizer' },
    { to: '/api/core/#fillMissingKernels', text: 'fillMissingKernels' },
  ],
  predict: {
    question:
      'A small network learns here from 4,000 reviews. Its embedding starts from random numbers of ±0.05, as in Keras. PyTorch starts ' +
      'from a standard deviation of 1, which is 35 times as wide. What share of unseen reviews does it have right then, where guessing has 50 %?',
    answer: { min: 40, max: 90, step: 1, unit: '% right' },
    values: { start: 'normal, std 1' },
  },
  challenge:
    'Write a review of eight words or more that has the word “great” in it, and that the trained network gives a chance of 10 % at most.',
  parameters: {
    review: {
      kind: 'text',
      label: 'Your review',
      rule: 'a line with a word in it, of 600 characters at most',
      nearest: nearestReview,
      initial: 'The story is a mess and far too long, but the acting is superb and I loved the end.',
    },
    start: {
      kind: 'choice',
      label: 'Start of the embedding',
      help: 'Of the small network that learns here.',
      options: ['uniform ±0.05', 'glorot_uniform', 'he_normal', 'normal, std 1'],
      initial: 'uniform ±0.05',
    },
    epochs: { kind: 'integer', label: 'Epochs', min: 1, max: 10, initial: 2 },
    judged: {
      kind: 'integer',
      scale: 'log',
      label: 'Unseen reviews to judge by',
      help: 'For the trained network.',
      min: 100,
      max: 2500,
      initial: 100,
    },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
