import type { Lesson } from '@weightkit/lesson';
import { computeByHand, type Params, type Result } from './experiment.ts';
import { figures } from './figure.ts';
import { summary } from './summary.ts';

export const lesson: Lesson<Params, Result> = {
  name: 'compute-by-hand',
  title: 'Extract weights and compute by hand',
  parameters: {
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999_999, initial: 2 },
    input: {
      kind: 'choice',
      label: 'Input to compute by hand',
      options: ['0, 0', '0, 1', '1, 0', '1, 1'],
      initial: '0, 1',
    },
    restartEvery: {
      kind: 'integer',
      label: 'New weights every … steps',
      help: 'The notebook has 1000; 0 is never.',
      min: 0,
      max: 10_000,
      initial: 1000,
    },
    resetAdam: {
      kind: 'flag',
      label: 'Reset Adam with the weights',
      help: 'The notebook does not.',
      initial: false,
    },
    maxSteps: { kind: 'integer', label: 'Give up after … steps', min: 100, max: 50_000, initial: 10_000 },
  },
  probe: { maxSteps: 100 },
  experiment: computeByHand,
  figures,
  summary,
};
