import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'transfer-learning',
  title: 'Transfer learning',
  question: 'A network knows the digits 0 to 4. How much does that help it with 5 to 9, of which it sees only a few?',
  main: { figure: 'curves', controls: ['examples', 'tuned', 'gradual', 'adapters'] },
  level: 'some practice',
  minutes: 25,
  before: ['what a convolution is', 'what freezing does'],
  links: [
    { to: '/docs/start/transfer-learning/', text: 'Guide: transfer learning' },
    { to: '/docs/start/adapters/', text: 'Guide: adapters' },
    { to: '/api/transfer-freeze/#replaceHead', text: 'replaceHead' },
    { to: '/api/transfer-freeze/#cacheFeatures', text: 'cacheFeatures' },
  ],
  predict: {
    question:
      'Ten examples, two of each new digit. By how many points of test accuracy is the frozen network ahead of one that begins from scratch?',
    answer: { min: -20, max: 60, step: 1, unit: 'points' },
    values: { examples: 10 },
  },
  challenge:
    'With 100 examples of the new digits or fewer, bring one of the networks that know the old ones to 86 % of the new test digits.',
  parameters: {
    examples: {
      kind: 'integer',
      label: 'Examples of 5 to 9',
      help: 'As many of each digit.',
      scale: 'log',
      min: 10,
      max: 1000,
      initial: 20,
    },
    tuned: { kind: 'flag', label: 'Fine-tuned', initial: true },
    gradual: { kind: 'flag', label: 'Gradual', initial: true },
    adapters: { kind: 'flag', label: 'LoRA', initial: true },
    paper: {
      kind: 'flag',
      label: 'New digits dark on white',
      help: 'As on paper. The old ones are white on black.',
      initial: false,
    },
    old: { kind: 'integer', label: 'Examples of 0 to 4', min: 100, max: 5000, initial: 2000 },
    steps: { kind: 'integer', label: 'Steps of each method', min: 5, max: 400, initial: 60 },
    rate: {
      kind: 'number',
      label: 'Learning rate',
      help: 'Of Adam.',
      scale: 'log',
      min: 0.0001,
      max: 0.1,
      step: 0.1,
      initial: 0.01,
    },
    rank: {
      kind: 'integer',
      label: 'Rank of LoRA',
      min: 1,
      max: 8,
      initial: 4,
      without: ({ adapters }) => (adapters ? undefined : 'LoRA is off'),
    },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
