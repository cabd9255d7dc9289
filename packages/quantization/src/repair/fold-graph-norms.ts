import type { GraphModelLike, SkippedWeight } from '@weightkit/core';
import { type Graph, linearNode, vectorNode, weightAt } from './graph-flow.ts';
import { dataInputs, FLOAT, type GraphNode, originOf, textOf } from './graph-nodes.ts';
import { checkFiniteWeights, graphParts, rebuiltGraph } from './graph-parts.ts';
import { type LinearLayer, outputOf, scaledBy } from './kernel-units.ts';
import { normAffine } from './norm-affine.ts';
import { freshName } from './split-activation.ts';
import type { UnitStatistics } from './unit-statistics.ts';

/** A batch normalization of a graph and what takes it. */
interface Pair {
  into: GraphNode;
  linear: LinearLayer;
  /** The weight that is added before it, if one is. */
  bias: string | undefined;
  /** Names of gamma, beta, mean and variance. */
  law: [gamma: string, beta: string, mean: string, variance: string];
}

/** What a batch normalization can be folded into, or why it cannot. */
function pairOf(graph: Graph, norm: GraphNode): Pair | string {
  const { byName, uses, outputs, nodes } = graph;
  if (norm.attr?.is_training?.b === true) return 'it normalizes by the statistics of each batch';
  if (textOf(norm, 'data_format').startsWith('NC')) return 'it has its units first';
  const others = nodes.some(({ input = [] }) =>
    input.some((name) => name.startsWith(`${norm.name}:`) && !name.endsWith(':0')),
  );
  if (others) return 'its statistics are read';
  const [data, ...law] = dataInputs(norm);
  const names = law.slice(0, 4).map((input) => weightAt(graph, input));
  if (names.length < 4 || names.includes(undefined)) return 'its numbers are no weights';
  const before = byName.get(originOf(byName, data!));
  const isRead = (name: string) => outputs.has(name) || uses.get(name) !== 1;
  if (!before || isRead(before.name)) return `${before?.name ?? data} before it is read elsewhere too`;
  const added = vectorNode(graph, before);
  const into = added ? byName.get(originOf(byName, added.data)) : before;
  const found = into && linearNode(graph, into);
  if (!into || !found) return `${before.name} (${before.op}) before it has no kernel that could take it`;
  const { linear, fixed } = found;
  if (isRead(into.name)) return `${into.name} before it is read elsewhere too`;
  if (fixed) return `${into.name} before it ${fixed}`;
  if (linear.activation !== 'linear') return `${into.name} before it applies ${linear.activation}`;
  const { outputs: units } = linear.stages.at(-1)!.units;
  const isOdd = names.some((name) => graph.weights.get(name!)!.values.length !== units);
  if (isOdd || (added && graph.weights.get(added.vector)!.values.length !== units))
    return 'it has other units than what is before it';
  if (added && linear.hasBias) return `${into.name} before it has two biases`;
  return { into, linear, bias: added?.vector ?? (linear.hasBias ? linear.bias : undefined), law: names as Pair['law'] };
}

/** Takes batch normalizations out of a GraphModel. */
export async function foldGraphNorms<M extends GraphModelLike>(fn: string, model: M) {
  const parts = await graphParts(fn, model);
  const { graph, values } = parts;
  const folded: { path: string; into: string; units: number }[] = [];
  const skipped: SkippedWeight[] = [];
  const statistics: Record<string, UnitStatistics> = {};
  const weights = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  const put = (name: string, own: Float32Array) =>
    weights.set(name, { shape: graph.weights.get(name)!.shape, values: own });
  const taken = new Set(graph.byName.keys());
  const instead = new Map<string, GraphNode>();
  for (const norm of graph.nodes.filter(({ op }) => op.startsWith('FusedBatchNorm'))) {
    const pair = pairOf(graph, norm);
    if (typeof pair === 'string') {
      skipped.push({ path: norm.name, reason: pair });
      continue;
    }
    const { into, linear, bias, law } = pair;
    const { path, units } = linear.stages.at(-1)!;
    checkFiniteWeights(fn, values, [path, ...(bias === undefined ? [] : [bias]), ...law]);
    const [gamma, beta, mean, variance] = law.map((name) => values.get(name)!) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const epsilon = Number(norm.attr?.epsilon?.f ?? 0);
    const { scale, shift } = normAffine(fn, law[3], { gamma, beta, mean, variance, epsilon });
    put(
      path,
      scaledBy(values.get(path)!, (entry) => scale[outputOf(units, entry)]!),
    );
    const [data] = dataInputs(norm);
    if (bias === undefined) {
      const added = freshName(taken, `${norm.name}/bias`);
      weights.set(added, { shape: [units.outputs], values: Float32Array.from(shift) });
      instead.set(norm.name, { name: norm.name, op: 'BiasAdd', input: [data!, added], attr: { T: FLOAT } });
    } else {
      put(
        bias,
        values.get(bias)!.map((value, i) => value * scale[i]! + shift[i]!),
      );
      instead.set(norm.name, { name: norm.name, op: 'Identity', input: [data!], attr: { T: FLOAT } });
    }
    statistics[into.name] = { mean: beta, std: gamma.map(Math.abs) };
    folded.push({ path: norm.name, into: into.name, units: units.outputs });
  }
  const nodes = graph.nodes.map((node) => instead.get(node.name) ?? node);
  return { model: await rebuiltGraph(fn, model, parts, { nodes, weights }), folded, skipped, statistics };
}
