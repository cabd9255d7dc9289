import type { Lesson } from '@weightkit/lesson';
import { type Params, type Result, weightsDuringLearning } from './experiment.ts';
import { figures } from './figure.ts';
import { summary } from './summary.ts';

export const lesson: Lesson<Params, Result> = {
  name: 'weights-during-learning',
  title: 'Weights during learning',
  parameters: {
    images: {
      kind: 'integer',
      label: 'Images',
      help: 'One in ten is for the test. The notebook has 20,000.',
      min: 320,
      max: 20_000,
      initial: 4000,
    },
    epochs: { kind: 'integer', label: 'Epochs', help: 'The notebook has 60.', min: 1, max: 200, initial: 24 },
    dropout: {
      kind: 'number',
      label: 'Dropout',
      help: 'Share of hidden values set to zero while training. The notebook has 0.25, its exercise 1 has 0.',
      min: 0,
      max: 0.9,
      step: 0.05,
      initial: 0.25,
    },
    inputs: {
      kind: 'choice',
      label: 'Pixels',
      help: 'Exercise 2 is 0 to 255.',
      options: ['0 to 1', '0 to 255'],
      initial: '0 to 1',
    },
    rate: {
      kind: 'number',
      label: 'Learning rate',
      help: 'The notebook has 0.01.',
      min: 0.001,
      max: 0.5,
      step: 0.001,
      initial: 0.01,
    },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999_999, initial: 1 },
  },
  probe: { images: 320, epochs: 1 },
  experiment: weightsDuringLearning,
  figures,
  summary,
};
