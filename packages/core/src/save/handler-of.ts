import type * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, checkCheckpoint, toArtifacts } from '@weightkit/checkpoint';

/**
 * A checkpoint as a handler that stock TensorFlow.js loads a model from, with its tensors as they were mapped, quantized or
 * pruned on the way.
 *
 * @example
 * const again = await tf.loadLayersModel(handlerOf(checkpointOf(model)));
 *
 * @param checkpoint - one with a topology: opened from TensorFlow.js's files, or of a model; borrowed, and read at each load
 * @returns a handler for `tf.loadLayersModel` and `tf.loadGraphModel`, whichever the topology is for
 * @throws TypeError where the checkpoint has no topology, as safetensors, or is none. Loading throws where TensorFlow.js has no
 * such dtype
 */
export function handlerOf(checkpoint: Checkpoint): Required<Pick<tf.io.IOHandler, 'load'>> {
  const fn = 'handlerOf';
  checkCheckpoint(fn, 'checkpoint', checkpoint);
  const { format, extras, tensors } = checkpoint;
  if (!extras.modelJson?.some(([key]) => key === 'modelTopology'))
    throw new TypeError(
      `${fn}: checkpoint must have the topology of a model, got ${tensors.length} tensors of ${format} without; ` +
        'take that of a model with weights of the same names: handlerOf({ ...checkpoint, extras: checkpointOf(model).extras }), ' +
        'or set weights by weightsOf(model)',
    );
  return { load: async () => (await toArtifacts(checkpoint, fn)) as unknown as tf.io.ModelArtifacts };
}
