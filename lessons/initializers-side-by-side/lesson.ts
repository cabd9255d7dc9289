import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { type Params, type Result, sideBySide } from './experiment.ts';
import { figures } from './figure.ts';
import { samplesOf } from './sample.ts';
import { beside, shortNumber, summary } from './summary.ts';

/** Losses nearer than this are about the same. */
const SAME = 0.03;

function answer(result: Result): string {
  const more = beside(result);
  return more > SAME ? 'higher' : more < -SAME ? 'lower' : 'about the same';
}

function check({ samples }: Result, { inputs }: Params): Verdict {
  const [one, other] = [samples['Xavier, √(1/n)'].std, samples['Xavier, √(2/(in + out))'].std];
  const factor = one / other;
  const said = `Standard deviations: ${shortNumber(one)} and ${shortNumber(other)}, a factor of ${factor.toFixed(2)}.`;
  if (inputs < 10) return { met: false, text: `${said} The layer has fewer than 10 inputs.` };
  return { met: factor >= 3, text: said };
}

/** What can be changed without anything being trained again. */
const WITHOUT_TRAINING: readonly (keyof Params)[] = ['inputs', 'units', 'scaled'];
const changed = (from: Params, to: Params) =>
  (Object.keys(from) as (keyof Params)[]).filter((name) => from[name] !== to[name]);

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { epochs: 1, inputs: 20, units: 20 },
  // Beside the laws and the stacks, which have their price, an epoch is four steps of all networks.
  work: ({ inputs, units, epochs }) => 60 + (inputs * units) / 500 + epochs,
  experiment: sideBySide,
  // How many layers are shown as done changes nothing in the run.
  derive: (result, from, to) => (changed(from, to).join() === 'scaled' ? result : undefined),
  // Of the layer's size nothing else depends than the samples of its weights.
  rerun: (result, from, to) =>
    changed(from, to).every((name) => WITHOUT_TRAINING.includes(name))
      ? samplesOf(to, to.seed).then((samples) => ({ ...result, samples }))
      : undefined,
  figures,
  summary,
  answer,
  check,
};
