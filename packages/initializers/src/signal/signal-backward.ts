import * as tf from '@tensorflow/tfjs-core';
import { type ModelLike, wrapCall } from '@weightkit/core';
import { fillNormal, foldIn, randomKey } from '@weightkit/numerics';
import { beforeActivation } from '../model/linear-layer.ts';
import { activationLayer, isSoftmax, ownActivation } from './signal-activation.ts';
import type { SignalNode } from './signal-trace.ts';

type Output = tf.Tensor | tf.Tensor[];

/** The sum of the outputs times standard normal numbers. */
function projection(outputs: Output, seed: number): tf.Scalar {
  const list = Array.isArray(outputs) ? outputs : [outputs];
  const sums = list.map((output, i) => {
    const direction = new Float32Array(output.size);
    fillNormal(direction, foldIn(randomKey(seed, 'signalReport'), i), { std: 1 });
    return tf.sum(tf.mul(output, tf.tensor(direction, output.shape)));
  });
  return tf.addN(sums) as tf.Scalar;
}

/** Leaves out softmax where it is the last that happens to an output. */
function withoutSoftmax(nodes: readonly SignalNode[]): (() => void)[] {
  return nodes.flatMap(({ layer, isOutput, linear }) => {
    if (!layer || !isOutput || linear) return [];
    const activation = activationLayer(layer);
    if (!activation || !isSoftmax(activation)) return [];
    return wrapCall(layer, (_, given) => tf.clone((Array.isArray(given) ? given[0] : given) as tf.Tensor));
  });
}

interface Tape {
  gradientDepth: number;
  activeTape: { saved?: tf.Tensor[] }[] | null;
}

/** Frees what a gradient that failed has saved for its way back: tfjs frees it at the end alone. */
function dropTape(): void {
  const state = tf.engine().state as unknown as Tape;
  if (state.gradientDepth !== 0 || !state.activeTape) return;
  for (const { saved } of state.activeTape) tf.dispose(saved ?? []);
  state.activeTape = null;
}

/**
 * Mean square of the gradient of a random projection of the outputs at what each linear layer gives before its activation, by
 * one backward pass. Softmax at an output is left out.
 */
export async function backwardSquares(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  nodes: readonly SignalNode[],
  seed: number,
): Promise<Map<SignalNode, number>> {
  const sites = nodes.filter(({ linear, path }, i) => linear && nodes.findIndex((node) => node.path === path) === i);
  const loss = (...deltas: tf.Tensor[]): tf.Scalar => {
    const undo = withoutSoftmax(nodes);
    for (const [i, { linear, isOutput }] of sites.entries()) {
      const { layer } = linear!;
      let calls = 0;
      const bare = isOutput && isSoftmax(ownActivation(layer));
      undo.push(beforeActivation(layer, (z) => (calls++ === 0 ? tf.add(z, deltas[i]!) : z), bare));
    }
    try {
      return projection((model as unknown as { apply(x: unknown): Output }).apply(batch), seed);
    } finally {
      for (const one of undo) one();
    }
  };
  let squares: tf.Tensor;
  try {
    squares = tf.tidy(() => {
      const gradients = tf.grads(loss)(sites.map(({ shape }) => tf.zeros(shape)));
      return tf.stack(gradients.map((gradient) => tf.mean(tf.square(gradient))));
    });
  } catch (error) {
    dropTape();
    throw error;
  }
  try {
    const values = await squares.data();
    return new Map(sites.map((site, i) => [site, values[i]!]));
  } finally {
    squares.dispose();
  }
}
