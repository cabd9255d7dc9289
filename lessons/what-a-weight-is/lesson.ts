import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { type Params, type Result, whatAWeightIs } from './experiment.ts';
import { figures } from './figure.ts';
import { countText } from './sizes.ts';
import { readStack } from './stack.ts';
import { summary } from './summary.ts';

const FEWER_THAN = 3000;

function check({ total }: Result, { stack: text }: Params): Verdict {
  const { input, layers } = readStack(text).stack;
  const wrong = (text: string): Verdict => ({ met: false, text });
  if (input.kind !== 'image' || input.sizes.join() !== '28,28,1')
    return wrong('The input is not a picture of 28 × 28 × 1.');
  const large = layers.filter(({ kind, sizes }) => kind === 'conv' && sizes[0]! >= 8 && sizes[1]! >= 3);
  if (large.length < 2) return wrong('It has fewer than two layers Conv2D of at least 8 filters of 3 × 3.');
  const last = layers.at(-1)!;
  if (last.kind !== 'dense' || last.sizes[0] !== 10) return wrong('It does not end in Dense 10.');
  if (total >= FEWER_THAN) return wrong(`It has ${countText(total)} parameters; fewer than 3,000 are asked for.`);
  return { met: true, text: `It has ${countText(total)} parameters.` };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { stack: 'vector-2.dense-2' },
  work: ({ stack }) => 1 + readStack(stack).stack.layers.length,
  experiment: whatAWeightIs,
  figures: (_, params) => figures(params),
  summary,
  answer: ({ total }) => countText(total),
  check,
};
