import * as tf from '@tensorflow/tfjs-core';
import { type LayerLike, layersOf, type ModelLike, wrapCall } from '@weightkit/core';
import { byUnit, unitMoments } from '../data-driven/unit-moments.ts';
import { beforeActivation, type LinearLayer } from '../model/linear-layer.ts';

/** One call of a layer, or an input of the model. */
export interface SignalNode {
  /** The layer's path; empty for an input. */
  path: string;
  layer: LayerLike | null;
  linear: LinearLayer | null;
  inputs: SignalNode[];
  /** Numbers in its output for one example. */
  size: number;
  /** Shape before the activation, of a linear layer. */
  shape: number[];
  isOutput: boolean;
  /** Mean and mean square of its output; for a linear layer mean, variance and output's variance of each unit; one for all downloads. */
  numbers: tf.Tensor1D | null;
  /** The same, downloaded. */
  values: Float32Array;
}

const listOf = (value: unknown): tf.Tensor[] => (Array.isArray(value) ? value.flatMap(listOf) : [value as tf.Tensor]);

const momentsOf = (tensor: tf.Tensor): tf.Tensor1D =>
  tf.tidy(() => {
    const x = tf.cast(tensor, 'float32');
    return tf.stack([tf.mean(x), tf.mean(tf.square(x))]) as tf.Tensor1D;
  });

const sizeOf = (tensor: tf.Tensor): number => tensor.size / tensor.shape[0]!;

class Tracer {
  readonly nodes: SignalNode[] = [];
  // Flattening and dropout hand on the data of their input: what they give is then theirs.
  readonly #byData = new Map<object, SignalNode>();

  of(tensor: tf.Tensor): SignalNode {
    return (
      this.#byData.get(tensor.dataId) ??
      this.add(tensor, { path: '', layer: null, linear: null, inputs: [] }, momentsOf(tensor))
    );
  }

  add(
    output: tf.Tensor,
    what: Pick<SignalNode, 'path' | 'layer' | 'linear' | 'inputs'>,
    numbers: tf.Tensor1D,
  ): SignalNode {
    const node = {
      ...what,
      size: sizeOf(output),
      shape: [],
      isOutput: false,
      numbers: tf.keep(numbers),
      values: new Float32Array(),
    };
    this.nodes.push(node);
    this.#byData.set(output.dataId, node);
    return node;
  }
}

/** Hooks of one layer: `z` is kept aside for the node that the whole call makes. */
function hook(tracer: Tracer, path: string, layer: LayerLike, linear: LinearLayer | null): (() => void)[] {
  let z: { shape: number[]; numbers: tf.Tensor1D } | undefined;
  const whole = wrapCall(layer, (call, given, kwargs) => {
    const inputs = listOf(given).map((tensor) => tracer.of(tensor));
    const returned = call(given, kwargs);
    const [output] = listOf(returned);
    const numbers = linear
      ? tf.tidy(() =>
          tf.concat1d([
            z!.numbers,
            unitMoments(byUnit(output!, linear.channelsFirst), linear.channelsFirst).variance as tf.Tensor1D,
          ]),
        )
      : momentsOf(output!);
    const node = tracer.add(output!, { path, layer, linear, inputs }, numbers);
    if (linear) node.shape = z!.shape;
    return returned;
  });
  if (!linear) return [whole];
  const inner = beforeActivation(layer, (value) => {
    const { mean, variance } = unitMoments(byUnit(value, linear.channelsFirst), linear.channelsFirst);
    z?.numbers.dispose();
    z = { shape: value.shape, numbers: tf.keep(tf.concat1d([mean as tf.Tensor1D, variance as tf.Tensor1D])) };
    return value;
  });
  return [inner, whole, () => z?.numbers.dispose()];
}

/** Runs the model forward and notes which call fed which, and the moments of what each gave: one download. */
export async function traceSignals(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  linear: readonly LinearLayer[],
): Promise<SignalNode[]> {
  const tracer = new Tracer();
  const undo = layersOf(model)
    .filter(({ layer, owner, path }) => path !== '' && layer === owner && !('layers' in layer))
    .flatMap(({ layer, path }) => hook(tracer, path, layer, linear.find((one) => one.layer === layer) ?? null));
  let all: tf.Tensor | undefined;
  try {
    tf.tidy(() => {
      for (const output of listOf((model as unknown as { apply(x: unknown): unknown }).apply(batch)))
        tracer.of(output).isOutput = true;
    });
    all = tf.concat1d(tracer.nodes.map(({ numbers }) => numbers!));
    const values = (await all.data()) as Float32Array;
    let end = 0;
    for (const node of tracer.nodes) {
      end += node.numbers!.size;
      node.values = values.slice(end - node.numbers!.size, end);
    }
    return tracer.nodes;
  } finally {
    for (const one of undo) one();
    all?.dispose();
    tf.dispose(tracer.nodes.map(({ numbers }) => numbers!));
  }
}
