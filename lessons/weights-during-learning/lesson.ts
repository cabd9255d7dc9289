import type { Lesson, Verdict } from '@weightkit/lesson';
import { about, GUESSED } from './about.ts';
import { LAYERS, type Params, type Result, weightsDuringLearning } from './experiment.ts';
import { figures } from './figure.ts';
import { summary } from './summary.ts';

/** Each kernel's standard deviation at the end over that at the start. */
function widths({ epochs }: Result): number[] {
  const [start, end] = [epochs[0]!.layers, epochs.at(-1)!.layers];
  return LAYERS.map((_, i) => end[i]!.std / start[i]!.std);
}

/** How far the first kernel moved in the epochs of the guess. */
const answer = ({ epochs }: Result): number[] =>
  GUESSED.map((epoch) => epochs[epoch]?.layers[0]?.distance ?? Number.NaN);

const ACCURACY = 0.9;
const WIDTH = 1.3;

function check(result: Result, { images, epochs }: Params): Verdict {
  if (images > 4000 || epochs > 24)
    return { met: false, text: 'That takes more than 4,000 images or more than 24 epochs.' };
  const { testAccuracy } = result.epochs.at(-1)!;
  const all = widths(result);
  const width = Math.max(...all);
  const text = `The test accuracy is ${(100 * testAccuracy).toFixed(1)} %, and the kernel of ${LAYERS[all.indexOf(width)]} has become ${width.toFixed(2)} times as wide.`;
  if (testAccuracy >= ACCURACY && width <= WIDTH) return { met: true, text };
  const asked = [...(testAccuracy < ACCURACY ? ['90 %'] : []), ...(width > WIDTH ? [`${WIDTH} times at most`] : [])];
  return { met: false, text: `${text} ${asked.join(' and ')} ${asked.length > 1 ? 'are' : 'is'} asked for.` };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { images: 320, epochs: 1 },
  // Beside the steps a look at the weights after each epoch has its price, which is that of some 500 images.
  work: ({ images, epochs }) => epochs * (images + 500),
  experiment: weightsDuringLearning,
  moments: ({ epochs }) => epochs.map((_, epoch) => `epoch ${epoch}`),
  figures,
  summary,
  answer,
  check,
};
