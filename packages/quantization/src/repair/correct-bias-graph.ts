import * as tf from '@tensorflow/tfjs-core';
import { allDone, type GraphModelLike, type SkippedWeight, weightsOf } from '@weightkit/core';
import { observe } from '../effect/effect.ts';
import { type ProbeSet, type Probes, probeSet } from '../effect/probes.ts';
import { outputsOf } from '../effect/runnable.ts';
import type { QuantizedDtype } from '../grids/quantized.ts';
import { relativeError } from './difference.ts';
import { biasAfter, type Graph, linearNode } from './graph-flow.ts';
import { FLOAT, type GraphNode, nodeOf } from './graph-nodes.ts';
import {
  checkFiniteWeights,
  disposeGraph,
  type GraphChanges,
  type GraphParts,
  graphParts,
  rebuiltGraph,
} from './graph-parts.ts';
import type { LinearLayer } from './kernel-units.ts';
import { roundedKernel } from './rounded-kernel.ts';
import { freshName, splitActivation } from './split-activation.ts';

/** A node whose bias is to be corrected. */
interface Target {
  node: GraphNode;
  linear: LinearLayer;
  /** The weight that takes the correction. */
  bias: string;
  /** How many axes it gives. */
  rank: number;
}

function targetsOf(graph: Graph): { targets: Target[]; skipped: SkippedWeight[] } {
  const targets: Target[] = [];
  const skipped: SkippedWeight[] = [];
  for (const node of graph.nodes) {
    const found = linearNode(graph, node);
    if (!found) continue;
    const { linear, fixed, rank } = found;
    const { units } = linear.stages.at(-1)!;
    const bias = linear.hasBias ? linear.bias : biasAfter(graph, node, units.outputs)?.vector;
    if (fixed) skipped.push({ path: node.name, reason: `it ${fixed}` });
    else if (bias === undefined) skipped.push({ path: node.name, reason: 'it has no bias of its own' });
    else targets.push({ node, linear, bias, rank });
  }
  return { targets, skipped };
}

/** What is asked of a graph at each target: the mean of each unit, or by how much it was moved to the mean that it should have. */
interface Tapped {
  nodes: GraphNode[];
  weights: Map<string, { shape: readonly number[]; values: Float32Array }>;
  /** In the order of the targets. */
  means: string[];
  shifts: string[];
  wanted: string[];
}

/**
 * A graph that gives the mean of each unit of each target before its activation, and where `moves` puts it where a weight says it
 * should be, so that all that follows sees what corrected biases will give.
 */
function tapped({ graph }: GraphParts, targets: readonly Target[], moves: boolean): Tapped {
  const taken = new Set(graph.byName.keys());
  const result: Tapped = { nodes: [], weights: new Map(), means: [], shifts: [], wanted: [] };
  const instead = new Map<string, GraphNode[]>();
  for (const { node, linear, rank } of targets) {
    const { before, nodes } = splitActivation(node, taken);
    const product = before === node.name ? freshName(taken, `${node.name}/product`) : before;
    const named = (name: string): string => freshName(taken, `${node.name}/${name}`);
    const [axes, mean] = [named('axes'), named('mean')];
    const { outputs } = linear.stages.at(-1)!.units;
    result.weights.set(axes, { shape: [rank - 1], values: Float32Array.from({ length: rank - 1 }, (_, i) => i) });
    const meanNode: GraphNode = {
      name: mean,
      op: 'Mean',
      input: [product, axes],
      attr: { T: FLOAT, keep_dims: { b: true } },
    };
    result.means.push(mean);
    const [linearNow, activation] = nodes;
    const added: GraphNode[] = [{ ...linearNow!, name: product }, meanNode];
    let last = product;
    if (moves) {
      const [wanted, shift] = [named('wanted'), named('shift')];
      last = activation ? named('moved') : node.name;
      result.weights.set(wanted, { shape: [outputs], values: new Float32Array(outputs) });
      added.push({ name: shift, op: 'Sub', input: [wanted, mean], attr: { T: FLOAT } });
      added.push({ name: last, op: 'AddV2', input: [product, shift], attr: { T: FLOAT } });
      result.shifts.push(shift);
      result.wanted.push(wanted);
    } else if (!activation) added.push({ name: node.name, op: 'Identity', input: [product], attr: { T: FLOAT } });
    if (activation)
      added.push({
        ...activation,
        input: activation.input!.map((input) => (nodeOf(input) === product ? last : input)),
      });
    instead.set(node.name, added);
  }
  result.nodes = graph.nodes.flatMap((node) => instead.get(node.name) ?? [node]);
  return result;
}

/** Runs a model on a batch for what some of its nodes give. */
async function numbersAt(
  model: GraphModelLike,
  batch: readonly tf.Tensor[],
  names: readonly string[],
): Promise<Float32Array[]> {
  const outputs = await outputsOf(model, batch, names);
  try {
    return (await allDone(outputs.map((output) => output.data()))).map((values) => Float32Array.from(values));
  } finally {
    tf.dispose(outputs);
  }
}

/** The mean over batches of by how much each unit of each target must move, each on what the moved ones before it give. */
async function shiftsOf(
  fn: string,
  model: GraphModelLike,
  parts: GraphParts,
  targets: readonly Target[],
  rounded: GraphChanges['weights'],
  set: ProbeSet,
): Promise<Float64Array[]> {
  const [seen, moved] = [tapped(parts, targets, false), tapped(parts, targets, true)];
  const sums = targets.map(({ linear }) => new Float64Array(linear.stages.at(-1)!.units.outputs));
  const exact = await rebuiltGraph(fn, model, parts, seen);
  try {
    const coarse = await rebuiltGraph(fn, model, parts, {
      nodes: moved.nodes,
      weights: new Map([...moved.weights, ...rounded]),
    });
    try {
      const places = new Map(weightsOf(coarse, undefined, fn).map((weight) => [weight.path, weight]));
      for (let index = 0; index * set.batchSize < set.count; index++) {
        const batch = set.batch(index);
        try {
          const means = await numbersAt(exact, batch, seen.means);
          for (const [t, name] of moved.wanted.entries())
            tf.tidy(() => places.get(name)!.write(tf.tensor1d(means[t]!)));
          const shifts = await numbersAt(coarse, batch, moved.shifts);
          const weight = batch[0]!.shape[0]! / set.count;
          for (const [t, shift] of shifts.entries())
            for (const [i, value] of shift.entries()) sums[t]![i]! += value * weight;
        } finally {
          tf.dispose(batch);
        }
      }
    } finally {
      disposeGraph(coarse);
    }
  } finally {
    disposeGraph(exact);
  }
  return sums;
}

/** Bias correction of a GraphModel by data. */
export async function correctBiasGraph<M extends GraphModelLike>(
  fn: string,
  model: M,
  data: Probes,
  dtypes: ReadonlyMap<string, QuantizedDtype>,
) {
  const set = await probeSet(fn, model, data, 'data');
  const parts = await graphParts(fn, model);
  const { graph, values } = parts;
  const { targets, skipped } = targetsOf(graph);
  const linears = graph.nodes.flatMap((node) => linearNode(graph, node)?.linear ?? []);
  const kernels = new Set(linears.flatMap(({ stages }) => stages.map(({ path }) => path)));
  checkFiniteWeights(fn, values, [...kernels, ...targets.map(({ bias }) => bias)]);
  const weightOf = (name: string, own: Float32Array) =>
    [name, { shape: graph.weights.get(name)!.shape, values: own }] as const;
  const rounded = new Map(
    [...kernels].map((name) => weightOf(name, roundedKernel(fn, name, values.get(name)!, dtypes.get(name)))),
  );
  const shifts = await shiftsOf(fn, model, parts, targets, rounded, set);
  const biases = new Map(
    targets.map(({ bias }, t) =>
      weightOf(
        bias,
        values.get(bias)!.map((value, i) => value + shifts[t]![i]!),
      ),
    ),
  );
  const runOn = async (weights: GraphChanges['weights']) => {
    const coarse = await rebuiltGraph(fn, model, parts, { nodes: graph.nodes, weights });
    try {
      return (await observe(coarse, set)).outputs.map((output) => output.values);
    } finally {
      disposeGraph(coarse);
    }
  };
  const truth = (await observe(model, set)).outputs.map((output) => output.values);
  const error = {
    before: relativeError(truth, await runOn(rounded)),
    after: relativeError(truth, await runOn(new Map([...rounded, ...biases]))),
  };
  const made = await rebuiltGraph(fn, model, parts, { nodes: graph.nodes, weights: biases });
  const corrected = targets.map(({ node: { name } }, t) => ({
    path: name,
    units: shifts[t]!.length,
    largest: shifts[t]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  }));
  return { model: made, corrected, skipped, error };
}
