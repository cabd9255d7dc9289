import * as tf from '@tensorflow/tfjs-core';
import { checkListening } from '@weightkit/checkpoint';
import { checkFunction, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { CompareOutputsOptions } from './compare-outputs.ts';
import { type Effect, effectBetween, type Observed, observe } from './effect.ts';
import { type ProbeSet, probeSet } from './probes.ts';
import { checkRunnable, type Runnable } from './runnable.ts';

/** A model that frees its memory. */
export type Loaded = Runnable & {
  /** Frees it. */
  dispose: () => unknown;
};

const FN = 'compareBackends';

/** Makes a backend the current one. */
async function use(backend: string): Promise<void> {
  const known = Object.keys(tf.engine().registryFactory);
  checkRange(known.includes(backend), `${FN}: backends must be among those that are registered (${known})`, backend);
  const starts = await tf.setBackend(backend).catch(() => false);
  checkRange(starts, `${FN}: backends must start here`, backend);
}

/**
 * Runs one model on several backends of TensorFlow.js and says where they part: whether a phone's backend says what the one on the desk
 * does, and which layer is the first that does not. The model is loaded anew on each backend, and disposed after it; the backend from before
 * is the current one again afterwards.
 *
 * @example
 * import * as tf from '@tensorflow/tfjs';
 * import '@tensorflow/tfjs-backend-wasm';
 * import { compareBackends } from '@weightkit/quantization';
 *
 * const load = () => tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], kernelInitializer: 'ones' })] });
 * const { wasm } = await compareBackends(load, ['cpu', 'wasm'], { probes: tf.ones([2, 4]) });
 * console.log(wasm.largest, wasm.firstDiverging); // -> 0 null
 *
 * @param load - gives the same model each time it is called: it is called once for each backend, which is the current one then
 * @param backends - names of two or more: what the others are compared with, then the others, as `['cpu', 'wasm']`
 * @param options - those of {@link compareOutputs}
 * @returns the effect of each backend but the first
 * @throws TypeError or RangeError for backends that are not there or do not start, for what is no model, and for probes that do not fit
 */
export async function compareBackends(
  load: () => Loaded | Promise<Loaded>,
  backends: readonly string[],
  options: CompareOutputsOptions = {},
): Promise<Record<string, Effect>> {
  checkFunction(FN, 'load', load);
  const areNames = Array.isArray(backends) && backends.every((name) => typeof name === 'string');
  checkType(areNames, `${FN}: backends must be a list of names`, backends);
  const several = backends.length > 1 && new Set(backends).size === backends.length;
  checkRange(several, `${FN}: backends must be two or more, each once`, backends);
  checkOptions(FN, options, ['probes', 'onProgress', 'signal']);
  checkListening(FN, options);
  const { probes = 512, onProgress, signal } = options;
  // None before the first tensor is made.
  const before = tf.getBackend() as string | undefined;
  const effects: Record<string, Effect> = {};
  let first: { observed: Observed; set: ProbeSet } | undefined;
  try {
    for (const [i, backend] of backends.entries()) {
      await use(backend);
      const model = await load();
      try {
        checkRunnable(FN, model);
        const set: ProbeSet = first?.set ?? (await probeSet(FN, model, probes));
        const onBatch = async (done: number): Promise<void> => {
          await onProgress?.({ done: i * set.count + done, total: backends.length * set.count });
          signal?.throwIfAborted();
        };
        const observed = await observe(model, set, { layers: true, onBatch });
        if (first) effects[backend] = effectBetween(first.observed, observed, set);
        else first = { observed, set };
      } finally {
        (Object(model) as Partial<Loaded>).dispose?.();
      }
    }
  } finally {
    if (before !== undefined) await tf.setBackend(before);
  }
  return effects;
}
