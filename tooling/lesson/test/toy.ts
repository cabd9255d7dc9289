import * as tf from '@tensorflow/tfjs';
import { lineChart } from '@weightkit/viz';
import type { Lesson } from '../src/lesson.ts';

export interface Params {
  start: 'zeros' | 'random';
  rate: number;
  steps: number;
  shuffle: boolean;
}

/** A lesson of every kind of parameter: adds `rate` so often; `shuffle` makes it forget a tensor. */
export const toy: Lesson<Params, { sums: number[] }> = {
  name: 'toy',
  title: 'A toy',
  question: 'What is the sum?',
  main: { figure: 'sum', controls: ['rate', 'steps'] },
  level: 'first steps',
  minutes: 1,
  before: [],
  links: [],
  predict: { question: 'How much?', answer: { min: 0, max: 10, step: 1, unit: '' }, values: { steps: 2 } },
  challenge: 'Reach 2.',
  parameters: {
    start: { kind: 'choice', label: 'Start', options: ['zeros', 'random'], initial: 'zeros' },
    rate: { kind: 'number', label: 'Rate', help: 'A step.', min: -1, max: 1, step: 0.25, initial: 0.5 },
    steps: { kind: 'integer', label: 'Steps', min: 0, max: 1000, initial: 4 },
    shuffle: { kind: 'flag', label: 'Shuffle', initial: false },
  },
  probe: { steps: 1 },
  async experiment({ rate, steps, shuffle }, { onProgress, signal, data }) {
    const { test } = await data.digits({ train: 1, test: 1 });
    const result = { sums: [test.labels[0]!] };
    for (let step = 1; step <= steps; step++) {
      signal?.throwIfAborted();
      result.sums.push(result.sums.at(-1)! + rate);
      await onProgress?.({ done: step / steps, label: `step ${step}`, result });
    }
    if (shuffle) tf.scalar(1);
    return result;
  },
  work: ({ steps }) => steps,
  figures: ({ sums }) => ({ sum: lineChart({ series: [{ name: 'sum', y: sums }] }, { title: 'Sum' }) }),
  summary: ({ sums }) => [`The sum is ${sums.at(-1)}.`],
  answer: ({ sums }) => sums.at(-1)!,
  check: ({ sums }) => ({ met: sums.at(-1)! >= 2, text: `The sum is ${sums.at(-1)}.` }),
};
