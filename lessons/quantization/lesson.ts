import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { FEW, type Params, quantization, type Result, tryAgain } from './experiment.ts';
import { figures, fileOf, kilobytes, percent } from './figure.ts';

const points = (share: number): string => (100 * share).toFixed(1).replace('-', '−');

/** Points of accuracy that the chosen file has lost. */
const lost = (result: Result, params: Params): number => result.accuracy - fileOf(result, params).accuracy;

/** What came out, in sentences. */
function summary(result: Result, params: Params): string[] {
  const { accuracy, bytes, stock, few, longer } = result;
  if (few.length < FEW.length) return ['The run has not come to its end.'];
  const { bits, shared, more } = params;
  const own = fileOf(result, params);
  return [
    `In float32 ${percent(accuracy)} of the unseen digits are right, by a file of ${kilobytes(bytes)}.`,
    `With ${bits} bits and a scale for ${shared} ${percent(own.accuracy)}, by a file of ${kilobytes(own.bytes)}: ${points(lost(result, params))} points lost.`,
    `A byte for each weight, in a file that stock TensorFlow.js knows by itself: ${percent(stock.accuracy)}, ${stock.bytes} bytes in place of ${stock.before}.`,
    ...few.map(
      ({ bits, nearest, gptq, later, aware }) =>
        `${bits} bits: ${percent(nearest)} by the nearest code, ${percent(gptq)} by GPTQ; after ${more} further steps ${percent(later)} when rounded then, ${percent(aware)} when trained with rounded weights.`,
    ),
    `The further steps alone, in float32: ${percent(longer)}.`,
  ];
}

/** The share of unseen digits that a network of 2 bits has right where it meets the challenge. */
const GOAL = 0.9;

function check({ accuracy, few }: Result): Verdict {
  const aware = few.find(({ bits }) => bits === 2)?.aware ?? 0;
  return {
    met: aware >= GOAL,
    text: `With 2 bits ${percent(aware)} are right, in float32 ${percent(accuracy)}.`,
  };
}

/** Whether two runs differ in nothing but these parameters. */
const onlyIn = (names: readonly (keyof Params)[], from: Params, to: Params): boolean =>
  (Object.keys(to) as (keyof Params)[]).every((name) => from[name] === to[name] || names.includes(name));

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { steps: 20, more: 10 },
  // Steps with rounded weights take twice as long; files and activations take as long as a hundred steps.
  work: ({ steps, more }) => 100 + steps + 5 * more,
  experiment: quantization,
  derive: (result, from, to) => (onlyIn(['bits', 'shared', 'layer'], from, to) ? result : undefined),
  rerun: (result, from, to, run) =>
    onlyIn(['bits', 'shared', 'layer', 'range'], from, to) ? tryAgain(result, to, run) : undefined,
  figures,
  summary,
  answer: (result, params) => Math.max(0, Math.round(100 * lost(result, params))),
  check,
};
