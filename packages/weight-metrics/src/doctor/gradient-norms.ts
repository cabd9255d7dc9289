import * as tf from '@tensorflow/tfjs-core';
import { type CapturedCall, type LayerLike, type ModelLike, wrapCall } from '@weightkit/core';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { scaledSquares } from '../training/step-samples.ts';

/** One call of one layer: its first, its second, ... */
export interface Probe {
  layer: LayerLike;
  call: number;
  shape: readonly number[];
}

/** A call's output as a probe; null where nothing can flow back to it. */
export const probeOf = ({ layer, outputs }: CapturedCall, call: number): Probe | null =>
  outputs[0]?.dtype === 'float32' && outputs[0].size > 0 ? { layer, call, shape: outputs[0].shape } : null;

/** Adds to what the probed calls return what is in the variables. */
function addAt(probes: readonly Probe[], zeros: readonly tf.Variable[]): () => void {
  const counts = new Map<LayerLike, number>();
  const undo = [...new Set(probes.map(({ layer }) => layer))].map((layer) =>
    wrapCall(
      layer,
      (call, inputs, kwargs) => {
        const returned = call(inputs, kwargs);
        const count = counts.get(layer) ?? 0;
        counts.set(layer, count + 1);
        const i = probes.findIndex((probe) => probe.layer === layer && probe.call === count);
        if (i < 0) return returned;
        const [first] = [returned].flat() as [tf.Tensor];
        const sum = tf.add(first, zeros[i]!);
        // A cell returns its state twice: as output, and for the next step.
        return Array.isArray(returned) ? returned.map((one) => (one === first ? sum : one)) : sum;
      },
      'doctor',
    ),
  );
  return () => {
    for (const one of undo) one();
  };
}

/** Normal numbers, the same in every run. */
function normals(shape: number[], stream: number): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  fillNormal(values, randomKey(stream));
  return tf.tensor(values, shape);
}

/** Watches for one call and keeps a random projection of what it returns. */
function projected({ layer, call: wanted }: Pick<Probe, 'layer' | 'call'>): { take(): tf.Scalar; undo(): void } {
  let [count, kept]: [number, tf.Scalar | null] = [0, null];
  const undo = wrapCall(
    layer,
    (call, inputs, kwargs) => {
      const returned = call(inputs, kwargs);
      if (count++ === wanted) kept = tf.keep(project([returned].flat()));
      return returned;
    },
    'doctor',
  );
  return {
    take: () => kept!,
    undo() {
      undo();
      kept?.dispose();
    },
  };
}

const project = (tensors: readonly tf.Tensor[]): tf.Scalar =>
  tf.addN(tensors.map((tensor, i) => tf.sum(tf.mul(tensor, normals(tensor.shape, i))))) as tf.Scalar;

/**
 * Gradients of a random projection of a model's outputs, or of what one call of a layer returns, at the outputs of layers, in one pass
 * forward and one back: zeros are added there, and the gradients of these are what is asked for.
 *
 * @param batch - borrowed
 * @param of - the call whose output is projected; the model's outputs when left out
 * @returns for each probe what `normsOf` makes a norm of, null where nothing flows back; the caller disposes them
 * @throws what a kernel without a gradient throws
 */
export function gradientNorms(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  probes: readonly Probe[],
  of?: Pick<Probe, 'layer' | 'call'>,
): (tf.Tensor | null)[] {
  if (probes.length === 0) return [];
  const zeros = tf.tidy(() => probes.map(({ shape }) => tf.variable(tf.zeros([...shape]))));
  // Outermost, it sees what the zeros were added to.
  const watched = of ? projected(of) : null;
  const undo = addAt(probes, zeros);
  try {
    const measures: (tf.Tensor | null)[] = [];
    tf.tidy(() => {
      const { grads } = tf.variableGrads(() => {
        const outputs = [model.predictOnBatch(batch)].flat();
        return watched ? tf.clone(watched.take()) : project(outputs);
      }, zeros);
      for (const { name } of zeros) measures.push(grads[name] ? tf.keep(scaledSquares([grads[name]])) : null);
    });
    return measures;
  } finally {
    undo();
    watched?.undo();
    tf.dispose(zeros);
  }
}
