import * as tf from '@tensorflow/tfjs';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf, handlerOf } from '@weightkit/core';
import { type GridOptions, quantizeModel } from '@weightkit/quantization';
import { packCheckpoint } from '@weightkit/quantization/checkpoint';

/** Files of a model by their names. */
type Files = Map<string, Uint8Array>;

/** Bytes of all files. */
const sizeOf = (files: Files): number => [...files.values()].reduce((sum, { length }) => sum + length, 0);

// #region file
/** The model in a file of its own, its kernels as packed codes, and what stock TensorFlow.js makes of that file. */
export async function packAndLoad(net: tf.LayersModel, grid: GridOptions) {
  const { checkpoint } = await packCheckpoint(checkpointOf(net), { grid });
  const files: Files = new Map();
  await writeCheckpoint(checkpoint, files, { format: 'compact' });
  const loaded = await tf.loadLayersModel(handlerOf(await openCheckpoint(files)));
  return { loaded, bytes: sizeOf(files) };
}
// #endregion

/** Bytes of the model as it is, in a file of the same kind. */
export async function plainSize(net: tf.LayersModel): Promise<number> {
  const files: Files = new Map();
  await writeCheckpoint(checkpointOf(net), files, { format: 'compact' });
  return sizeOf(files);
}

/** The model as files that stock TensorFlow.js knows by itself, a byte for each weight, and what it makes of them. */
export async function stockAndLoad(net: tf.LayersModel) {
  const { artifacts, report } = await quantizeModel(net, { dtype: 'uint8' });
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  return { loaded, bytes: report.bytesAfter, before: report.bytesBefore };
}
