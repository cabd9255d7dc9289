import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { normalization, type Params, type Result } from './experiment.ts';
import { called, figures, percent, scaleText, sizeText } from './figure.ts';

/** What came out, in sentences. */
function summary({ nets, spectra }: Result, { scale }: Params): string[] {
  const starts = nets.map(
    ({ norm, signal }) =>
      `${called(norm)}: at the first step layer 1 gives a standard deviation of ${sizeText(signal[0]!)} and layer ${signal.length} one of ${sizeText(signal.at(-1)!)}.`,
  );
  const ends = nets.flatMap(({ norm, losses, accuracy }) =>
    losses.length === 0
      ? []
      : `${called(norm)} after ${losses.length} steps from ${scaleText(scale)}: loss ${sizeText(losses.at(-1)!)}, ${percent(accuracy)} of the test digits right.`,
  );
  const forms = spectra.map(
    ({ form, values, lengths }) =>
      `The kernel of layer 2, ${form}: largest singular value ${sizeText(values[0]!)}, units of length ${lengths.map(sizeText).join(' to ')}.`,
  );
  return [...starts, ...ends, ...forms];
}

const FACTORS = ['hardly at all', 'about 10', 'about 100,000', 'about 10,000,000,000'] as const;

/** By what factor batch normalization lets the signal grow: its last layer gives 0.6 with He's weights, about. */
function answer({ nets }: Result): string {
  const factor = nets[1]!.signal.at(-1)! / 0.58;
  if (!(factor >= 3)) return FACTORS[0];
  if (factor < 1000) return FACTORS[1];
  return factor < 3e7 ? FACTORS[2] : FACTORS[3];
}

function check({ nets }: Result, { depth, scale, epochs }: Params): Verdict {
  if (depth !== 5 || scale !== 10 || epochs !== 1)
    return { met: false, text: 'It has to be five layers, a scale of 10 and one epoch.' };
  const { accuracy } = nets[1]!;
  return { met: accuracy >= 0.88, text: `With batch normalization ${percent(accuracy)} of the test digits are right.` };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { depth: 2, epochs: 1, examples: 100, units: 8 },
  // While a control is dragged, the first step alone.
  light: (params) => ({ ...params, epochs: 0 }),
  // A step of three networks has a price for each of their layers, and so has the first look.
  work: ({ depth, epochs, examples }) => (depth + 2) * (2 + epochs * Math.floor(examples / 100)),
  experiment: normalization,
  figures,
  summary,
  answer,
  check,
};
