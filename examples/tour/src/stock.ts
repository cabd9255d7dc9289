import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';

/**
 * Loads a saved model as any TensorFlow.js program would: stock `tf.loadLayersModel` on the bytes of the files, nothing of
 * weightkit in between.
 */
export async function loadWithStockTfjs(folder: string): Promise<tf.LayersModel> {
  const json = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  const files = await Promise.all(
    json.weightsManifest
      .flatMap((group: { paths: string[] }) => group.paths)
      .map((path: string) => readFile(join(folder, path))),
  );
  const { weightsManifest, ...rest } = json;
  const weightSpecs = weightsManifest.flatMap((group: { weights: tf.io.WeightsManifestEntry[] }) => group.weights);
  return tf.loadLayersModel(
    tf.io.fromMemory({ ...rest, weightSpecs, weightData: Uint8Array.from(Buffer.concat(files)).buffer }),
  );
}
