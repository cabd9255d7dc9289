import { checkListening } from '@weightkit/checkpoint';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { type Effect, effectBetween, observe } from './effect.ts';
import { type Probes, probeSet } from './probes.ts';
import { checkRunnable, inputsOf, type Runnable } from './runnable.ts';

/** Options of {@link compareOutputs}. */
export interface CompareOutputsOptions {
  /**
   * What both models are tried on: a tensor, numbers in lists or with a shape, a list of these for each input, or how many are to be made.
   *
   * @defaultValue `512`, made of noise, one-hot rows and waves, scaled to the statistics of the first BatchNorm
   */
  probes?: Probes;
  /** Called after each batch of each model; a promise is waited for. @defaultValue nothing */
  onProgress?: (progress: CompareProgress) => void | Promise<void>;
  /** Stops between batches. @defaultValue none */
  signal?: AbortSignal;
}

/** How far {@link compareOutputs} is. */
export interface CompareProgress {
  /** Examples that were run, those of both models. */
  done: number;
  /** Of how many. */
  total: number;
}

/**
 * Runs two models on the same inputs and says what changed: top classes, numbers, layers. One of the two is most often a file that
 * was quantized, loaded again by stock TensorFlow.js. GraphModels and LayersModels are taken, one of each too. A large model takes seconds
 * for an example on `cpu`: give it fewer, and see `onProgress`.
 *
 * @example
 * const build = (w) => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], weights: [w], useBias: false })] });
 * const before = build(tf.tensor2d([[1, 0], [0, 1]]));
 * const after = build(tf.tensor2d([[1, 0], [0, 2]]));
 * const { agree, outputs } = await compareOutputs(before, after, { probes: tf.tensor2d([[4, 1], [4, 3], [1, 4]]) });
 * console.log(agree === 2 / 3, outputs[0].largest); // -> true 4
 *
 * @param before - a built LayersModel or a GraphModel
 * @param after - another with the same inputs and outputs
 * @param options - see {@link CompareOutputsOptions}
 * @returns the effect; holds no tensors
 * @throws TypeError or RangeError for what is no model, for probes that do not fit, and for models that differ in inputs or outputs
 */
export async function compareOutputs(
  before: Runnable,
  after: Runnable,
  options: CompareOutputsOptions = {},
): Promise<Effect> {
  const fn = 'compareOutputs';
  checkRunnable(fn, before);
  checkRunnable(fn, after);
  checkOptions(fn, options, ['probes', 'onProgress', 'signal']);
  checkListening(fn, options);
  const { probes = 512, onProgress, signal } = options;
  const [a, b] = [inputsOf(before), inputsOf(after)];
  checkRange(a.length === b.length, `${fn}: models must have as many inputs`, [a.length, b.length]);
  const set = await probeSet(fn, before, probes);
  const telling = (from: number) => async (done: number) => {
    await onProgress?.({ done: from + done, total: 2 * set.count });
    signal?.throwIfAborted();
  };
  const first = await observe(before, set, { layers: true, onBatch: telling(0) });
  const second = await observe(after, set, { layers: true, onBatch: telling(set.count) });
  const sizes = [first, second].map(({ outputs }) => outputs.map(({ values }) => values.length));
  checkRange(sizes[0]!.join() === sizes[1]!.join(), `${fn}: models must have outputs of one size`, sizes);
  const paths = [first, second].map(({ layers }) =>
    layers.map(({ path, outputs }) => `${path} ${outputs.map(({ length }) => length)}`).join(),
  );
  if (paths[0] !== paths[1]) first.layers = [];
  return effectBetween(first, second, set);
}
