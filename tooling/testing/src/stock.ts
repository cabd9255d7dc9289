import * as tf from '@tensorflow/tfjs';

/** The artifacts that stock `model.save` would write, or that a handler of ours was given. */
export async function artifactsOf(save: (handler: tf.io.IOHandler) => Promise<unknown>): Promise<tf.io.ModelArtifacts> {
  let taken: tf.io.ModelArtifacts | undefined;
  await save(
    tf.io.withSaveHandler(async (artifacts) => {
      taken = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  if (!taken) throw new Error('artifactsOf: save must call the handler');
  return taken;
}

/** Loads artifacts in stock TensorFlow.js, through a JSON copy of everything but the bytes: nothing of ours survives. */
export async function loadStock(artifacts: tf.io.ModelArtifacts): Promise<tf.LayersModel> {
  const { weightData, ...rest } = artifacts;
  const bytes = tf.io.CompositeArrayBuffer.join(weightData as ArrayBuffer).slice(0);
  return tf.loadLayersModel(tf.io.fromMemory({ ...JSON.parse(JSON.stringify(rest)), weightData: bytes }));
}
