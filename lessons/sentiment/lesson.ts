import { wordsOf } from '@weightkit/datasets';
import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { type Params, type Result, readAgain, sentiment } from './experiment.ts';
import { chanceText, figures, percent } from './figure.ts';
import { chanceOf } from './read.ts';

/** What came out, in sentences. */
function summary({ reading, accuracy, moments }: Result, { judged, start, epochs }: Params): string[] {
  const { words, tokens, effects, odds } = reading;
  const by = (sign: number) => {
    const best = effects.reduce((most, effect, i) => (sign * effect > sign * effects[most]! ? i : most), 0);
    return sign * effects[best]! > 0 ? `“${words[best]}” (${effects[best]!.toFixed(2).replace('-', '−')})` : 'no word';
  };
  const unknown = tokens.filter((token) => token === 1).length;
  const last = moments.at(-1);
  return [
    `The trained network gives your review of ${words.length} words a chance of ${chanceText(chanceOf(odds))} to be favorable. Most for it speaks ${by(1)}, most against it ${by(-1)}.`,
    ...(unknown > 0 ? [`${unknown} of the words it does not know.`] : []),
    ...(Number.isFinite(accuracy) ? [`It has ${percent(accuracy)} of ${judged} unseen reviews right.`] : []),
    ...(last && last.epoch === epochs
      ? [
          `The small network, with an embedding from ${start}, has ${percent(last.accuracy)} of 500 unseen reviews right after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}.`,
        ]
      : []),
  ];
}

const LEAST_WORDS = 8;
const GOAL = 0.1;

function check({ reading }: Result, { review }: Params): Verdict {
  const words = wordsOf(review);
  const chance = chanceOf(reading.odds);
  if (!words.includes('great')) return { met: false, text: 'The word “great” is not in the review yet.' };
  if (words.length < LEAST_WORDS)
    return { met: false, text: `The review has ${words.length} words; ${LEAST_WORDS} are needed.` };
  return { met: chance <= GOAL, text: `The network gives the review a chance of ${chanceText(chance)}.` };
}

const onlyIn = (names: readonly (keyof Params)[], from: Params, to: Params): boolean =>
  (Object.keys(to) as (keyof Params)[]).every((name) => from[name] === to[name] || names.includes(name));

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { epochs: 1 },
  // Reading, judging, and the steps of the small network.
  work: ({ epochs, judged }) => 5 + judged / 20 + 80 * epochs,
  experiment: sentiment,
  rerun: (result, from, to) => (onlyIn(['review'], from, to) ? readAgain(result, to) : undefined),
  figures,
  summary,
  answer: ({ moments }) => Math.round(100 * (moments.at(-1)?.accuracy ?? 0.5)),
  check,
};
