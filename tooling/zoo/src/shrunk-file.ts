import * as tf from '@tensorflow/tfjs';
import { type Checkpoint, toArtifacts } from '@weightkit/checkpoint';
import { pruneCheckpoint, type ShrunkCheckpoint, shrinkCheckpoint } from '@weightkit/pruning/checkpoint';

/** What came of a file without some of its units. */
export interface ShrunkFile extends Omit<ShrunkCheckpoint, 'checkpoint'> {
  /** The largest difference between what stock predicts of the masked file and of the smaller one, by the largest number. */
  relative: number;
}

const loaded = async (file: Checkpoint): Promise<tf.LayersModel> =>
  tf.loadLayersModel(tf.io.fromMemory((await toArtifacts(file)) as never));

/**
 * Prunes the units of some kernels in a file and shrinks it, without TensorFlow.js, and loads the masked and the smaller file in stock.
 *
 * @param kernels - the names of the kernels
 * @param sparsity - the share of units of each
 * @param size - the height and width of the image that is tried; of other inputs than images their length where it is not known
 */
export async function shrunkFile(
  source: Checkpoint,
  kernels: (name: string) => boolean,
  sparsity: number,
  size: number,
): Promise<ShrunkFile> {
  const { checkpoint: masked } = await pruneCheckpoint(source, {
    structure: 'unit',
    sparsity,
    filter: ({ name }) => kernels(name),
  });
  const { checkpoint, ...made } = await shrinkCheckpoint(masked);
  const models = await Promise.all([masked, checkpoint].map(loaded));
  const x = models[0]!.inputs.map(({ shape }, i) =>
    tf.randomUniform(
      shape.map((length, axis) => length ?? (axis === 0 ? 1 : size)),
      0,
      1,
      'float32',
      i + 1,
    ),
  );
  const [before, after] = await Promise.all(
    models.map(async (model) => {
      const outputs = [model.predict(x.length === 1 ? x[0]! : x)].flat() as tf.Tensor[];
      const values = await Promise.all(outputs.map((output) => output.data()));
      tf.dispose(outputs);
      return values.flatMap((one) => [...one]);
    }),
  );
  tf.dispose(x);
  for (const model of models) model.dispose();
  let [largest, difference] = [0, 0];
  for (const [i, value] of before!.entries()) {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - after![i]!));
  }
  return { ...made, relative: difference / largest };
}
