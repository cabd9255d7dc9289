import * as tf from '@tensorflow/tfjs-core';
import { allDone, type GraphModelLike } from '@weightkit/core';
import type { ProbeSet } from '../effect/probes.ts';
import { outputsOf } from '../effect/runnable.ts';
import { biasAfter, linearNode } from './graph-flow.ts';
import { FLOAT, type GraphNode } from './graph-nodes.ts';
import { disposeGraph, type GraphParts, rebuiltGraph } from './graph-parts.ts';
import { freshName, splitActivation } from './split-activation.ts';
import type { UnitStatistics } from './unit-statistics.ts';

/**
 * Mean and deviation of each unit of some nodes with a kernel, before its activation, over probes.
 *
 * @param names - of the nodes
 */
export async function graphStatistics(
  fn: string,
  model: GraphModelLike,
  parts: GraphParts,
  names: readonly string[],
  set: ProbeSet,
): Promise<Record<string, UnitStatistics>> {
  const { graph } = parts;
  const taken = new Set(graph.byName.keys());
  const weights = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  const instead = new Map<string, GraphNode[]>();
  const added: GraphNode[] = [];
  const outputs: string[] = [];
  for (const name of names) {
    const node = graph.byName.get(name)!;
    const { linear, rank } = linearNode(graph, node)!;
    const after = linear.hasBias ? undefined : biasAfter(graph, node, linear.stages.at(-1)!.units.outputs);
    let before = after?.name;
    if (before === undefined) {
      const split = splitActivation(node, taken);
      before = split.before;
      instead.set(name, split.nodes);
    }
    const [axes, mean, square, variance] = ['axes', 'mean', 'square', 'variance'].map((one) =>
      freshName(taken, `${name}/${one}`),
    ) as [string, string, string, string];
    weights.set(axes, { shape: [rank - 1], values: Float32Array.from({ length: rank - 1 }, (_, i) => i) });
    const attr = { T: FLOAT, keep_dims: { b: false } };
    added.push({ name: mean, op: 'Mean', input: [before, axes], attr });
    added.push({ name: square, op: 'SquaredDifference', input: [before, mean], attr: { T: FLOAT } });
    added.push({ name: variance, op: 'Mean', input: [square, axes], attr });
    outputs.push(mean, variance);
  }
  const nodes = [...graph.nodes.flatMap((node) => instead.get(node.name) ?? [node]), ...added];
  const tapped = await rebuiltGraph(fn, model, parts, { nodes, weights });
  const shares: { weight: number; values: Float32Array[] }[] = [];
  try {
    for (let index = 0; index * set.batchSize < set.count; index++) {
      const batch = set.batch(index);
      const found = await outputsOf(tapped, batch, outputs).finally(() => tf.dispose(batch));
      const weight = Math.min(set.batchSize, set.count - index * set.batchSize) / set.count;
      const values = await allDone(found.map(async (one) => Float32Array.from(await one.data()))).finally(() =>
        tf.dispose(found),
      );
      shares.push({ weight, values });
    }
  } finally {
    disposeGraph(tapped);
  }
  return Object.fromEntries(
    names.map((name, n) => {
      const units = shares[0]!.values[2 * n]!.length;
      const [mean, variance] = [new Float64Array(units), new Float64Array(units)];
      for (const { weight, values } of shares)
        for (const [i, value] of values[2 * n]!.entries()) mean[i]! += weight * value;
      for (const { weight, values } of shares)
        for (const [i, value] of values[2 * n + 1]!.entries())
          variance[i]! += weight * (value + (values[2 * n]![i]! - mean[i]!) ** 2);
      return [name, { mean: Float32Array.from(mean), std: Float32Array.from(variance, Math.sqrt) }];
    }),
  );
}
