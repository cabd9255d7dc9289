import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'gradient-flow',
  title: 'Gradient flow',
  question: 'A deep network learns from the error at its end. How much of that reaches its first layer?',
  main: { figure: 'flow', controls: ['depth', 'scale', 'rate', 'epochs'] },
  level: 'some practice',
  minutes: 20,
  before: ['what a gradient is', 'what a dense layer computes'],
  links: [
    { to: '/api/core/#tapOptimizer', text: 'tapOptimizer' },
    { to: '/docs/start/watching-training/', text: 'Guide: watching training' },
    { to: '/api/viz/#gradientFlow', text: 'gradientFlow' },
    { to: '/docs/cookbook/#see-what-training-does', text: 'See what training does' },
  ],
  predict: {
    question:
      'With ten sigmoid layers the gradient of the first is smaller than that of the last by nearly six powers of ten. ' +
      'Now there are twenty layers. By how many powers of ten?',
    answer: { min: 0, max: 30, step: 1, unit: 'powers of ten' },
    values: { depth: 20, epochs: 1 },
  },
  challenge:
    'Choose the first weights of ten layers such that at the first step the sigmoid network, without shortcuts, has gradients in its first and its last layer that are within ' +
    'a factor of 3.',
  parameters: {
    depth: { kind: 'integer', label: 'Layers', min: 2, max: 30, initial: 10 },
    scale: {
      kind: 'number',
      label: 'Scale of the first weights',
      help: '1 is Xavier’s for sigmoid, He’s for ReLU.',
      scale: 'log',
      min: 0.1,
      max: 30,
      step: 0.02,
      initial: 1,
    },
    rate: { kind: 'number', label: 'Learning rate', scale: 'log', min: 0.001, max: 1, step: 0.05, initial: 0.05 },
    epochs: { kind: 'integer', label: 'Epochs', min: 1, max: 40, initial: 3 },
    net: {
      kind: 'choice',
      label: 'Network to look at',
      help: 'In the figures of one network.',
      options: ['sigmoid', 'ReLU', 'sigmoid with shortcuts'],
      initial: 'sigmoid',
    },
    units: { kind: 'integer', label: 'Units in a layer', min: 5, max: 100, initial: 30 },
    examples: { kind: 'integer', label: 'Digits', min: 50, max: 5000, initial: 1000 },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
};
