import * as tf from '@tensorflow/tfjs-core';
import { type Parametrization, parametrize, type Transform, tensorflowOp, type Weight } from '@weightkit/core';

/** A weight that its layer sees through a mask. */
export interface MaskedWeight {
  readonly weight: Weight;
  readonly parametrization: Parametrization;
  /** bool, of the weight's shape; never trained, in no list of the model. */
  readonly mask: tf.Variable;
  /** The mask's values. */
  readonly bits: Uint8Array;
  /** How many of them are 0. */
  readonly zeros: number;
  /** What goes into the mask, transforms below it applied. The caller disposes it. */
  input(): tf.Tensor;
  /** How often the mask has had other values. */
  readonly version: number;
  /** Whether gradients reach pruned entries too, as if nothing were pruned. They do not unless it is set. */
  dense: boolean;
  /** Whether the mask says what is pruned and prunes nothing: the layer computes with the raw weight. */
  open: boolean;
  /** Puts other values in the mask. */
  set(bits: Uint8Array): void;
  /** Disposes the mask. */
  dispose(): void;
}

function zerosIn(bits: Uint8Array): number {
  let zeros = 0;
  for (let i = 0; i < bits.length; i++) zeros += 1 - bits[i]!;
  return zeros;
}

const inPlace = new WeakMap<tf.Variable, Parametrization>();

/** Whether a mask of this package is on the weight. */
export const isMasked = (weight: Weight): boolean => inPlace.get(weight.variable!)?.installed ?? false;

/**
 * Puts a mask on a weight. A selection and no product: a pruned entry is +0, where 0 * w may be -0 or NaN, and the gradient
 * of the raw entry is 0. Written values go to the raw weight as they are.
 */
function maskWeight(fn: string, weight: Weight, bits: Uint8Array): MaskedWeight {
  const shape = [...weight.shape];
  const start = tf.tensor(bits, shape, 'bool');
  const mask = tf.variable(start, false);
  start.dispose();
  let tap: ((x: tf.Tensor) => void) | undefined;
  let dense = false;
  let open = false;
  /** The mask in float32, once tfjs-node has needed it. */
  let factor: tf.Tensor | undefined;
  const factorOf = (): tf.Tensor => {
    factor ??= tf.keep(tf.cast(mask, 'float32'));
    return factor;
  };
  const masked = (x: tf.Tensor): tf.Tensor =>
    tf.getBackend() === 'tensorflow'
      ? tensorflowOp('MulNoNan', [x, factorOf()])!
      : tf.where(mask, x, tf.fill(shape, 0));
  const throughMask = tf.customGrad((x) => ({
    value: masked(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => dy,
  }));
  // An operation each way, where `tf.where` needs four, of which a selection takes twice as long as a product.
  const byProduct = tf.customGrad((x) => ({
    value: masked(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, factorOf()),
  }));
  const forward = (x: tf.Tensor) => {
    tap?.(x);
    if (open) return x;
    if (dense) return throughMask(x);
    return tf.getBackend() === 'tensorflow' ? byProduct(x) : masked(x);
  };
  const dispose = () => {
    factor?.dispose();
    factor = undefined;
    mask.dispose();
  };
  const parametrization = parametrizeOr(dispose, weight, {
    forward,
    rightInverse: (value) => value,
    kind: 'mask',
    fn,
  });
  inPlace.set(weight.variable!, parametrization);
  let values = bits;
  let zeros = zerosIn(bits);
  let version = 0;
  return {
    weight,
    parametrization,
    mask,
    get bits() {
      return values;
    },
    get zeros() {
      return zeros;
    },
    get dense() {
      return dense;
    },
    set dense(through) {
      dense = through;
    },
    get open() {
      return open;
    },
    set open(without) {
      open = without;
    },
    get version() {
      return version;
    },
    input() {
      let seen: tf.Tensor | undefined;
      tap = (x) => {
        seen = tf.keep(tf.clone(x));
      };
      parametrization.value().dispose();
      tap = undefined;
      return seen!;
    },
    set(next) {
      const upload = tf.tensor(next, shape, 'bool');
      mask.assign(upload);
      upload.dispose();
      factor?.dispose();
      factor = undefined;
      values = next;
      zeros = zerosIn(next);
      version++;
    },
    dispose,
  };
}

function parametrizeOr(undo: () => void, weight: Weight, transform: Transform): Parametrization {
  try {
    return parametrize(weight, transform);
  } catch (error) {
    undo();
    throw error;
  }
}

/** Puts masks on all weights, or throws and has put none. */
export function maskAll(fn: string, weights: readonly Weight[], bits: readonly Uint8Array[]): MaskedWeight[] {
  const done: MaskedWeight[] = [];
  try {
    for (const [i, weight] of weights.entries()) done.push(maskWeight(fn, weight, bits[i]!));
    return done;
  } catch (error) {
    unmaskAll(done);
    throw error;
  }
}

/** Takes masks away, raw weights left as they are; disposes them. */
export function unmaskAll(entries: readonly MaskedWeight[]): void {
  for (const { parametrization, dispose } of entries) {
    if (parametrization.installed) parametrization.restore();
    dispose();
  }
}

/** Throws when a mask was taken away. */
export function checkInPlace(fn: string, entries: readonly MaskedWeight[]): void {
  const gone = entries.find(({ parametrization }) => !parametrization.installed);
  if (gone) throw new Error(`${fn}: pruning must be in place, got ${gone.weight.path} without its mask`);
}
