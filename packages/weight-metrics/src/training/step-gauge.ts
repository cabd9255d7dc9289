import * as tf from '@tensorflow/tfjs-core';
import { sameData } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import { relative } from '../statistics/distance.ts';
import type { Taken } from './read-together.ts';
import { type Measure, measureOf, normsOfAll, stepSamples, tensorsIn } from './step-samples.ts';
import { type GradientRecord, plain, type UpdateRecord } from './watch-history.ts';

/** What the optimizer did to one variable since the last reading. */
export interface StepReading {
  update: UpdateRecord | null;
  gradient: GradientRecord | null;
}

/** Follows the optimizer steps of one variable; nothing is downloaded. */
export interface StepGauge {
  /** Before a step that has a gradient for the variable. */
  before(): void;
  /** After it, with the gradient, borrowed. */
  after(gradient: tf.Tensor): void;
  /** Hands over what it holds, which the caller disposes, and starts anew. */
  take(): Taken<StepReading>;
  /** Frees what it holds and starts anew. */
  clear(): void;
}

/** What is watched of a step: the weight's change, the weight before it, and the gradient. */
const [CHANGE, SIZE, GRADIENT] = [0, 1, 2] as const;

const leastOf = ({ count, min }: { count: number; min: number }) => plain(count === 0 ? Number.NaN : min);
const mostOf = ({ count, max }: { count: number; max: number }) => plain(count === 0 ? Number.NaN : max);

function updateOf(last: readonly number[], samples: readonly (readonly number[])[], steps: number): UpdateRecord {
  const [change, size] = [last[CHANGE]!, last[SIZE]!];
  const ratios = moments(Float64Array.from(samples, (norms) => relative(norms[CHANGE]!, norms[SIZE]!)));
  return {
    l2: plain(change),
    relative: plain(relative(change, size)),
    steps,
    measured: samples.length,
    nonFiniteSteps: ratios.nonFinite,
    meanRelative: plain(ratios.mean),
    minRelative: leastOf(ratios),
    maxRelative: mostOf(ratios),
  };
}

function gradientOf(last: Float32Array, samples: readonly (readonly number[])[], steps: number): GradientRecord {
  const norms = moments(Float64Array.from(samples, (measured) => measured[GRADIENT]!));
  const entries = moments(last);
  return {
    steps,
    measured: samples.length,
    nonFiniteSteps: norms.nonFinite,
    meanNorm: plain(norms.mean),
    stdNorm: plain(norms.std),
    minNorm: leastOf(norms),
    maxNorm: mostOf(norms),
    norm: plain(entries.l2),
    mean: plain(entries.mean),
    std: plain(entries.std),
    min: plain(entries.min),
    max: plain(entries.max),
    zeros: entries.zeros,
    nonFinite: entries.nonFinite,
  };
}

/**
 * A gauge for one variable.
 *
 * @param variable - what the optimizer assigns, borrowed
 * @param options - `gradients`: whether to collect gradients beside the updates; `samples`: how many steps of a window to measure at most;
 * `expected`: how many steps the first window will have, 0 when that is not known
 */
export function stepGauge(
  variable: tf.Variable,
  { gradients, samples: most, expected = 0 }: { gradients: boolean; samples: number; expected?: number },
): StepGauge {
  const samples = stepSamples(most, expected);
  let steps = 0;
  /** The variable before the last step, and the last gradient, on data that they share and that is not copied. */
  let held: { start?: tf.Tensor; gradient?: tf.Tensor } = {};
  const hold = (key: 'start' | 'gradient', tensor: tf.Tensor): void => {
    held[key]?.dispose();
    held[key] = tf.keep(sameData(tensor));
  };
  return {
    before: () => hold('start', variable),
    after(gradient) {
      steps++;
      if (gradients) hold('gradient', gradient);
      if (samples.due()) samples.add(measureOf(variable, held.start!, gradients ? gradient : null));
    },
    take() {
      const { start, gradient } = held;
      const [passed, measures] = [steps, samples.take()];
      [steps, held] = [0, {}];
      if (!start || passed === 0) {
        tf.dispose(tensorsIn(measures));
        start?.dispose();
        return { tensors: [], finish: () => ({ update: null, gradient: null }) };
      }
      let last: Measure;
      try {
        last = measureOf(variable, start, null);
      } catch (error) {
        tf.dispose([...tensorsIn(measures), ...(gradient ? [gradient] : [])]);
        throw error;
      } finally {
        start.dispose();
      }
      const all = [last, ...measures];
      return {
        tensors: [...tensorsIn(all), ...(gradient ? [gradient] : [])],
        finish(values) {
          const [end, ...norms] = normsOfAll(all, values) as [readonly number[], ...(readonly number[])[]];
          return {
            update: updateOf(end, norms, passed),
            gradient: gradient ? gradientOf(values[values.length - 1]!, norms, passed) : null,
          };
        },
      };
    },
    clear() {
      tf.dispose([held.start, held.gradient].filter((tensor) => tensor !== undefined));
      samples.clear();
      [steps, held] = [0, {}];
    },
  };
}
