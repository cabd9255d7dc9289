import * as tf from '@tensorflow/tfjs-core';
import { checkFunction, checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { placesOf, steppedNames } from './stepped-names.ts';

/** A gradient and the name of the variable that it is of (`weight.variable.name`). */
export interface NamedGradient {
  /** The variable's name. */
  name: string;
  /** The gradient of the loss with respect to it. */
  tensor: tf.Tensor;
}

/** What to do around each optimizer step; at least one of the two. */
export interface Tap {
  /**
   * Runs before the step with the gradients, borrowed, inside a tidy: `tf.keep` what must outlive it. May return gradients to
   * use instead, of the same names and shapes; those it made are disposed after the step. A variable that is left out is not
   * stepped, and the optimizer's state for it stays.
   */
  before?: (gradients: readonly NamedGradient[]) => readonly NamedGradient[] | void;
  /** Runs after the step with the gradients that were applied, borrowed, inside a tidy. */
  after?: (gradients: readonly NamedGradient[]) => void;
}

interface Tapped {
  taps: Tap[];
  own: PropertyDescriptor | undefined;
}

const tapped = new WeakMap<tf.Optimizer, Tapped>();

function replacedBy(before: NonNullable<Tap['before']>, gradients: readonly NamedGradient[]): readonly NamedGradient[] {
  const run = () => (before(gradients) ?? gradients) as unknown as tf.TensorContainer;
  const replaced = tf.tidy(run) as unknown as readonly NamedGradient[];
  checkType(Array.isArray(replaced), 'tapOptimizer: before must return a list of gradients or nothing', replaced);
  return replaced;
}

function checkReplacement(original: readonly NamedGradient[], replaced: readonly NamedGradient[]): void {
  const shapes = new Map(original.map(({ name, tensor }) => [name, tensor.shape]));
  for (const { name, tensor } of replaced) {
    const shape = shapes.get(name);
    checkRange(shape !== undefined, 'tapOptimizer: before must return gradients it was given, each once', name);
    shapes.delete(name);
    checkRange(
      tensor instanceof tf.Tensor && tf.util.arraysEqual(tensor.shape, shape),
      `tapOptimizer: the gradient of ${name} must have shape [${shape}]`,
      tensor?.shape,
    );
  }
}

/** Adam and others keep their state by place in the list: every variable keeps its place, with null where none is stepped. */
function inPlaces(names: readonly string[], gradients: readonly NamedGradient[]): NamedGradient[] {
  const byName = new Map(gradients.map(({ name, tensor }) => [name, tensor]));
  return names.map((name) => ({ name, tensor: byName.get(name) ?? null }) as NamedGradient);
}

function install(optimizer: tf.Optimizer): Tapped {
  const entry: Tapped = { taps: [], own: Object.getOwnPropertyDescriptor(optimizer, 'applyGradients') };
  const apply = optimizer.applyGradients;
  optimizer.applyGradients = (given) => {
    const all = Array.isArray(given) ? given : Object.entries(given).map(([name, tensor]) => ({ name, tensor }));
    const places = placesOf(
      optimizer,
      all.map(({ name }) => name),
    );
    steppedNames.set(optimizer, places);
    // Variables of a varList that cannot be trained have none.
    const original: readonly NamedGradient[] = all.filter(({ tensor }) => tensor != null);
    let gradients = original;
    const made = new Set<tf.Tensor>();
    const taps = [...entry.taps];
    try {
      for (const { before } of taps) {
        if (!before) continue;
        const replaced = replacedBy(before, gradients);
        for (const { tensor } of replaced) if (tensor instanceof tf.Tensor) made.add(tensor);
        checkReplacement(original, replaced);
        gradients = replaced;
      }
      apply.call(optimizer, inPlaces(places, gradients));
      for (const { after } of taps)
        tf.tidy(() => {
          after?.(gradients);
        });
    } finally {
      for (const { tensor } of original) made.delete(tensor);
      tf.dispose([...made]);
    }
  };
  return entry;
}

/**
 * Watches or changes the gradients of every step of one optimizer: `fit`, `fitDataset`, `trainOnBatch` and `minimize` all go
 * through it. Taps stack in the order of installation and may be removed in any order; when the last is gone the optimizer
 * is as it was.
 *
 * The optimizers of tfjs keep momentum and moments by the place of a variable in the list of a step. While an optimizer is tapped
 * it keeps them by the variable's name: a step may leave variables out, take new ones in or name them in another order, as one of
 * `minimize` without a list does when a variable is frozen.
 *
 * @example
 * model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
 * const untap = tapOptimizer(model.optimizer, { before: (gradients) => console.log(gradients.length) });
 * untap();
 *
 * @param optimizer - the optimizer instance (`model.optimizer`)
 * @param tap - what to run around each step
 * @returns a function that removes the tap; calling it again does nothing
 * @throws TypeError when `optimizer` is none or `tap` has neither function; a step throws when a tap does, or when it returns
 * gradients of other names or shapes (then nothing was stepped)
 */
export function tapOptimizer(optimizer: tf.Optimizer, tap: Tap): () => void {
  checkType(
    typeof optimizer?.minimize === 'function' && typeof optimizer.applyGradients === 'function',
    'tapOptimizer: optimizer must be a tf.Optimizer (compile the model first)',
    optimizer,
  );
  checkPlainObject('tapOptimizer: tap must be a plain object', tap);
  checkOptions('tapOptimizer', tap, ['before', 'after'], 'tap');
  for (const name of ['before', 'after'] as const)
    if (tap[name] !== undefined) checkFunction('tapOptimizer', name, tap[name]);
  checkType(
    tap.before !== undefined || tap.after !== undefined,
    'tapOptimizer: tap must have a before or an after function',
    tap,
  );
  const entry = tapped.get(optimizer) ?? install(optimizer);
  tapped.set(optimizer, entry);
  const own = { ...tap };
  entry.taps.push(own);
  return () => {
    const i = entry.taps.indexOf(own);
    if (i < 0) return;
    entry.taps.splice(i, 1);
    if (entry.taps.length > 0 || tapped.get(optimizer) !== entry) return;
    tapped.delete(optimizer);
    steppedNames.delete(optimizer);
    if (entry.own) Object.defineProperty(optimizer, 'applyGradients', entry.own);
    else delete (optimizer as { applyGradients?: unknown }).applyGradients;
  };
}
