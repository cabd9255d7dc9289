import type { Lesson } from '@weightkit/lesson';
import { breakingSymmetry, type Params, type Result } from './experiment.ts';
import { figures } from './figure.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** What came out, in sentences. */
function summary({ moments, moved }: Result, { task, units }: Params): string[] {
  const [first, last] = [moments[0]!, moments.at(-1)!];
  const different = Object.entries(last.different).map(
    ([layer, count]) => `${count} of ${units} in the ${layer} layer`,
  );
  const still = Object.entries(moved).flatMap(([path, change]) => (change === 0 ? [path] : []));
  const learned =
    task === 'digits'
      ? `The network names ${percent(last.accuracy)} of the test digits rightly; guessing gives about 10 %.`
      : `The mean squared error went from ${first.loss.toFixed(4)} to ${last.loss.toFixed(4)}.`;
  return [
    `Different hidden units at the end: ${different.join(' and ')}.`,
    learned,
    still.length === 0 ? 'Every weight moved.' : `Not moved at all: ${still.join(', ')}.`,
  ];
}

export const lesson: Lesson<Params, Result> = {
  name: 'breaking-symmetry',
  title: 'Breaking symmetry',
  parameters: {
    start: {
      kind: 'choice',
      label: 'Kernels start',
      options: ['constant', 'zeros', 'random'],
      initial: 'constant',
    },
    layers: {
      kind: 'choice',
      label: 'Which kernels',
      help: 'The others start at random (He).',
      options: ['all', 'first', 'second', 'output'],
      initial: 'all',
    },
    value: { kind: 'number', label: 'The constant', min: 0.001, max: 0.1, step: 0.001, initial: 0.01 },
    oneDifferent: {
      kind: 'flag',
      label: 'One weight different',
      help: 'One weight of the first layer starts 0.1 higher.',
      initial: false,
    },
    biases: { kind: 'choice', label: 'Biases start', options: ['zero', 'random'], initial: 'zero' },
    activation: { kind: 'choice', label: 'Activation', options: ['relu', 'tanh'], initial: 'relu' },
    optimizer: {
      kind: 'choice',
      label: 'Optimizer',
      help: 'Step 0.1 for sgd, 0.001 for adam.',
      options: ['sgd', 'adam'],
      initial: 'sgd',
    },
    task: {
      kind: 'choice',
      label: 'Task',
      help: 'Digits: 784-units-units-10. The slide: 100 random points, 5-units-1.',
      options: ['digits', 'slide'],
      initial: 'digits',
    },
    units: { kind: 'integer', label: 'Units in a hidden layer', min: 1, max: 32, initial: 16 },
    examples: { kind: 'integer', label: 'Training digits', min: 100, max: 20_000, initial: 1000 },
    epochs: { kind: 'integer', label: 'Epochs', min: 1, max: 60, initial: 10 },
    seed: { kind: 'integer', label: 'Seed', min: 0, max: 999, initial: 0 },
  },
  probe: { examples: 100, epochs: 1 },
  experiment: breakingSymmetry,
  figures,
  summary,
};
