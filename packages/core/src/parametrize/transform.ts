import * as tf from '@tensorflow/tfjs-core';
import { checkBoolean, checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import type { Weight } from '../model/weight.ts';

/**
 * What an optimizer keeps is one of: a mean of gradients, a mean of their squares, a step or a mean of steps, a mean of squared steps.
 */
export type MomentKind = 'gradient' | 'gradientSquare' | 'step' | 'stepSquare';

/** Where a transform is, for {@link MomentMap}: what it is given and its extra variables. Borrowed. */
export interface TransformPoint {
  /** The raw weight. */
  raw: tf.Tensor;
  /** The extra variables by name. */
  variables: Readonly<Record<string, tf.Tensor>>;
}

/** What an optimizer keeps, between a weight and the variables that a transform trains in its place; see `carryOptimizer`. */
export interface MomentMap {
  /** What it would keep of the raw weight and of each extra variable, from what it keeps of the weight. Runs inside a tidy. */
  split(moment: tf.Tensor, kind: MomentKind, at: TransformPoint): TransformPoint;
  /** What it would keep of the weight. Runs inside a tidy. */
  join(moments: TransformPoint, kind: MomentKind, at: TransformPoint): tf.Tensor;
}

/** A differentiable map that a layer's weight passes through whenever the layer runs. */
export interface Transform {
  /**
   * The weight that the layer computes with, from the raw weight and the extra variables by name. Same shape and dtype as the
   * raw weight; runs inside a tidy and on the gradient tape, so functional tfjs ops only.
   */
  forward(raw: tf.Tensor, variables: Readonly<Record<string, tf.Tensor>>): tf.Tensor;
  /**
   * A raw weight whose `forward` is `value` (or as near as there is). With it the parametrized weight can be written. When
   * left out, writing is an error and the raw weight starts as the value was.
   *
   * @defaultValue none
   */
  rightInverse?: (value: tf.Tensor) => tf.Tensor;
  /**
   * Extra variables, trained like the weight: for each name (letters, digits, `_`, `-`, `.`) its value from the weight's
   * value (weight norm's `g` from its norms). They need a `compile` with a new optimizer, or they are not trained.
   *
   * @defaultValue none
   */
  variables?: Record<string, (value: tf.Tensor) => tf.Tensor>;
  /**
   * What it is, for those who look at the model later ({@link parametrizationsOf}), as `mask`; a text of one letter or more.
   *
   * @defaultValue none
   */
  kind?: string;
  /**
   * Whether the extra variables train beside a weight that is frozen, as an adapter's do; without it they are refused there.
   *
   * @defaultValue false
   */
  beside?: boolean;
  /**
   * How an optimizer's state goes over when the transform is put on or taken off (`carryOptimizer`).
   *
   * @defaultValue where there are no extra variables and gradients pass whole, as they are; else they begin anew
   */
  moments?: MomentMap;
  /**
   * The function that asks, for messages: of packages that install transforms of their own.
   *
   * @defaultValue parametrize
   */
  fn?: string;
}

/** What a transform starts from. */
export interface Start {
  /** The raw weight; the value itself where there is no right inverse. */
  raw: tf.Tensor;
  /** Whether it is another tensor than the value: a right inverse that returns its argument moves nothing. */
  moved: boolean;
  /** The extra variables by name. */
  variables: Record<string, tf.Tensor>;
}

/** Who asks. */
export const askerOf = ({ fn = 'parametrize' }: Transform): string => fn;

export function checkTransform(transform: Transform): void {
  checkPlainObject('parametrize: transform must be a plain object', transform);
  checkOptions(
    'parametrize',
    transform,
    ['forward', 'rightInverse', 'variables', 'kind', 'beside', 'moments', 'fn'],
    'transform',
  );
  const { forward, rightInverse, variables = {}, kind, beside = false, moments, fn } = transform;
  checkType(fn === undefined || typeof fn === 'string', 'parametrize: fn must be a text', fn);
  checkType(typeof forward === 'function', 'parametrize: forward must be a function', forward);
  checkType(
    rightInverse === undefined || typeof rightInverse === 'function',
    'parametrize: rightInverse must be a function',
    rightInverse,
  );
  checkType(kind === undefined || typeof kind === 'string', 'parametrize: kind must be a text', kind);
  checkRange(kind !== '', 'parametrize: kind must have a letter or more', kind);
  checkBoolean('parametrize', 'beside', beside);
  if (moments !== undefined)
    checkType(
      typeof moments?.split === 'function' && typeof moments.join === 'function',
      'parametrize: moments must have a split and a join function',
      moments,
    );
  checkPlainObject('parametrize: variables must be a plain object', variables);
  for (const [name, initial] of Object.entries(variables)) {
    checkRange(/^[-.\w]+$/.test(name), 'parametrize: names of variables must be of letters, digits, _, - and .', name);
    checkType(typeof initial === 'function', `parametrize: variable ${name} must be a function of the weight`, initial);
  }
}

function checkLike(what: string, result: tf.Tensor, { shape, dtype }: tf.Tensor): void {
  checkType(result instanceof tf.Tensor, `parametrize: ${what} must return a tensor`, result);
  checkRange(
    tf.util.arraysEqual(result.shape, shape) && result.dtype === dtype,
    `parametrize: ${what} must return ${dtype} [${shape}]`,
    `${result.dtype} [${result.shape}]`,
  );
}

/**
 * Computes what the transform starts from and runs it once, so that a wrong one is refused before anything has changed.
 *
 * @returns new tensors, the caller's
 */
export function startOf(weight: Weight, { forward, rightInverse, variables = {} }: Transform): Start {
  return tf.tidy(() => {
    const value = weight.read();
    const extras: Record<string, tf.Tensor> = {};
    for (const [name, initial] of Object.entries(variables)) {
      const start = initial(value);
      checkType(start instanceof tf.Tensor, `parametrize: variable ${name} of ${weight.path} must be a tensor`, start);
      extras[name] = tf.clone(start);
    }
    const raw = rightInverse ? rightInverse(value) : value;
    checkLike(`rightInverse of ${weight.path}`, raw, value);
    checkLike(`forward of ${weight.path}`, forward(raw, extras), value);
    return { raw: tf.clone(raw), moved: raw !== value, variables: extras };
  });
}
