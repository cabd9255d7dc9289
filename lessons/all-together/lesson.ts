import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { allTogether, NAMES, type Params, quantizeAgain, type Result } from './experiment.ts';
import { ends, figures, grouped, percent } from './figure.ts';
import { bytesOf } from './files.ts';
import { withoutZeros } from './left.ts';

const points = (share: number): string => (100 * share).toFixed(1).replace('-', '−');

/** Whether the run has come to its end. */
const isWhole = ({ stages }: Result): boolean => stages.length === NAMES.length;

/** What came out, in sentences. */
function summary(result: Result, { budget, tune }: Params): string[] {
  if (!isWhole(result)) return [`The run has not come to its end: ${result.stages.length} of ${NAMES.length} steps.`];
  const { stages, bits, units, left, codes, longer } = result;
  const [first, last] = ends(result);
  const lost = first.accuracy - last.accuracy;
  const weights = left.kernels.reduce((sum, { length }) => sum + length, 0);
  return [
    `${grouped(last.bytes)} bytes in ${result.files.length} files, ${grouped(last.gzip)} packed by gzip, ${last.gzip <= 1000 * budget ? 'within' : 'over'} the budget of ${budget} kB; whole, the network has ${grouped(first.bytes)}.`,
    `Unpacked and loaded by stock TensorFlow.js they have ${percent(last.accuracy)} of the unseen digits right; the whole network has ${percent(first.accuracy)}: ${points(Math.abs(lost))} points ${lost >= 0 ? 'lost' : 'won'}.`,
    ...(longer === null
      ? []
      : [`Trained for ${3 * tune} steps more, as the small one was, the whole network has ${percent(longer)}.`]),
    ...stages.map(
      ({ name, bytes, gzip, accuracy, before }) =>
        `${name}: ${grouped(bytes)} bytes, ${grouped(gzip)} packed, ${before === null ? '' : `${percent(before)} right at once, `}${percent(accuracy)} right${before === null ? '' : ' trained on'}.`,
    ),
    `${units.map(({ length }) => length).join(' and ')} hidden units are left, with ${grouped(left.kernels.reduce((sum, kernel) => sum + withoutZeros(kernel), 0))} of their ${grouped(weights)} weights, each in ${bits} bits.`,
    `The codes alone: ${grouped(codes.whole.bytes)} bytes, ${grouped(codes.whole.gzip)} packed; in ${bits} bits each ${grouped(codes.tight.bytes)}, and ${grouped(codes.tight.gzip)} packed.`,
  ];
}

const GOAL = { bytes: 8000, accuracy: 0.95 };

function check(result: Result): Verdict {
  if (!isWhole(result)) return { met: false, text: 'The run has not come to its end.' };
  const [, { accuracy }] = ends(result);
  const { gzip } = bytesOf(result.files);
  return {
    met: gzip <= GOAL.bytes && accuracy >= GOAL.accuracy,
    text: `The packed files have ${grouped(gzip)} bytes, and ${percent(accuracy)} of the unseen digits are right.`,
  };
}

const AGAIN: readonly (keyof Params)[] = ['budget', 'bits'];
/** Whether two runs differ in nothing but what is done last. */
const onlyLast = (from: Params, to: Params): boolean =>
  (Object.keys(to) as (keyof Params)[]).every((name) => from[name] === to[name] || AGAIN.includes(name));

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { images: 100, steps: 10, tune: 10 },
  // Steps of all networks; a step with rounded weights and what is written take as long as some more.
  work: ({ steps, tune, compare }) => 100 + steps + tune * (compare ? 7 : 4),
  experiment: allTogether,
  rerun: (result, from, to, run) =>
    isWhole(result) && onlyLast(from, to) ? quantizeAgain(result, to, run) : undefined,
  files: ({ files }) => files.map(({ name, gzip }) => ({ name, bytes: gzip })),
  figures,
  summary,
  answer: (result) => Math.round(100 * ends(result)[1].accuracy),
  check,
};
