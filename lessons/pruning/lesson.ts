import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { type Params, pruneAgain, pruning, type Result } from './experiment.ts';
import { figures, grouped, percent, zerosOf } from './figure.ts';
import { free } from './free.ts';
import { ROUNDS } from './tickets.ts';

/** What came out, in sentences. */
function summary(result: Result, { tune }: Params): string[] {
  const { dense, longer, pruned, saved, smaller, tickets } = result;
  const [whole, zeros, small] = saved;
  const on =
    pruned.tuned === null
      ? 'Nothing was trained after pruning: Run trains on.'
      : `After ${tune} steps more ${percent(pruned.tuned)} are right.`;
  const compared =
    longer === null || pruned.gradual === null
      ? []
      : [
          `Pruned little by little in these steps: ${percent(pruned.gradual)}; the dense network after them: ${percent(longer)}.`,
        ];
  return [
    `The dense network has ${percent(dense)} of the unseen digits right. ${grouped(pruned.zeros)} of its ${grouped(pruned.weights)} weights are set to 0, ${zerosOf(result)}: ${percent(pruned.atOnce)} are right then.`,
    on,
    ...compared,
    `${pruned.alive} of the pruned weights are something other than 0 now.`,
    `The file of weights: ${grouped(whole!.bytes)} bytes dense, ${grouped(zeros!.bytes)} with zeros; by gzip ${grouped(whole!.gzip)} and ${grouped(zeros!.gzip)}.`,
    `With the same share of hidden units taken out, ${smaller.units.join(' and ')} are left: ${percent(small!.accuracy)} right, a file of ${grouped(small!.bytes)} bytes. It calls ${percent(smaller.same)} of the digits what the network with zeros calls them.`,
    ...(whole!.ms === null
      ? []
      : [`A prediction takes ${saved.map(({ name, ms }) => `${ms!.toFixed(2)} ms ${name}`).join(', ')}, in this run.`]),
    ...tickets
      .slice(1)
      .map(
        ({ sparsity, first, redrawn, randomMask }) =>
          `Lottery ticket with ${percent(sparsity)} zeros: ${percent(first)} right from its first weights, ${percent(redrawn!)} from others, ${percent(randomMask!)} under random masks.`,
      ),
  ];
}

const GOAL = { bytes: 16_000, accuracy: 0.91 };

function check({ pruned: { tuned }, saved }: Result): Verdict {
  const { gzip } = saved[1]!;
  if (tuned === null)
    return { met: false, text: `The file has ${grouped(gzip)} bytes by gzip. Run, so that it is trained on.` };
  return {
    met: gzip < GOAL.bytes && tuned >= GOAL.accuracy,
    text: `The file has ${grouped(gzip)} bytes by gzip, and ${percent(tuned)} of the unseen digits are right.`,
  };
}

const LIVE: readonly (keyof Params)[] = ['sparsity', 'what', 'by', 'scope'];
/** Whether two runs differ in these parameters alone. */
const differIn = (names: readonly (keyof Params)[], from: Params, to: Params): boolean =>
  (Object.keys(to) as (keyof Params)[]).every((name) => from[name] === to[name] || names.includes(name));

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { images: 100, steps: 10, tune: 2, timed: false },
  // Steps of all networks; what is measured once takes as long as some more.
  work: ({ steps, tune, compare, tickets }) => 120 + (compare ? 4 : 2) * tune + steps * (tickets ? 2 + 3 * ROUNDS : 1),
  experiment: pruning,
  rerun: (result, from, to, run) => (differIn(LIVE, from, to) ? pruneAgain(result, to, run) : undefined),
  figures,
  summary,
  answer: (result) => free(result),
  check,
};
