import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { LAYERS, type Params, type Result, weightsDuringLearning } from './experiment.ts';
import { figures } from './figure.ts';
import { summary } from './summary.ts';

/** The layer whose kernel has got widest against its start. */
function answer({ epochs }: Result): string {
  const [start, end] = [epochs[0]!.layers, epochs.at(-1)!.layers];
  const widths = LAYERS.map((_, i) => end[i]!.std / start[i]!.std);
  return LAYERS[widths.indexOf(Math.max(...widths))]!;
}

function check({ epochs: seen }: Result, { images, epochs }: Params): Verdict {
  if (images > 4000 || epochs > 24)
    return { met: false, text: 'That takes more than 4,000 images or more than 24 epochs.' };
  const { testAccuracy } = seen.at(-1)!;
  const reached = `The test accuracy is ${(100 * testAccuracy).toFixed(1)} %.`;
  return testAccuracy >= 0.9 ? { met: true, text: reached } : { met: false, text: `${reached} 90 % are asked for.` };
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
