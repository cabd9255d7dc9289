import * as tf from '@tensorflow/tfjs-core';
import {
  checkLayer,
  type LayerLike,
  type ModelLike,
  parametrizationsOf,
  parametrize,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkBoolean, checkOptions, checkRange } from '@weightkit/numerics/check';
import { holdAll } from '../freezing/hold-all.ts';

/** Options of {@link tie}. */
export interface TieOptions {
  /**
   * Whether the target is the source with its last two axes exchanged.
   * @defaultValue false
   */
  transposed?: boolean;
}

/** Two weights that are one; see {@link tie}. */
export interface Tied {
  /** The path of the weight that is computed from the other. */
  readonly target: string;
  /** The path of the weight that trains for both. */
  readonly source: string;
  /** Whether they are still tied. */
  readonly tied: boolean;
  /**
   * Unties them: each goes on by itself from what it is now.
   *
   * @throws Error when they are not tied
   */
  untie(): void;
  /**
   * Unties them, and gives the target back what it was before, bit for bit.
   *
   * @throws Error when they are not tied
   */
  restore(): void;
}

const fn = 'tie';
const KIND = 'tie';

/** The one weight that a filter matches. */
function oneOf(model: LayerLike, name: string, filter: WeightFilter): Weight {
  checkRange(filter !== undefined, `${fn}: ${name} must be the path of a weight, or another filter`, filter);
  const found = weightsOf(model, filter, fn, name);
  checkRange(
    found.length === 1,
    `${fn}: ${name} must match one weight`,
    found.map(({ path }) => path),
  );
  const [weight] = found as [Weight];
  checkRange(weight.dtype === 'float32', `${fn}: ${name} must be of float32`, `${weight.dtype} at ${weight.path}`);
  return weight;
}

/** The last two axes exchanged. */
const exchanged = <T>(axes: readonly T[]): T[] => [...axes.slice(0, -2), ...axes.slice(-2).reverse()];

function checkPair(model: LayerLike, target: Weight, source: Weight, transposed: boolean): void {
  checkRange(target.variable !== source.variable, `${fn}: source must be another weight than target`, source.path);
  const { shape } = source;
  checkRange(!transposed || shape.length >= 2, `${fn}: source must have two axes to exchange, or more`, shape);
  const wanted = transposed ? exchanged(shape) : shape;
  checkRange(
    tf.util.arraysEqual([...target.shape], [...wanted]),
    `${fn}: target must have shape [${wanted}], as ${source.path} says${transposed ? ' transposed' : ''}`,
    `[${target.shape}] at ${target.path}`,
  );
  for (const { raw, kind, path } of parametrizationsOf(model, fn)) {
    if (raw === target.variable)
      throw new Error(
        `${fn}: target must not be parametrized, got ${kind ?? 'one without a name'} at ${path}; fold it first`,
      );
    if (raw === source.variable && kind === KIND)
      throw new Error(`${fn}: source must not be tied itself, got ${path}; tie to what that is tied to`);
  }
}

/**
 * Ties two weights of a model: the target becomes the source, or the source transposed, wherever layers compute with it, and the source alone
 * trains, by the sum of the gradients of both. An output layer then shares the table of the embedding (Press and Wolf 2017,
 * https://arxiv.org/abs/1608.05859), a decoder the weights of its encoder; a model has fewer weights to learn.
 *
 * It holds in every way to train and with every optimizer, without compiling anew; the target's own variable stands still. A conv2d and the
 * conv2dTranspose that undoes it have kernels of one shape and need no `transposed`. Parametrizations of the source, such as masks, are
 * the target's too; leave the target out of their filters. Regularizers of the target see what it was before.
 *
 * `model.save` writes what the target was before. `saveFolded` of `@weightkit/core` writes both weights, and stock TensorFlow.js loads a model
 * that predicts the same; tie it again to train it on. A model of which a whole layer is used twice needs none of this: TensorFlow.js
 * shares and saves that by itself.
 *
 * @example
 * const model = tf.sequential({
 *   layers: [
 *     tf.layers.dense({ units: 2, inputShape: [5], name: 'encoder' }),
 *     tf.layers.dense({ units: 5, name: 'decoder' }),
 *   ],
 * });
 * const tied = tie(model, 'decoder/kernel', 'encoder/kernel', { transposed: true });
 * console.log(weightsOf(model).filter(({ trainable }) => trainable).length); // -> 3
 * tied.untie();
 *
 * @param model - a built LayersModel, or a layer
 * @param target - the weight that becomes the other; a path, or a filter that matches one
 * @param source - the weight that trains for both; a path, or a filter that matches one
 * @param options - see {@link TieOptions}
 * @returns the handle
 * @throws TypeError or RangeError for other arguments, a filter that does not match one weight, and shapes that do not fit; Error when the
 * target is parametrized or constrained, or the source is tied itself. Nothing has changed then
 */
export function tie(
  model: ModelLike | LayerLike,
  target: WeightFilter,
  source: WeightFilter,
  options: TieOptions = {},
): Tied {
  checkOptions(fn, options, ['transposed']);
  const { transposed = false } = options;
  checkBoolean(fn, 'transposed', transposed);
  checkLayer(fn, 'model', model);
  const [to, from] = [oneOf(model, 'target', target), oneOf(model, 'source', source)];
  checkPair(model, to, from, transposed);
  const order = exchanged([...from.shape.keys()]);
  const handle = parametrize(to, {
    kind: KIND,
    fn,
    forward: () => (transposed ? tf.transpose(from.read(), order) : from.read()),
  });
  const release = holdAll([handle.raw], []);
  const checkTied = (own: string): void => {
    if (!handle.installed) throw new Error(`${own}: weights must be tied, got ${to.path}, which is not`);
  };
  return {
    target: to.path,
    source: from.path,
    get tied() {
      return handle.installed;
    },
    untie() {
      checkTied('untie');
      handle.fold();
      release();
    },
    restore() {
      checkTied('restore');
      handle.restore();
      release();
    },
  };
}
