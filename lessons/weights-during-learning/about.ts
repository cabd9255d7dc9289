import type { About } from '@weightkit/lesson';
import type { Params } from './experiment.ts';

/** The epochs at which the reader's guess has its heights. */
export const GUESSED = [1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24] as const;

export const about: About<Params> = {
  name: 'weights-during-learning',
  title: 'Weights during learning',
  question: 'Training changes weights: that is the whole point of it. What does that look like?',
  main: { figure: 'eye', controls: ['rate', 'dropout', 'inputs', 'epochs'] },
  level: 'some practice',
  minutes: 25,
  before: ['what a dense layer computes', 'what an epoch is', 'what a histogram shows'],
  links: [
    { to: '/docs/start/watching-training/', text: 'Guide: watching training' },
    { to: '/api/weight-metrics/#histograms', text: 'histograms' },
    { to: '/api/weight-metrics/#summarize', text: 'summarize' },
    { to: '/docs/start/initializers/', text: 'Guide: initializers' },
    { to: '/api/initializers/#torchDefault', text: 'torchDefault' },
    { to: '/docs/cookbook/#see-what-training-does', text: 'See what training does' },
  ],
  predict: {
    question:
      'Take dropout away. How far does the first kernel then move in each of the 24 epochs: how far is it from where it was one epoch before?',
    answer: { line: { at: GUESSED, xLabel: 'epoch', yLabel: 'distance', max: 3, step: 0.05 } },
    values: { dropout: 0 },
  },
  challenge:
    'Reach a test accuracy of 90 % with 4,000 images and 24 epochs at most, and with no kernel wider than 1.3 times its start.',
  parameters: {
    images: {
      kind: 'integer',
      label: 'Images',
      help: 'One in ten is for the test. The course’s notebook has 20,000.',
      min: 320,
      max: 20_000,
      initial: 4000,
    },
    epochs: { kind: 'integer', label: 'Epochs', help: 'The course’s notebook has 60.', min: 1, max: 200, initial: 24 },
    dropout: {
      kind: 'number',
      label: 'Dropout',
      help: 'Share of hidden values set to zero while training.',
      min: 0,
      max: 0.9,
      step: 0.05,
      initial: 0.25,
    },
    inputs: {
      kind: 'choice',
      label: 'Pixels',
      options: ['0 to 1', '0 to 255'],
      initial: '0 to 1',
    },
    rate: {
      kind: 'number',
      label: 'Learning rate',
      help: 'The course’s notebook has 0.01.',
      min: 0.001,
      max: 0.5,
      step: 0.001,
      initial: 0.1,
    },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999_999, initial: 1 },
  },
};
