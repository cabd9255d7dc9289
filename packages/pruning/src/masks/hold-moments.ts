import * as tf from '@tensorflow/tfjs-core';
import { type NamedGradient, optimizerSlots, type Tap, tapOptimizer } from '@weightkit/core';
import type { MaskedWeight } from './masked-weight.ts';

/** An optimizer whose moments follow masks. */
export interface Hold {
  readonly optimizer: tf.Optimizer;
  /** How many entries under a 0 of a weight's mask have a moment that is not what it starts from; a scalar, the caller's. */
  strayMoments(entry: MaskedWeight): tf.Scalar;
  /** Lets the optimizer go. */
  release(): void;
}

/** Sets what an optimizer keeps of pruned entries to what it starts from. */
function clear(optimizer: tf.Optimizer, { parametrization, mask }: MaskedWeight): void {
  for (const { variable, initial } of optimizerSlots(optimizer, parametrization.raw))
    tf.tidy(() => variable.assign(tf.where(mask, variable, tf.fill(variable.shape, initial))));
}

/**
 * Keeps the moments of pruned entries at what an optimizer starts from: they are set to that before the first step after each change of
 * a mask, and stay there because no gradient reaches them, not even that of a regularizer, which sees the raw weight.
 *
 * @param first - sees the gradients before, and may give others
 */
export function holdMoments(entries: readonly MaskedWeight[], optimizer: tf.Optimizer, first?: Tap['before']): Hold {
  const cleared = new Map<MaskedWeight, number>();
  const before = (gradients: readonly NamedGradient[]): NamedGradient[] => {
    const held = new Map<string, MaskedWeight>();
    for (const entry of entries) {
      if (!entry.parametrization.installed) continue;
      held.set(entry.parametrization.raw.name, entry);
      if (cleared.get(entry) === entry.version) continue;
      clear(optimizer, entry);
      cleared.set(entry, entry.version);
    }
    return (first?.(gradients) ?? gradients).map(({ name, tensor }) => {
      const entry = held.get(name);
      return { name, tensor: entry ? tf.where(entry.mask, tensor, tf.fill(tensor.shape, 0)) : tensor };
    });
  };
  return {
    optimizer,
    strayMoments: (entry) =>
      tf.tidy(() => {
        // A mask that has changed since the last step is not the moments' yet.
        if (cleared.get(entry) !== entry.version) return tf.scalar(0);
        const stray = optimizerSlots(optimizer, entry.parametrization.raw).map(({ variable, initial }) =>
          tf.notEqual(variable, initial),
        );
        if (stray.length === 0) return tf.scalar(0);
        const pruned = tf.logicalNot(entry.mask);
        return tf.addN(stray.map((bits) => tf.sum(tf.cast(tf.logicalAnd(bits, pruned), 'float32')))) as tf.Scalar;
      }),
    release: tapOptimizer(optimizer, { before }),
  };
}
