import * as tf from '@tensorflow/tfjs-core';
import { gradientsOf } from '@weightkit/core';

const squares = (tensors: readonly tf.Tensor[]): tf.Tensor => tf.addN(tensors.map((t) => tf.sum(tf.square(t))));

async function normOf(tensors: readonly tf.Tensor[]): Promise<number> {
  const sum = tf.tidy(() => squares(tensors));
  try {
    return Math.sqrt((await sum.data())[0]!);
  } finally {
    sum.dispose();
  }
}

/**
 * The Hessian of a loss times its gradient g, by variables: (g(w + ε g) − g(w − ε g)) / 2ε. The error is that of the gradients' rounding,
 * about 2⁻²⁴ |g| / ε, and that of the third derivative, in ε²: both are of one order, (2⁻²⁴)^⅔ = 2⁻¹⁶, at ε |g| = (2⁻²⁴)^⅓ |w| =
 * |w| / 256.
 *
 * tf.grads of tf.grads would be exact, and is not: of ops that save their output for the way back, as tanh does, tfjs 4.22 loses the part
 * of the second derivative that goes through it, without a word, and of convolutions it has none.
 *
 * @param loss - a scalar, in which each variable has a part
 * @param variables - which change for a moment and are put back, bit for bit
 * @returns a tensor for each variable, which the caller disposes
 */
export async function hessianGradient(loss: () => tf.Tensor, variables: tf.Variable[]): Promise<tf.Tensor[]> {
  const gradients = gradientsOf(loss, variables);
  const saved = variables.map((variable) => variable.clone());
  try {
    const size = await normOf(gradients);
    if (size === 0) return variables.map(({ shape }) => tf.zeros(shape));
    const weight = await normOf(variables);
    const step = (weight > 0 ? weight : 1) / 256 / size;
    // Nothing is awaited while the weights are moved.
    return tf.tidy(() => {
      const moved = (by: number): tf.Tensor[] => {
        for (const [i, variable] of variables.entries()) variable.assign(tf.add(saved[i]!, tf.mul(gradients[i]!, by)));
        return gradientsOf(loss, variables);
      };
      try {
        const ahead = moved(step);
        return moved(-step).map((behind, i) => tf.div(tf.sub(ahead[i]!, behind), 2 * step));
      } finally {
        for (const [i, variable] of variables.entries()) variable.assign(saved[i]!);
      }
    });
  } finally {
    tf.dispose([...gradients, ...saved]);
  }
}
