import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts } from '@weightkit/core';
import { prune, type ShrinkCertificate, shrink } from '@weightkit/pruning';

/** What came of a model without some of its units. */
export interface ShrunkModel {
  certificate: ShrinkCertificate;
  /** The largest difference between the smaller model and what stock loads of its file. */
  reloaded: number;
}

/** What of a model goes, and on what it is tried. */
export interface ShrunkOptions {
  /** The share of units of each layer. */
  sparsity: number;
  /** The height and width of the image that is tried. */
  size: number;
  /** The kernels whose units are pruned, by path. */
  filter: (path: string) => boolean;
  /** How often both are timed. @defaultValue 0 */
  runs?: number;
}

/**
 * Prunes the units that a filter finds, shrinks the model, saves it and loads it in stock TensorFlow.js.
 */
export async function shrunk(
  model: tf.LayersModel,
  { sparsity, size, filter, runs = 0 }: ShrunkOptions,
): Promise<ShrunkModel> {
  const probes = tf.randomUniform([1, size, size, 3], 0, 1, 'float32', 1);
  const pruning = await prune(model, { structure: 'unit', sparsity, filter: ({ path }) => filter(path) });
  const { model: small, certificate } = await shrink(model, { probes, runs });
  const again = await tf.loadLayersModel(tf.io.fromMemory(await foldedArtifacts(small)));
  const difference = tf.tidy(() =>
    tf.max(tf.abs(tf.sub(small.predict(probes) as tf.Tensor, again.predict(probes) as tf.Tensor))),
  );
  const [reloaded] = await difference.data();
  tf.dispose([probes, difference]);
  pruning.dispose();
  for (const one of [again, small]) one.dispose();
  return { certificate, reloaded: reloaded! };
}
