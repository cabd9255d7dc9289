import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { gradientFlow, type Params, type Result } from './experiment.ts';
import { fallOf } from './fall.ts';
import { factorText, figures, sizeText } from './figure.ts';

/** What came out, in sentences. */
function summary({ nets }: Result): string[] {
  const gradients = nets.map(({ name, moments }) => {
    const { layers } = moments[0]!;
    const fall = fallOf(layers);
    if (!fall) return `${name}: at the first step the gradient of a layer is 0 or no number.`;
    const [first, last] = [layers[0]!, layers.at(-1)!].map(({ std }) => sizeText(std));
    return `${name}: at the first step the gradient has a standard deviation of ${first} in layer 1 and of ${last} in layer ${layers.length}, ${factorText(fall.factor)} from layer to layer.`;
  });
  const learned = nets.map(({ name, moments, accuracy }) => {
    const { loss, step } = moments.at(-1)!;
    const right = Number.isFinite(accuracy) ? `, ${(100 * accuracy).toFixed(1)} % of the test digits right` : '';
    return `${name} after ${step} steps: ${Number.isFinite(loss) ? `loss ${loss.toFixed(2)}` : 'a loss that is no number'}${right}.`;
  });
  return [...gradients, ...learned];
}

/** Powers of ten between the gradients of the last and the first layer of the sigmoid network, at the first step. */
function answer({ nets }: Result): number {
  const fall = fallOf(nets[0]!.moments[0]!.layers);
  return fall ? Math.max(0, Math.round(Math.log10(fall.ends))) : 0;
}

function check({ nets }: Result, { depth }: Params): Verdict {
  if (depth !== 10) return { met: false, text: 'It has to be ten layers.' };
  const fall = fallOf(nets[0]!.moments[0]!.layers);
  if (!fall) return { met: false, text: 'A gradient of the sigmoid network is 0 or no number.' };
  const text = `At the first step the gradient of the last layer is ${factorText(fall.ends)} that of the first.`;
  return { met: Math.abs(Math.log(fall.ends)) <= Math.log(3), text };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { depth: 3, epochs: 1, examples: 100 },
  // A step of three networks has a price for each of their layers.
  work: ({ depth, epochs, examples }) => (depth + 3) * epochs * Math.floor(examples / 50),
  experiment: gradientFlow,
  // Which network is looked at changes nothing in the run.
  derive: (result, from, to) => {
    const names = Object.keys(from) as (keyof Params)[];
    return names.every((name) => name === 'net' || from[name] === to[name]) ? result : undefined;
  },
  moments: ({ nets }) => nets[0]!.moments.map(({ step }) => `step ${step}`),
  figures,
  summary,
  answer,
  check,
};
