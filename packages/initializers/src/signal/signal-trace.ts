import * as tf from '@tensorflow/tfjs-core';
import type { LayerLike } from '@weightkit/core';
import { placeMoments, unitMomentsOf } from '../data-driven/unit-moments.ts';
import type { LayerCall, LayerGraph, Value } from '../model/layer-graph.ts';
import { beforeActivation, type LinearLayer } from '../model/linear-layer.ts';
import type { Pace } from '../model/pace.ts';
import { type CallArguments, type GraphRun, type Running, runGraph } from '../model/run-graph.ts';
import type { Moments } from './activation-grid.ts';
import { collapsed, type Grid } from './grid.ts';
import { activationLayer, ownActivation } from './signal-activation.ts';
import { IDENTITIES } from './structure-rule.ts';

/** What was measured at a call of a linear layer: of each unit mean and variance before, variance after the activation. */
export interface SiteMoments {
  mean: Float64Array;
  variance: Float64Array;
  after: Float64Array;
}

/** A forward pass, measured: every value is kept until it is disposed. */
export interface Trace {
  run: GraphRun;
  sites: Map<LayerCall, SiteMoments>;
  /** What linear layers gave before their activation. */
  sums: Map<LayerCall, tf.Tensor>;
  /** Other arguments than the inputs that a call had. */
  kwargs: Map<LayerCall, CallArguments | undefined>;
  /** Of inputs, and of what layers gave that the theory may not follow. */
  moments: Map<Value, Moments>;
  dispose(): void;
}

/** Whether the theory follows a layer wherever it stands. */
export const isFollowed = (layer: LayerLike): boolean =>
  IDENTITIES.has(layer.getClassName()) || activationLayer(layer)?.pieces !== undefined;

/** One number for each place, as a grid with nothing told apart along the last axis. */
export function gridOf(values: Float64Array, shape: readonly number[]): Grid {
  return collapsed({ dims: [...shape.slice(1, -1), ...(shape.length > 1 ? [1] : [])], values });
}

async function momentsOf(tensor: tf.Tensor): Promise<Moments | null> {
  if (tensor.dtype === 'string' || tensor.dtype === 'complex64') return null;
  const { mean, square } = await placeMoments(tensor);
  return { mean: gridOf(mean, tensor.shape), square: gridOf(square, tensor.shape) };
}

class Tracer {
  readonly sites = new Map<LayerCall, SiteMoments>();
  readonly sums = new Map<LayerCall, tf.Tensor>();
  readonly kwargs = new Map<LayerCall, CallArguments | undefined>();
  readonly moments = new Map<Value, Moments>();

  constructor(readonly linear: ReadonlyMap<LayerLike, LinearLayer>) {}

  async #linear({ call, apply }: Running, linear: LinearLayer): Promise<tf.Tensor[]> {
    const { layer, channelsFirst } = linear;
    let z: tf.Tensor | undefined;
    const undo = beforeActivation(linear, (value) => {
      z ??= tf.keep(tf.clone(value));
      return value;
    });
    let outputs: tf.Tensor[] = [];
    try {
      outputs = apply();
    } finally {
      undo();
      if (z) this.sums.set(call, z);
    }
    try {
      const { mean, variance } = await unitMomentsOf(z!, channelsFirst);
      const same = ownActivation(layer).name === 'linear';
      const after = same ? variance : (await unitMomentsOf(outputs[0]!, channelsFirst)).variance;
      this.sites.set(call, { mean, variance, after });
      return outputs;
    } catch (error) {
      tf.dispose(outputs);
      throw error;
    }
  }

  async around(running: Running): Promise<tf.Tensor[]> {
    const { call, kwargs, apply } = running;
    this.kwargs.set(call, kwargs);
    const linear = this.linear.get(call.layer);
    if (linear) return this.#linear(running, linear);
    const outputs = apply();
    if (isFollowed(call.layer)) return outputs;
    try {
      for (const [i, value] of call.outputs.entries()) {
        const moments = outputs[i] && (await momentsOf(outputs[i]!));
        if (moments) this.moments.set(value, moments);
      }
      return outputs;
    } catch (error) {
      tf.dispose(outputs);
      throw error;
    }
  }

  dispose(): void {
    tf.dispose([...this.sums.values()]);
  }
}

/** Runs a model forward, as `predict` does, and measures what each linear layer gives. */
export async function traceSignals(
  graph: LayerGraph,
  batch: readonly tf.Tensor[],
  linear: ReadonlyMap<LayerLike, LinearLayer>,
  pace: Pace,
): Promise<Trace> {
  const tracer = new Tracer(linear);
  try {
    for (const [i, value] of graph.inputs.entries()) {
      const moments = await momentsOf(batch[i]!);
      if (moments) tracer.moments.set(value, moments);
    }
    const run = await runGraph(graph, batch, (running) => tracer.around(running), pace, true);
    const { sites, sums, kwargs, moments } = tracer;
    const dispose = (): void => {
      tracer.dispose();
      run.dispose();
    };
    return { run, sites, sums, kwargs, moments, dispose };
  } catch (error) {
    tracer.dispose();
    throw error;
  }
}
