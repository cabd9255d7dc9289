import type { GraphModelLike } from '@weightkit/core';
import { equalizeUnits } from './equalize-units.ts';
import type { ConvergenceOptions } from './equalizing-scales.ts';
import { graphFlow } from './graph-flow.ts';
import type { GraphNode } from './graph-nodes.ts';
import { checkFiniteWeights, graphParts, rebuiltGraph } from './graph-parts.ts';
import { boundedRelu, freshName, withActivation } from './split-activation.ts';
import { unitGroups } from './unit-groups.ts';

const REMEDY = "relu6: 'bound' gives each unit a bound of its own, 'replace' makes it a ReLU";

/** Cross-layer equalization of a GraphModel. */
export async function equalizeGraph<M extends GraphModelLike>(
  fn: string,
  model: M,
  relu6: 'keep' | 'replace' | 'bound',
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
      ...vectors,
      ...[...makers, ...readers].flatMap(({ linear }) => linear!.stages.map(({ path }) => path)),
      ...makers.flatMap(({ linear }) => (linear!.hasBias ? [linear!.bias] : [])),
    ]),
  );
  const found = equalizeUnits(groups, values, options);
  const weights = new Map(
    [...found.changed].map(([name, own]) => [name, { shape: graph.weights.get(name)!.shape, values: own }]),
  );
  const taken = new Set(graph.byName.keys());
  const instead = new Map<string, GraphNode[]>();
  for (const [g, { cuts, units }] of groups.entries())
    for (const { path } of cuts) {
      const node = graph.byName.get(path)!;
      if (relu6 === 'bound' && found.scales[g]!.every((s) => s === 1)) continue;
      if (relu6 === 'bound') {
        const bound = freshName(taken, `${path}/bound`);
        weights.set(bound, { shape: [units], values: Float32Array.from(found.scales[g]!, (s) => 6 / s) });
        instead.set(path, boundedRelu(node, bound, taken));
      } else instead.set(path, [node.op === 'Relu6' ? { ...node, op: 'Relu' } : withActivation(node, 'Relu')]);
    }
  const nodes = graph.nodes.flatMap((node) => instead.get(node.name) ?? [node]);
  const made = await rebuiltGraph(fn, model, parts, { nodes, weights });
  return { made, groups, skipped, found, cuts: [...instead.keys()] };
}
