import * as tf from '@tensorflow/tfjs-core';
import type { LayerCall, LayerGraph, Scope, Use, Value } from './layer-graph.ts';
import type { Pace } from './pace.ts';

/** Arguments beside the inputs, as tfjs hands them to layers. */
export type CallArguments = Record<string, unknown>;

interface Layer {
  supportsMasking: boolean;
  apply(inputs: tf.Tensor[], kwargs?: CallArguments): tf.Tensor | tf.Tensor[];
  computeMask(inputs: tf.Tensor[], masks: (tf.Tensor | null)[]): tf.Tensor | tf.Tensor[] | null;
}

/** One call while it runs. */
export interface Running {
  call: LayerCall;
  /** Borrowed. */
  inputs: tf.Tensor[];
  /** Runs the layer on the inputs, any number of times; the caller owns what it returns. */
  apply(): tf.Tensor[];
  /** The layer's `mask` and the like. */
  kwargs: CallArguments | undefined;
}

/** Runs a layer in place of {@link Running.apply}; what it returns belongs to the run. */
export type Around = (running: Running) => tf.Tensor[] | Promise<tf.Tensor[]>;

/** What is left of a run; values that later calls do not need are freed as it goes, unless they are to be kept. */
export interface GraphRun {
  /** By value: while its tensor is there, the tensor. */
  tensors: Map<Value, tf.Tensor>;
  dispose(): void;
}

const listOf = (value: tf.Tensor | tf.Tensor[] | null): (tf.Tensor | null)[] =>
  Array.isArray(value) ? value : [value];

/** Applies a layer; its outputs are kept, and so are the masks that tfjs hangs on them. */
export function applyLayer(
  { layer }: LayerCall,
  inputs: tf.Tensor[],
  kwargs: CallArguments | undefined,
  extras: tf.Tensor[],
): tf.Tensor[] {
  return tf.tidy(() => {
    const outputs = listOf((layer as unknown as Layer).apply(inputs, kwargs)) as tf.Tensor[];
    for (const output of outputs) {
      tf.keep(output);
      const { kerasMask } = output as { kerasMask?: tf.Tensor | null };
      if (kerasMask && !extras.includes(kerasMask)) extras.push(tf.keep(kerasMask));
    }
    return outputs;
  });
}

function usersOf({ calls, outputs }: LayerGraph): Map<Value, number> {
  const users = new Map<Value, number>();
  for (const value of [...calls.flatMap(({ inputs }) => inputs.map((use) => use.value)), ...outputs])
    users.set(value, (users.get(value) ?? 0) + 1);
  return users;
}

class Runner {
  readonly tensors = new Map<Value, tf.Tensor>();
  readonly #masks = new Map<Value, tf.Tensor>();
  readonly #kwargs = new Map<Scope | null, CallArguments>();
  readonly #users: Map<Value, number>;
  readonly #extras: tf.Tensor[] = [];
  readonly #borrowed = new Set<tf.Tensor>();

  constructor(
    graph: LayerGraph,
    batch: readonly tf.Tensor[],
    readonly keepAll: boolean,
  ) {
    this.#users = usersOf(graph);
    for (const [i, value] of graph.inputs.entries()) {
      this.tensors.set(value, batch[i]!);
      this.#borrowed.add(batch[i]!);
    }
  }

  #maskOf({ value, masked }: Use): tf.Tensor | null {
    return masked ? (this.#masks.get(value) ?? null) : null;
  }

  /** tfjs makes the arguments when the first mask comes, and from then on all calls of a model share them. */
  #argumentsFor(scope: Scope, inputs: readonly Use[]): CallArguments | undefined {
    const masks = inputs.map((use) => this.#maskOf(use));
    let kwargs = this.#kwargs.get(scope);
    if (masks.some((mask) => mask !== null)) {
      kwargs ??= {};
      kwargs.mask = masks[0];
      this.#kwargs.set(scope, kwargs);
    }
    return kwargs;
  }

  enter(scope: Scope): void {
    this.#kwargs.set(scope, this.#argumentsFor(scope.parent!, scope.inputs) ?? {});
  }

  async call(call: LayerCall, around: Around): Promise<void> {
    const kwargs = this.#argumentsFor(call.scope, call.inputs);
    const inputs = call.inputs.map(({ value }) => this.tensors.get(value)!);
    // A recurrent layer writes into its arguments.
    const copy = kwargs && { ...kwargs };
    const outputs = await around({
      call,
      inputs,
      kwargs: copy,
      apply: () => applyLayer(call, inputs, kwargs, this.#extras),
    });
    for (const [i, value] of call.outputs.entries()) if (outputs[i]) this.tensors.set(value, outputs[i]);
    tf.dispose(outputs.slice(call.outputs.length));
    this.#setMasks(call, inputs);
    this.#free(call);
  }

  #setMasks({ layer, inputs: uses, outputs }: LayerCall, inputs: tf.Tensor[]): void {
    const { supportsMasking } = layer as unknown as Layer;
    if (!supportsMasking) return;
    const masks = uses.map((use) => this.#maskOf(use));
    const [found] = tf.tidy(() => {
      const mask = listOf((layer as unknown as Layer).computeMask(inputs, masks))[0];
      return mask ? [tf.keep(tf.clone(mask))] : [];
    });
    if (!found) return;
    this.#extras.push(found);
    for (const value of outputs) this.#masks.set(value, found);
  }

  #free({ inputs, outputs }: LayerCall): void {
    if (this.keepAll) return;
    for (const { value } of inputs) {
      const left = this.#users.get(value)! - 1;
      this.#users.set(value, left);
      if (left === 0) this.#drop(value);
    }
    for (const value of outputs) if (!this.#users.get(value)) this.#drop(value);
  }

  #drop(value: Value): void {
    const tensor = this.tensors.get(value);
    this.tensors.delete(value);
    if (tensor && !this.#borrowed.has(tensor)) tensor.dispose();
  }

  dispose(): void {
    for (const value of [...this.tensors.keys()]) this.#drop(value);
    tf.dispose(this.#extras.splice(0));
  }
}

/**
 * Runs a model layer by layer, as its `predict` does, with a pause between layers in which other tasks get their turn.
 *
 * @param batch - one tensor per input; borrowed
 * @param around - runs each layer
 * @param keepAll - whether every value is kept until the run is disposed
 */
export async function runGraph(
  graph: LayerGraph,
  batch: readonly tf.Tensor[],
  around: Around,
  pace: Pace,
  keepAll = false,
): Promise<GraphRun> {
  const runner = new Runner(graph, batch, keepAll);
  try {
    for (const step of graph.steps) {
      if (!('layer' in step)) runner.enter(step);
      else {
        await pace(`forward: ${step.path}`);
        await runner.call(step, around);
      }
    }
    return runner;
  } catch (error) {
    runner.dispose();
    throw error;
  }
}
