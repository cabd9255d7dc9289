import type { About } from '@weightkit/lesson';
import { BITS } from './bits.ts';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'all-together',
  title: 'All together: a network in 30 kB',
  question: 'A network that reads digits takes 139 kB. How well does it still read them in 30 kB?',
  main: { figure: 'path', controls: ['budget', 'units', 'zeros', 'bits'] },
  instant: ['budget', 'bits'],
  level: 'advanced',
  minutes: 20,
  before: ['pruning', 'quantization'],
  links: [
    { to: '/docs/start/shrinking/', text: 'Guide: shrinking' },
    { to: '/docs/start/quantization-aware-training/', text: 'Guide: quantization-aware training' },
    { to: '/docs/cookbook/#make-a-model-smaller', text: 'Make a model smaller' },
    { to: '/api/pruning/#shrink', text: 'shrink' },
    { to: '/api/quantization/#trainQuantized', text: 'trainQuantized' },
  ],
  predict: {
    question:
      'With 8 kB a weight has 2 bits: it is one of four numbers. A quarter of the units and half of the other weights are gone. ' +
      'Training goes on after each cut. How many of the unseen digits are right?',
    answer: { min: 0, max: 100, step: 1, unit: '%' },
    values: { budget: 8 },
  },
  challenge: 'Get 95 % of the unseen digits right by files of at most 8 kB, packed.',
  parameters: {
    budget: {
      kind: 'integer',
      label: 'Budget, kB',
      help: 'Of the files packed by gzip, as a server sends them.',
      min: 6,
      max: 100,
      initial: 30,
      scale: 'log',
    },
    units: { kind: 'integer', label: 'Hidden units taken out, %', min: 0, max: 90, initial: 25 },
    zeros: { kind: 'integer', label: 'Zeros among the rest, %', min: 0, max: 95, initial: 50 },
    bits: { kind: 'choice', label: 'Bits of a weight', options: BITS, initial: 'as many as fit' },
    steps: { kind: 'integer', scale: 'log', label: 'Steps before all cuts', min: 10, max: 1000, initial: 400 },
    tune: { kind: 'integer', scale: 'log', label: 'Steps after each cut', min: 10, max: 1000, initial: 100 },
    images: { kind: 'integer', scale: 'log', label: 'Training images', min: 100, max: 20_000, initial: 10_000 },
    compare: {
      kind: 'flag',
      label: 'Train the whole network on, too',
      help: 'For as many steps as the small one gets after its cuts.',
      initial: false,
    },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
