import * as tf from '@tensorflow/tfjs-core';
import type { Hold } from './hold-moments.ts';
import { checkInPlace, type MaskedWeight } from './masked-weight.ts';

/** The number of entries under a 0 of the mask that are not 0 in what the layer computes with; -0 is 0 here. */
const strayEntries = ({ parametrization, mask }: MaskedWeight): tf.Tensor => {
  const held = tf.logicalOr(mask, tf.equal(parametrization.value(), 0));
  return tf.sum(tf.cast(tf.logicalNot(held), 'float32'));
};

/**
 * Throws when an entry under a 0 of a mask is not 0 or, of optimizers that are held, has a moment. Counts on the device and downloads
 * two numbers for each weight.
 */
export async function checkHeld(fn: string, entries: readonly MaskedWeight[], holds: readonly Hold[]): Promise<void> {
  checkInPlace(fn, entries);
  const names = entries.map(({ weight: { path } }) => path);
  const counts = tf.tidy(() =>
    tf.stack([
      tf.stack(entries.map(strayEntries)),
      tf.stack(
        entries.map((entry) => tf.addN([tf.scalar(0), ...holds.map(({ strayMoments }) => strayMoments(entry))])),
      ),
    ]),
  );
  const values = await counts.data().finally(() => counts.dispose());
  for (const [i, path] of names.entries()) {
    if (values[i] !== 0) throw new Error(`${fn}: pruned entries of ${path} must be 0, got ${values[i]} that are not`);
    const moments = values[names.length + i];
    if (moments !== 0)
      throw new Error(
        `${fn}: pruned entries of ${path} must have no moments in the optimizer, got ${moments} that have`,
      );
  }
}
