import type * as tf from '@tensorflow/tfjs-core';
import { type Parametrization, parametrize, type Transform, type Weight } from '@weightkit/core';
import { whenDisposed } from './when-disposed.ts';

/**
 * Parametrizes a weight by a transform that keeps tensors of its own: they go when it is taken off, and with the weight's model.
 *
 * @param kept - what the transform keeps; it goes too where the weight cannot be parametrized
 * @param restored - runs once `restore` has given the raw weight back, while what is kept is still there
 */
export function parametrizeKeeping(
  weight: Weight,
  transform: Transform,
  kept: readonly tf.Tensor[],
  restored: (raw: tf.Variable) => void = () => {},
): Parametrization {
  const free = () => {
    for (const one of kept) if (!one.isDisposed) one.dispose();
  };
  const place = (): Parametrization => {
    try {
      return parametrize(weight, transform);
    } catch (error) {
      free();
      throw error;
    }
  };
  const handle = place();
  const { fold, raw, restore } = handle;
  const unhook = whenDisposed(raw, free);
  const end = () => {
    unhook();
    free();
  };
  // Those who take parametrizations off by the handles that core lists get these too.
  return Object.assign(handle, {
    fold() {
      fold();
      end();
    },
    restore() {
      restore();
      restored(raw);
      end();
    },
  });
}
