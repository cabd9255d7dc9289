import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { type Params, type Result, whatAWeightIs } from './experiment.ts';
import { PRESETS } from './presets.ts';
import { plan, torchTotalOf, totalOf } from './sizes.ts';
import { readStack } from './stack.ts';
import { worstOf } from './summary.ts';

export interface Row {
  stack: string;
  seed: number;
  /** Parameters by the rule, by TensorFlow.js, and by the rule for PyTorch. */
  rule: number;
  counted: number;
  torch: number;
  /** Largest difference between y by hand and by `predict`. */
  apart: number;
}

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);
const [first, ...others] = Object.entries(PRESETS);

function condense({ label, params }: MeasuredRun<string, Params>, result: Result): Row {
  const planned = plan(readStack(params.stack).stack);
  return {
    stack: label,
    seed: params.seed,
    rule: totalOf(planned),
    counted: result.total,
    torch: torchTotalOf(planned),
    apart: Number(worstOf(result).toPrecision(2)),
  };
}

const run = ([label, stack]: [string, string], seed: number): MeasuredRun<string, Params> => ({
  label,
  params: { stack, convention: 'TensorFlow.js', inputs: 8, outputs: 6, seed },
});

/** Every stack once, and the first with 20 seeds, whose layer of 8 inputs and 6 outputs is multiplied by hand. */
export const measurement: Measurement<string, Params, Result, Row> = {
  experiment: whatAWeightIs,
  runs: [...SEEDS.map((seed) => run(first!, seed)), ...others.map((other) => run(other, 0))],
  sample: run(first!, 0),
  condense,
};
