import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { type Params, type Result, signalPropagation } from './experiment.ts';
import { figures, kept, scaleText } from './figure.ts';

/** What came out, in sentences. */
function summary({ layers, sweep, trained }: Result, { std, activation, depth, units }: Params): string[] {
  const [first, last] = [layers[0]!, layers.at(-1)!];
  const slope = (sweep.at(-1)!.final - sweep[0]!.final) / 5;
  const homogeneous = activation === 'relu' || activation === 'linear';
  return [
    `What goes in at scale 1 comes out of ${depth} ${depth === 1 ? 'layer' : 'layers'} at ${scaleText(last.activations)}, with weights of standard deviation ${std}.`,
    `Back, a gradient of scale 1 behind the last layer is ${scaleText(first.gradients)} at the first one.`,
    `Predicted from the weights alone: sums of the last layer at ${scaleText(last.predicted.sums)}, measured ${scaleText(last.sums)}.`,
    homogeneous
      ? `From a standard deviation of 0.0001 to one of 10 the scale grows from ${scaleText(sweep[0]!.final)} to ${scaleText(sweep.at(-1)!.final)}: ${slope.toFixed(2)} powers of ten for one.`
      : `From a standard deviation of 0.0001 to one of 10 the scale goes from ${scaleText(sweep[0]!.final)} to ${scaleText(sweep.at(-1)!.final)}.`,
    ...(activation === 'relu' ? [`√(2/n) is ${kept(units).toFixed(4)} for ${units} units.`] : []),
    ...(trained
      ? [`After training on 2,000 digits the test accuracy is ${(100 * trained.accuracy).toFixed(1)} %.`]
      : []),
  ];
}

function check({ layers }: Result, { activation, depth, units }: Params): Verdict {
  if (activation !== 'relu' || depth !== 20 || units !== 50)
    return { met: false, text: 'It has to be 20 layers of 50 ReLU units; the number of units is under More settings.' };
  const { activations } = layers.at(-1)!;
  const said = `The last activations are at ${scaleText(activations)}.`;
  return Math.abs(activations) <= Math.log10(2)
    ? { met: true, text: said }
    : { met: false, text: `${said} It should be between 0.5 and 2.` };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { samples: 10, depth: 3, train: false },
  light: (params) => ({ ...params, train: false }),
  // In the time of a million products; beside them a run has a price of its own, and a step of training one for each layer.
  work: ({ depth, units, samples, train }) =>
    20 + (depth * units * units * (2 * samples + 200)) / 1e6 + (train ? 160 * (depth + 2) * 3 : 0),
  experiment: signalPropagation,
  figures,
  summary,
  answer: ({ layers }) => Math.round(-layers.at(-1)!.activations),
  check,
};
