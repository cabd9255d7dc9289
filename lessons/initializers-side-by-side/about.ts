import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

export const about: About<Params> = {
  name: 'initializers-side-by-side',
  title: 'Initializers side by side',
  question: 'Thirteen ways to start the weights of one layer. How do they differ?',
  main: { figure: 'laws', controls: ['inputs', 'units', 'seed'] },
  instant: ['inputs', 'units', 'scaled'],
  level: 'some practice',
  minutes: 25,
  before: ['what a standard deviation is', 'what a dense layer computes'],
  links: [
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
    { to: '/api/initializers/#lsuv', text: 'lsuv' },
    { to: '/api/initializers/#dataDependent', text: 'dataDependent' },
    { to: '/api/initializers/#orthogonal', text: 'orthogonal' },
    { to: '/docs/cookbook/#start-training-right', text: 'Start training right' },
  ],
  predict: {
    question:
      'The slides train small networks on inputs and targets that are both random. Now they train ten times as long, with larger steps, ' +
      'and the loss of the network that started from He falls clearly. What is its loss on fresh data of the same kind, beside that of the best constant guess?',
    answer: { options: ['lower', 'about the same', 'higher'] },
    values: { epochs: 100, rate: 0.01 },
  },
  challenge:
    'Find a layer of at least 10 inputs for which √(1/n) makes weights three times as large as √(2/(in + out)).',
  parameters: {
    inputs: { kind: 'integer', label: 'Inputs of the layer', min: 4, max: 200, initial: 5 },
    units: { kind: 'integer', label: 'Its units', min: 2, max: 200, initial: 10 },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 9999, initial: 0 },
    scaled: {
      kind: 'integer',
      label: 'Layers done',
      help: 'Of the ten that are gone through.',
      min: 0,
      max: 10,
      initial: 4,
    },
    epochs: { kind: 'integer', label: 'Epochs', help: 'The slides have 10.', min: 1, max: 200, initial: 10 },
    rate: {
      kind: 'number',
      label: 'Learning rate of Adam',
      scale: 'log',
      min: 0.0001,
      max: 0.1,
      step: 0.02,
      initial: 0.001,
    },
  },
};
