import type * as tf from '@tensorflow/tfjs';
import { alignUnits } from '@weightkit/weight-metrics';
import { type Examples, lossesOf } from './ground.ts';
import { readNet } from './network.ts';

/** Places along the line between two networks. */
export const ALONG = 15;

/** The loss on the straight line from one network to another: as the other is, and with its units in the order of the first. */
export interface Between {
  straight: number[];
  matched: number[];
  /** Units that changed places, of all. */
  moved: number;
  units: number;
}

// #region matching
/** The weights of the second network with its hidden units in the order of those of the first that they are most like. */
async function inOrderOf(one: tf.LayersModel, other: tf.LayersModel) {
  const { values, orders } = await alignUnits(one, other);
  const flat = Float32Array.from([...values.values()].flatMap((weight) => Array.from(weight)));
  return { flat, moved: orders.reduce((sum, order) => sum + order.moved, 0) };
}
// #endregion

const onTheWay = (from: Float32Array, to: Float32Array): Float32Array[] =>
  Array.from({ length: ALONG }, (_, k) => {
    const share = k / (ALONG - 1);
    return from.map((value, i) => (1 - share) * value + share * to[i]!);
  });

/** Goes straight from one network to the other. */
export async function between(
  one: tf.LayersModel,
  other: tf.LayersModel,
  examples: Examples,
  units: number,
): Promise<Between> {
  const [from, to] = [await readNet(one), await readNet(other)];
  const { flat, moved } = await inOrderOf(one, other);
  return {
    straight: await lossesOf(examples, onTheWay(from, to), units),
    matched: await lossesOf(examples, onTheWay(from, flat), units),
    moved,
    units: 2 * units,
  };
}

/** How far the loss rises above the straight line between its two ends. */
export const ridge = (losses: readonly number[]): number =>
  Math.max(
    ...losses.map((loss, k) => {
      const share = k / (losses.length - 1);
      return loss - (1 - share) * losses[0]! - share * losses.at(-1)!;
    }),
  );
