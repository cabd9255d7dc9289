import * as tf from '@tensorflow/tfjs-core';
import { gradientsOf, type LayerLike } from '@weightkit/core';
import { fillNormal, foldIn, randomKey } from '@weightkit/numerics';
import { placeMoments } from '../data-driven/unit-moments.ts';
import type { LayerCall, LayerGraph, Value } from '../model/layer-graph.ts';
import { activationOf, beforeActivation, type LinearLayer } from '../model/linear-layer.ts';
import type { Pace } from '../model/pace.ts';
import { applyLayer } from '../model/run-graph.ts';
import type { Grid } from './grid.ts';
import { linearAdjoint } from './linear-adjoint.ts';
import { poolingAdjoint } from './pooling-adjoint.ts';
import { isSized, poolingOf } from './pooling-rule.ts';
import { activationLayer, configOf, isSoftmax, ownActivation } from './signal-activation.ts';
import { gridOf, isFollowed, type Trace } from './signal-trace.ts';
import { IDENTITIES, structureOf } from './structure-rule.ts';

/** What a backward pass found. */
export interface Gradients {
  /** Mean square before the activation, at each call of a linear layer that the gradient reached. */
  squares: Map<LayerCall, number>;
  /** Mean squares place by place, where the theory may not follow. */
  grids: Map<Value, Grid>;
  /** Why the gradient went no further, at the first layer where it did; null where it came through. */
  error: string | null;
}

/** The sum of outputs times what comes back to them. */
const against = (outputs: readonly tf.Tensor[], back: readonly (tf.Tensor | null)[]): tf.Scalar =>
  tf.addN(outputs.flatMap((y, i) => (back[i] ? [tf.sum(tf.mul(y, back[i]!))] : []))) as tf.Scalar;

const one = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, back: tf.Tensor): tf.Tensor =>
  gradientsOf((given) => against([f(given!)], [back]), [x])[0]!;

async function meanSquare(x: tf.Tensor): Promise<number> {
  const flat = tf.reshape(x, [x.size]);
  try {
    return (await placeMoments(flat)).square[0]!;
  } finally {
    flat.dispose();
  }
}

/** The sums over the blocks that nearest upsampling makes of each number: its stock gradient is wrong where they are not square. */
function blockSums(back: tf.Tensor, [batch, rows, columns, channels]: [number, number, number, number]): tf.Tensor {
  return tf.tidy(() => {
    const [, height, width] = back.shape as [number, number, number];
    const lines = tf.sum(tf.reshape(back, [batch * rows, height / rows, width * channels]), 1);
    const blocks = tf.sum(tf.reshape(lines, [batch * rows * columns, width / columns, channels]), 1);
    return tf.reshape(blocks, [batch, rows, columns, channels]);
  });
}

class Backward {
  readonly squares = new Map<LayerCall, number>();
  readonly grids = new Map<Value, Grid>();
  error: string | null = null;
  /** What has come back to a value so far; null where a part of it is not known. */
  readonly #back = new Map<Value, tf.Tensor | null>();
  readonly #wanted = new Set<Value>();
  readonly #unfollowed = new Set<Value>();

  constructor(
    readonly graph: LayerGraph,
    readonly trace: Trace,
    readonly linear: ReadonlyMap<LayerLike, LinearLayer>,
    readonly factors: ReadonlyMap<LayerLike, Float64Array>,
  ) {
    for (const { layer, inputs, outputs } of graph.calls) {
      if (linear.has(layer) || inputs.some(({ value }) => this.#wanted.has(value)))
        for (const value of outputs) this.#wanted.add(value);
      if (!linear.has(layer) && !isFollowed(layer)) for (const { value } of inputs) this.#unfollowed.add(value);
    }
  }

  /** Starts with standard normal numbers at the outputs. */
  start(seed: number): void {
    for (const [i, value] of this.graph.outputs.entries()) {
      const { shape, size } = this.trace.run.tensors.get(value)!;
      const direction = new Float32Array(size);
      fillNormal(direction, foldIn(randomKey(seed, 'signalReport'), i), { std: 1 });
      this.#add(value, tf.tensor(direction, shape));
    }
  }

  /** Takes what comes back to a value; null where it is not known. */
  #add(value: Value, back: tf.Tensor | null): void {
    const before = this.#back.get(value);
    if (back && !this.#wanted.has(value)) back.dispose();
    else if (!back || before === null) {
      tf.dispose([before ?? [], back ?? []]);
      this.#back.set(value, null);
    } else if (before === undefined) this.#back.set(value, tf.keep(back));
    else {
      this.#back.set(value, tf.keep(tf.add(before, back)));
      tf.dispose([before, back]);
    }
  }

  async call(call: LayerCall): Promise<void> {
    const back = call.outputs.map((value) => this.#back.get(value));
    try {
      for (const [i, value] of call.outputs.entries())
        if (back[i] && this.#unfollowed.has(value)) {
          const { square } = await placeMoments(back[i]!);
          if (square.every(Number.isFinite)) this.grids.set(value, gridOf(square, back[i]!.shape));
        }
      if (back.every((tensor) => tensor === undefined) || !this.#wanted.has(call.outputs[0]!)) return;
      await this.#through(call, back);
    } finally {
      for (const value of call.outputs) {
        tf.dispose(this.#back.get(value) ?? []);
        this.#back.delete(value);
      }
    }
  }

  async #through(call: LayerCall, back: (tf.Tensor | null | undefined)[]): Promise<void> {
    let found: (tf.Tensor | null)[] = call.inputs.map(() => null);
    if (back.every((tensor) => tensor !== null))
      try {
        found = await this.#gradients(call, back as (tf.Tensor | undefined)[]);
      } catch (error) {
        // A kernel without a gradient on this backend.
        this.error ??= `${call.path}: ${(error as Error).message}`;
      }
    for (const [i, { value }] of call.inputs.entries()) this.#add(value, found[i] ?? null);
  }

  async #gradients(call: LayerCall, back: (tf.Tensor | undefined)[]): Promise<(tf.Tensor | null)[]> {
    const linear = this.linear.get(call.layer);
    const [first] = back;
    if (linear && this.trace.sums.has(call)) return [await this.#linear(call, linear, first!)];
    const input = this.trace.run.tensors.get(call.inputs[0]!.value)!;
    const { layer } = call;
    if (IDENTITIES.has(layer.getClassName())) return [tf.clone(first!)];
    const activation = activationLayer(layer);
    if (activation && (activation.name === 'linear' || (call.outputs[0]!.isOutput && isSoftmax(activation))))
      return [tf.clone(first!)];
    const structure = structureOf(layer, input.shape.slice(1), first!.shape.slice(1));
    if (
      structure &&
      ['Flatten', 'Reshape'].includes(layer.getClassName()) &&
      configOf(layer).dataFormat !== 'channelsFirst'
    )
      return [tf.reshape(first!, input.shape)];
    if (structure && layer.getClassName() === 'UpSampling2D' && configOf(layer).dataFormat !== 'channelsFirst')
      return [blockSums(first!, input.shape as [number, number, number, number])];
    const factor = this.factors.get(layer);
    if (factor) return [await this.#scaled(first!, factor, Number(configOf(layer).axis ?? -1))];
    const pooling = poolingOf(layer, input.shape.slice(1));
    if (pooling && isSized(pooling) && configOf(layer).dataFormat !== 'channelsFirst') {
      const values = poolingAdjoint(await input.data(), await first!.data(), pooling, input.shape[input.rank - 1]!);
      return [tf.tensor(values, input.shape)];
    }
    return this.#any(call, back);
  }

  /** Times one factor for each channel. */
  async #scaled(back: tf.Tensor, factor: Float64Array, axis: number): Promise<tf.Tensor> {
    const at = axis < 0 ? back.rank + axis : axis;
    const inner = back.shape.slice(at + 1).reduce((a, b) => a * b, 1);
    const values = Float32Array.from(await back.data());
    for (let i = 0; i < values.length; i++) values[i]! *= factor[Math.floor(i / inner) % factor.length]!;
    return tf.tensor(values, back.shape);
  }

  async #linear(call: LayerCall, linear: LinearLayer, back: tf.Tensor): Promise<tf.Tensor | null> {
    const { layer } = linear;
    const activation = ownActivation(layer);
    const bare = activation.name === 'linear' || (call.outputs[0]!.isOutput && isSoftmax(activation));
    const z = this.trace.sums.get(call)!;
    const g = bare ? tf.clone(back) : one((x) => activationOf(layer).apply(x), z, back);
    try {
      this.squares.set(call, await meanSquare(g));
      const { value } = call.inputs[0]!;
      if (!this.#wanted.has(value)) return null;
      const x = this.trace.run.tensors.get(value)!;
      const [adjoint] = tf.tidy(() => linearAdjoint(linear, g, x.shape));
      return adjoint ?? one((given) => this.#sums(linear, given), x, g);
    } finally {
      g.dispose();
    }
  }

  /** A linear layer without its activation. */
  #sums(linear: LinearLayer, x: tf.Tensor): tf.Tensor {
    const { layer } = linear;
    const undo = beforeActivation(linear, (z) => z, true);
    try {
      return (layer as unknown as { apply(x: tf.Tensor[]): tf.Tensor }).apply([x]);
    } finally {
      undo();
    }
  }

  /** By the layer's own gradient. */
  #any(call: LayerCall, back: (tf.Tensor | undefined)[]): (tf.Tensor | null)[] {
    const inputs = call.inputs.map(({ value }) => this.trace.run.tensors.get(value)!);
    const chosen = inputs.flatMap(({ dtype }, i) =>
      dtype === 'float32' && this.#wanted.has(call.inputs[i]!.value) ? [i] : [],
    );
    const kwargs = this.trace.kwargs.get(call);
    const extras: tf.Tensor[] = [];
    try {
      const found = gradientsOf(
        (...xs) => {
          const given = inputs.map((input, i) => (chosen.includes(i) ? xs[chosen.indexOf(i)]! : input));
          const outputs = applyLayer(call, given, kwargs && { ...kwargs }, extras);
          extras.push(...outputs);
          return against(
            outputs,
            back.map((tensor) => tensor ?? null),
          );
        },
        chosen.map((i) => inputs[i]!),
      );
      return inputs.map((_, i) => (chosen.includes(i) ? found[chosen.indexOf(i)]! : null));
    } finally {
      tf.dispose(extras);
    }
  }

  dispose(): void {
    for (const tensor of this.#back.values()) tensor?.dispose();
  }
}

/**
 * Mean square of the gradient of a random projection of the outputs at what each linear layer gives before its activation, by
 * one backward pass, layer by layer. Softmax at an output is left out.
 *
 * @param factors - of the layers that multiply each channel by one number
 */
export async function backwardSquares(
  graph: LayerGraph,
  trace: Trace,
  linear: ReadonlyMap<LayerLike, LinearLayer>,
  factors: ReadonlyMap<LayerLike, Float64Array>,
  seed: number,
  pace: Pace,
): Promise<Gradients> {
  const backward = new Backward(graph, trace, linear, factors);
  try {
    backward.start(seed);
    for (const call of [...graph.calls].reverse()) {
      await pace(`backward: ${call.path}`);
      await backward.call(call);
    }
    const { squares, grids, error } = backward;
    return { squares, grids, error };
  } finally {
    backward.dispose();
  }
}
