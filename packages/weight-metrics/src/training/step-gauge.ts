import * as tf from '@tensorflow/tfjs-core';
import { allDone } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import { relative } from '../statistics/distance.ts';
import { frobeniusNorm } from '../statistics/frobenius-norm.ts';
import { type StepNorms, stepNorms } from './step-norms.ts';
import { type DistanceRecord, type GradientRecord, plain } from './watch-history.ts';

/** What the optimizer did to one variable since the last reading. */
export interface StepReading {
  update: DistanceRecord | null;
  gradient: GradientRecord | null;
}

/** Follows the optimizer steps of one variable; nothing is downloaded before `read`. */
export interface StepGauge {
  /** Before a step that has a gradient for the variable. */
  before(): void;
  /** After it, with the gradient, borrowed. */
  after(gradient: tf.Tensor): void;
  /** Downloads and starts anew. */
  read(): Promise<StepReading>;
  /** Frees what it holds and starts anew. */
  clear(): void;
}

interface Held {
  steps: number;
  /** The variable before the last step, and the last gradient: clones, which share the data and cost no copy. */
  start: tf.Tensor | null;
  gradient: tf.Tensor | null;
  norms: StepNorms;
}

const nothing = (): Held => ({ steps: 0, start: null, gradient: null, norms: stepNorms() });

function free({ start, gradient, norms }: Held): void {
  tf.dispose([start, gradient].filter((tensor) => tensor !== null));
  norms.clear();
}

async function updateOf(variable: tf.Variable, start: tf.Tensor): Promise<DistanceRecord> {
  const norms = tf.tidy(() => tf.stack([frobeniusNorm(tf.sub(variable, start)), frobeniusNorm(start)]));
  try {
    const [change, size] = (await norms.data()) as Float32Array;
    return { l2: plain(change!), relative: plain(relative(change!, size!)) };
  } finally {
    norms.dispose();
  }
}

async function gradientOf({ steps, gradient, norms }: Held): Promise<GradientRecord> {
  const [values, all] = await allDone([gradient!.data(), norms.read()]);
  const last = moments(Float32Array.from(values as ArrayLike<number>));
  const finite = moments(all);
  return {
    steps,
    nonFiniteSteps: finite.nonFinite,
    meanNorm: plain(finite.mean),
    norm: plain(last.l2),
    mean: plain(last.mean),
    std: plain(last.std),
    min: plain(last.min),
    max: plain(last.max),
    nonFinite: last.nonFinite,
  };
}

/**
 * A gauge for one variable.
 *
 * @param variable - what the optimizer assigns, borrowed
 * @param gradients - whether to collect gradients beside the last update
 */
export function stepGauge(variable: tf.Variable, gradients: boolean): StepGauge {
  let held = nothing();
  const hold = (key: 'start' | 'gradient', tensor: tf.Tensor): void => {
    held[key]?.dispose();
    held[key] = tf.keep(tensor);
  };
  return {
    before: () => hold('start', tf.clone(variable)),
    after(gradient) {
      held.steps++;
      if (!gradients) return;
      hold('gradient', tf.clone(gradient));
      held.norms.add(gradient);
    },
    async read() {
      const reading = held;
      held = nothing();
      try {
        const stepped = reading.steps > 0;
        return {
          update: stepped ? await updateOf(variable, reading.start!) : null,
          gradient: stepped && gradients ? await gradientOf(reading) : null,
        };
      } finally {
        free(reading);
      }
    },
    clear() {
      free(held);
      held = nothing();
    },
  };
}
