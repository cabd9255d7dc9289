import * as tf from '@tensorflow/tfjs-core';
import { moments } from '@weightkit/numerics';
import { allDone } from './all-done.ts';
import { relative } from './distance.ts';
import { frobeniusNorm } from './frobenius-norm.ts';
import { stagedSum } from './staged-sum.ts';
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
  normSum: tf.Tensor | null;
}

const norm = (x: tf.Tensor): tf.Tensor => tf.sqrt(stagedSum(tf.square(x)));

const nothing = (): Held => ({ steps: 0, start: null, gradient: null, normSum: null });

const free = (held: Held): void => tf.dispose([held.start, held.gradient, held.normSum].filter((t) => t !== null));

async function updateOf(variable: tf.Variable, start: tf.Tensor): Promise<DistanceRecord> {
  const norms = tf.tidy(() => tf.stack([frobeniusNorm(tf.sub(variable, start)), frobeniusNorm(start)]));
  try {
    const [change, size] = (await norms.data()) as Float32Array;
    return { l2: plain(change!), relative: plain(relative(change!, size!)) };
  } finally {
    norms.dispose();
  }
}

async function gradientOf({ steps, gradient, normSum }: Held): Promise<GradientRecord> {
  const [values, sum] = await allDone([gradient!.data(), normSum!.data()]);
  const last = moments(Float32Array.from(values as ArrayLike<number>));
  return {
    steps,
    meanNorm: plain(sum[0]! / steps),
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
  const hold = (key: 'start' | 'gradient' | 'normSum', tensor: tf.Tensor): void => {
    held[key]?.dispose();
    held[key] = tf.keep(tensor);
  };
  return {
    before: () => hold('start', tf.clone(variable)),
    after(gradient) {
      held.steps++;
      if (!gradients) return;
      hold('gradient', tf.clone(gradient));
      const sum = held.normSum;
      hold(
        'normSum',
        tf.tidy(() => (sum ? tf.add(sum, norm(gradient)) : norm(gradient))),
      );
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
