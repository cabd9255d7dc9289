import * as tf from '@tensorflow/tfjs';
import { saveFolded } from '@weightkit/core';
import type { Examples } from './network.ts';

/** Images of a prediction that is timed. */
export const TIMED = 500;
const TURNS = 15;

/** The file of weights that a network is saved in, and what gzip makes of it, in bytes. */
export interface FileSizes {
  bytes: number;
  gzip: number;
}

// #region bytes
/** Saves a network as stock TensorFlow.js reads it, zeros in place, and measures the file of its weights. */
export async function fileSizesOf(model: tf.LayersModel): Promise<FileSizes> {
  let data = new ArrayBuffer(0);
  const keep = tf.io.withSaveHandler(async ({ weightData }) => {
    data = tf.io.CompositeArrayBuffer.join(weightData);
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  });
  await saveFolded(model, keep);
  const zipped = new Blob([data]).stream().pipeThrough(new CompressionStream('gzip'));
  return { bytes: data.byteLength, gzip: (await new Response(zipped).arrayBuffer()).byteLength };
}
// #endregion

// #region time
/**
 * Milliseconds in which each network predicts 500 digits, its outputs read: the shortest of fifteen turns, after one that does not count.
 * What else the machine does makes times longer and never shorter.
 */
export async function timesOf(models: readonly tf.LayersModel[], { x }: Examples): Promise<number[]> {
  const images = tf.slice(x, 0, Math.min(TIMED, x.shape[0]));
  const all: number[][] = models.map(() => []);
  for (let turn = 0; turn <= TURNS; turn++)
    for (const place of models.keys()) {
      // Each is the first in its turn.
      const i = (place + turn) % models.length;
      const begin = performance.now();
      const said = models[i]!.predict(images, { batchSize: TIMED }) as tf.Tensor;
      await said.data();
      if (turn > 0) all[i]!.push(performance.now() - begin);
      said.dispose();
    }
  images.dispose();
  return all.map((times) => Math.min(...times));
}
// #endregion
