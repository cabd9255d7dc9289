import { layout } from './experiment.ts';

/** A hidden unit for one input: its sum, what sigmoid makes of it, and what it adds to the answer. */
export interface Unit {
  sum: number;
  output: number;
  adds: number;
}

/** A network's hidden units and answer for one input, from its row of weights. */
export function byHand(
  weights: readonly number[],
  hidden: number,
  [x0, x1]: readonly number[],
): { units: Unit[]; answer: number } {
  const at = layout(hidden);
  const units = Array.from({ length: hidden }, (_, unit): Unit => {
    const sum = weights[at.bias(unit)]! + x0! * weights[at.input(0, unit)]! + x1! * weights[at.input(1, unit)]!;
    const output = 1 / (1 + Math.exp(-sum));
    return { sum, output, adds: output * weights[at.output(unit)]! };
  });
  return { units, answer: units.reduce((total, { adds }) => total + adds, weights[at.outputBias]!) };
}
