import type { GraphModelLike } from '@weightkit/core';
import type { ProbeSet } from '../effect/probes.ts';
import { absorbInGraph, absorptionsIn } from './absorb-graph.ts';
import { equalizeUnits } from './equalize-units.ts';
import type { ConvergenceOptions } from './equalizing-scales.ts';
import { type Graph, graphFlow, linearNode } from './graph-flow.ts';
import type { GraphNode } from './graph-nodes.ts';
import { checkFiniteWeights, graphParts, rebuiltGraph } from './graph-parts.ts';
import { graphStatistics } from './graph-statistics.ts';
import { boundedRelu, freshName, withActivation } from './split-activation.ts';
import { checkStatistics, scaledStatistics } from './statistics.ts';
import { partOf, unitGroups } from './unit-groups.ts';
import type { UnitStatistics } from './unit-statistics.ts';

/** How many units each node with a kernel makes. */
function unitsOfNodes(graph: Graph): Map<string, number> {
  const units = new Map<string, number>();
  for (const node of graph.nodes) {
    const found = linearNode(graph, node);
    if (found) units.set(node.name, found.linear.stages.at(-1)!.units.outputs);
  }
  return units;
}

const REMEDY = "relu6: 'bound' gives each unit a bound of its own, 'replace' makes it a ReLU";

/** Cross-layer equalization of a GraphModel. */
export async function equalizeGraph<M extends GraphModelLike>(
  fn: string,
  model: M,
  {
    relu6,
    statistics,
    set,
  }: {
    relu6: 'keep' | 'replace' | 'bound';
    statistics: Readonly<Record<string, UnitStatistics>> | 'probes';
    set: ProbeSet | undefined;
  },
  options: ConvergenceOptions,
) {
  const parts = await graphParts(fn, model);
  const { graph, values } = parts;
  const { groups, skipped } = unitGroups(graphFlow(graph), relu6 === 'keep' ? REMEDY : null);
  if (relu6 === 'bound')
    for (const group of groups.filter(({ cuts, isPlain }) => cuts.length > 0 && !isPlain)) {
      groups.splice(groups.indexOf(group), 1);
      for (const { path } of group.makers)
        skipped.push({ path, reason: 'ReLU6 stands behind a flattening, where units come more than once' });
    }
  checkFiniteWeights(
    fn,
    values,
    groups.flatMap(({ makers, readers, vectors }) => [
      ...vectors.map(({ path }) => path),
      ...[...makers, ...readers].flatMap(({ linear }) => linear!.stages.map(({ path }) => path)),
      ...makers.flatMap(({ linear }) => (linear!.hasBias ? [linear!.bias] : [])),
    ]),
  );
  const ways = absorptionsIn(graph, groups);
  const makers = ways.flatMap((way) => (way ? [way.from.node.name] : []));
  if (statistics !== 'probes') checkStatistics(fn, unitsOfNodes(graph), statistics);
  const known = statistics === 'probes' ? await graphStatistics(fn, model, parts, makers, set!) : statistics;
  checkFiniteWeights(
    fn,
    values,
    ways.flatMap((way) => (way && known[way.from.node.name] ? way.to.map(({ bias }) => bias) : [])),
  );
  const found = equalizeUnits(groups, values, options);
  const scaled = scaledStatistics(groups, found.scales, known);
  const absorbed = ways.map((way, g) => {
    const own = way && scaled[way.from.node.name];
    if (!own) return undefined;
    const bounds = groups[g]!.cuts.length > 0 && relu6 === 'bound' ? found.scales[g]!.map((s) => 6 / s) : undefined;
    const constants = absorbInGraph(
      way,
      own,
      bounds,
      (path) => found.changed.get(path) ?? values.get(path)!,
      (path, now) => found.changed.set(path, now),
    );
    own.mean = own.mean.map((mean, i) => mean - constants[i]!);
    return constants;
  });
  const weights = new Map(
    [...found.changed].map(([name, own]) => [name, { shape: graph.weights.get(name)!.shape, values: own }]),
  );
  const taken = new Set(graph.byName.keys());
  const instead = new Map<string, GraphNode[]>();
  for (const [g, { cuts }] of groups.entries())
    for (const { path, ...part } of cuts) {
      const node = graph.byName.get(path)!;
      const scale = partOf(found.scales[g]!, part);
      const constants = absorbed[g];
      const isSame = scale.every((s) => s === 1) && !constants?.some((c) => c > 0);
      if (relu6 === 'bound' && isSame) continue;
      if (relu6 === 'bound') {
        const bound = freshName(taken, `${path}/bound`);
        weights.set(bound, {
          shape: [scale.length],
          values: Float32Array.from(scale, (s, i) => 6 / s - (constants?.[i] ?? 0)),
        });
        instead.set(path, boundedRelu(node, bound, taken));
      } else instead.set(path, [node.op === 'Relu6' ? { ...node, op: 'Relu' } : withActivation(node, 'Relu')]);
    }
  const nodes = graph.nodes.flatMap((node) => instead.get(node.name) ?? [node]);
  const made = await rebuiltGraph(fn, model, parts, { nodes, weights });
  const counts = absorbed.map((constants) => constants?.filter((c) => c > 0).length ?? 0);
  return { made, groups, skipped, found, statistics: scaled, absorbed: counts, cuts: [...instead.keys()] };
}
