import { absorbable, absorbedBias } from './absorb-bias.ts';
import { biasAfter, type Graph, linearNode, MEASURING } from './graph-flow.ts';
import { dataInputs, type GraphNode, textOf } from './graph-nodes.ts';
import type { LinearLayer } from './kernel-units.ts';
import type { Member, UnitGroup } from './unit-groups.ts';
import type { UnitStatistics } from './unit-statistics.ts';

/** A node with a kernel and the weight that is added to what it gives. */
interface Biased {
  node: GraphNode;
  linear: LinearLayer;
  bias: string;
}

/** What takes the constants of a node's units: the nodes that read them. */
export interface Absorption {
  from: Biased;
  to: Biased[];
}

/** Ops of one input that keep a constant which is added to a unit, once it is above 0. */
const KEEPING = new Set([
  'Identity',
  'StopGradient',
  'Relu',
  'Relu6',
  'MaxPool',
  'AvgPool',
  'ResizeBilinear',
  'ResizeNearestNeighbor',
  'Mean',
  'Max',
  'Min',
  'Reshape',
  'Squeeze',
]);

/** Whether each output reads all that a window can hold: no zeros beside it, and not a part of it near the border. */
function readsAll(graph: Graph, node: GraphNode, { stages: [stage] }: LinearLayer): boolean {
  const window = graph.weights.get(stage!.path)!.shape.slice(0, -2);
  if (node.op === 'Conv2DBackpropInput') return false;
  return window.every((size) => size === 1) || textOf(node, 'padding') === 'VALID';
}

function biased(graph: Graph, node: GraphNode): Biased | undefined {
  const found = linearNode(graph, node);
  if (!found || found.fixed) return undefined;
  const { linear } = found;
  const bias = linear.hasBias ? linear.bias : biasAfter(graph, node, linear.stages.at(-1)!.units.outputs)?.vector;
  return bias === undefined ? undefined : { node, linear, bias };
}

/**
 * Where constants of a node's units can go: through ReLU, pooling and what hands on, to nodes that read them without a border of zeros
 * and have a bias. Nothing where they also go elsewhere.
 *
 * @param maker - of the units, the only one
 */
function absorptionOf(graph: Graph, maker: Member): Absorption | undefined {
  const node = graph.byName.get(maker.path)!;
  const from = biased(graph, node);
  if (!from) return undefined;
  const to: Biased[] = [];
  const after = from.linear.hasBias ? undefined : biasAfter(graph, node, maker.width);
  const { activation } = from.linear;
  const open = [{ name: after?.name ?? node.name, rectified: activation !== 'linear' }];
  if (activation !== 'linear' && activation !== 'relu' && activation !== 'relu6') return undefined;
  if (graph.outputs.has(node.name)) return undefined;
  for (let at = open.pop(); at; at = open.pop()) {
    const { name, rectified } = at;
    if (graph.outputs.has(name)) return undefined;
    for (const reader of graph.nodes.filter((one) => dataInputs(one).includes(name))) {
      if (MEASURING.has(reader.op)) continue;
      if (KEEPING.has(reader.op)) {
        open.push({ name: reader.name, rectified: rectified || reader.op.startsWith('Relu') });
        continue;
      }
      const read = biased(graph, reader);
      const isData = linearNode(graph, reader)?.data === name;
      if (!read || !isData || !rectified || !readsAll(graph, reader, read.linear)) return undefined;
      to.push(read);
    }
  }
  return to.length > 0 ? { from, to } : undefined;
}

/** Of each group the way that constants can go, where its units have one maker. */
export const absorptionsIn = (graph: Graph, groups: readonly UnitGroup[]): (Absorption | undefined)[] =>
  groups.map(({ makers: [maker, ...others] }) =>
    maker && others.length === 0 ? absorptionOf(graph, maker) : undefined,
  );

/**
 * Moves constants from the bias of a node to those of the nodes that read its units.
 *
 * @param known - mean and deviation of its units, as they are scaled
 * @param bounds - what each unit is cut at, where it is
 * @param weightNow - a weight as it is now
 * @param put - takes a weight as it is to be
 * @returns the constants
 */
export function absorbInGraph(
  { from, to }: Absorption,
  { mean, std }: UnitStatistics,
  bounds: Float64Array | undefined,
  weightNow: (path: string) => Float32Array,
  put: (path: string, values: Float32Array) => void,
): Float64Array {
  const constants = absorbable(mean, std).map((c, i) => Math.min(c, bounds?.[i] ?? c));
  if (constants.every((c) => c === 0)) return constants;
  put(
    from.bias,
    weightNow(from.bias).map((value, i) => value - constants[i]!),
  );
  for (const { linear, bias } of to) {
    const [{ path, units }] = linear.stages as [LinearLayer['stages'][number]];
    const moved = absorbedBias(weightNow(path), units, constants);
    put(
      bias,
      weightNow(bias).map((value, i) => value + moved[i]!),
    );
  }
  return constants;
}
