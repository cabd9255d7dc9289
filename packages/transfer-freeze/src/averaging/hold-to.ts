import * as tf from '@tensorflow/tfjs-core';
import { checkNumber, checkType } from '@weightkit/numerics/check';
import { eachStep } from './each-step.ts';

/** A penalty in force; see {@link l2sp} and {@link ewc}. */
export interface StartingPoint {
  /** Paths of the weights that are held, in model order. */
  readonly paths: readonly string[];
  /**
   * The penalty as the weights are now: α ‖w − w₀‖² / 2 of `l2sp`, λ Σ F (w − w₀)² / 2 of `ewc`.
   *
   * @throws Error when the handle was restored, or a held variable is disposed
   */
  penalty(): Promise<number>;
  /** Ends it. The weights stay what they are. Calling it again does nothing. */
  restore(): void;
}

/** A variable that is held. */
export interface Held {
  variable: tf.Variable;
  /** What each entry of the penalty is multiplied by; 1 where there is none. It is disposed at the end. */
  importance?: tf.Tensor;
}

/** Throws unless these can hold weights. */
export function checkHold(fn: string, strength: unknown, optimizer: tf.Optimizer | undefined): void {
  checkNumber(`${fn}: strength must be 0 or more, and finite`, strength, (x) => x >= 0 && x < Infinity);
  checkType(
    optimizer === undefined ||
      (typeof optimizer?.minimize === 'function' && typeof optimizer.applyGradients === 'function'),
    `${fn}: optimizer must be a tf.Optimizer`,
    optimizer,
  );
}

/** Adds the gradient of strength · Σ importance · (w − w₀)² / 2 to every step, for w₀ as the variables are now. */
export function holdTo(
  fn: string,
  paths: readonly string[],
  list: readonly Held[],
  strength: number,
  optimizer: tf.Optimizer | undefined,
): StartingPoint {
  const held = new Map(list.map((one) => [one.variable.name, { ...one, start: tf.keep(tf.clone(one.variable)) }]));
  const checkAlive = (own: string, { isDisposed, name }: tf.Variable): void => {
    if (isDisposed)
      throw new Error(`${own}: held variables must not be disposed, got ${name}; hold what is there anew`);
  };
  const weighed = (tensor: tf.Tensor, importance: tf.Tensor | undefined): tf.Tensor =>
    importance ? tf.mul(tensor, importance) : tensor;
  const release = eachStep(
    list.map(({ variable }) => variable),
    {
      before: (gradients) =>
        gradients.map(({ name, tensor }) => {
          const own = held.get(name);
          if (!own || strength === 0) return { name, tensor };
          checkAlive(fn, own.variable);
          const pull = weighed(tf.sub(own.variable, own.start), own.importance);
          return { name, tensor: tf.add(tensor, tf.mul(strength, pull)) };
        }),
    },
    optimizer,
  );
  let there = true;
  return {
    paths,
    async penalty() {
      if (!there) throw new Error(`penalty: weights must be held, got a handle that was restored`);
      for (const { variable } of held.values()) checkAlive('penalty', variable);
      const sum = tf.tidy(() =>
        tf.addN([
          tf.scalar(0),
          ...[...held.values()].map(({ variable, start, importance }) =>
            tf.sum(weighed(tf.square(tf.sub(variable, start)), importance)),
          ),
        ]),
      );
      try {
        const [value] = await sum.data();
        return (strength / 2) * value!;
      } finally {
        sum.dispose();
      }
    },
    restore() {
      if (!there) return;
      there = false;
      release();
      for (const { start, importance } of held.values()) tf.dispose([start, ...(importance ? [importance] : [])]);
    },
  };
}
