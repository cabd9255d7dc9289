import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';
import { NETWORKS } from './stacks.ts';

export const about: About<Params> = {
  name: 'image-classification',
  title: 'Image classification and its initializations',
  question: 'Three initializers, one network, the same images. Does the start still show after five epochs?',
  main: { figure: 'curves', controls: ['std', 'optimizer', 'epochs', 'seed'] },
  level: 'some practice',
  minutes: 25,
  before: ['what a convolution is', 'what an initializer does'],
  links: [
    { to: '/docs/cookbook/#start-training-right', text: 'Start training right' },
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
    { to: '/docs/start/signal-report/', text: 'Guide: signalReport' },
    { to: '/api/initializers/#heNormal', text: 'heNormal' },
    { to: '/api/transfer-freeze/#exportStateDict', text: 'exportStateDict' },
  ],
  pictures: true,
  predict: {
    question:
      'After the first epoch, 50 steps of 32 digits each: by how many points of validation accuracy is random_normal, with its std of 0.05, ' +
      'behind he_normal?',
    answer: { min: -20, max: 80, step: 1, unit: 'points' },
    values: { epochs: 1 },
  },
  challenge:
    'With SGD, find a std at which random_normal comes within three points of he_normal, and both have half of the images right.',
  parameters: {
    std: {
      kind: 'number',
      label: 'Std of random_normal',
      help: 'Keras takes 0.05.',
      scale: 'log',
      min: 0.001,
      max: 1,
      step: 0.05,
      initial: 0.05,
    },
    optimizer: {
      kind: 'choice',
      label: 'Optimizer',
      help: 'With the learning rate that Keras gives it: Adam 0.001, SGD 0.01.',
      options: ['Adam', 'SGD'],
      initial: 'Adam',
    },
    epochs: { kind: 'integer', label: 'Epochs', min: 1, max: 20, initial: 5 },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
    network: {
      kind: 'choice',
      label: 'Network',
      help: 'Those of the slides take minutes in a page.',
      options: NETWORKS,
      initial: 'small',
    },
    images: {
      kind: 'integer',
      label: 'Images',
      help: 'The last fifth is for validation.',
      scale: 'log',
      min: 100,
      max: 10_000,
      initial: 2000,
    },
  },
};
