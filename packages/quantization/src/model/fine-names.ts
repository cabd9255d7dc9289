import type { CheckpointTensor, Extras } from '@weightkit/checkpoint';
import { type GraphNode, nodeOf, nodesIn, originOf } from '../repair/graph-nodes.ts';

/** What is known of weights by the graph or by the names beside theirs. */
export interface FineNames {
  /** Kernels of depthwise convolutions and weights of recurrent cells. */
  fine: ReadonlySet<string>;
  /** Weights whose results go through a logarithm on their way to other kernels. */
  beforeLogarithm: ReadonlySet<string>;
}

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
};

/** The second inputs of the depthwise convolutions of a GraphModel, through what hands them on. */
function depthwiseInputs(nodes: readonly GraphNode[]): string[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return nodes
    .filter(({ op }) => /DepthwiseConv2d/.test(`${op}`))
    .map(({ input }) => originOf(byName, nodeOf(input?.[1])));
}

/** All that can be reached from some names. */
function reached(from: readonly string[], next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set(from);
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop())
    for (const other of next.get(name) ?? [])
      if (!found.has(other)) {
        found.add(other);
        open.push(other);
      }
  return found;
}

/** What the logarithms of a graph are made of, where a convolution or a product follows: a logarithm at the end changes no ratio. */
function madeIntoLogarithms(nodes: readonly GraphNode[]): Set<string> {
  const logs = nodes.filter(({ op }) => op === 'Log' || op === 'Log1p').map(({ name }) => `${name}`);
  if (logs.length === 0) return new Set();
  const inputs = new Map(nodes.map(({ name, input }) => [`${name}`, (input ?? []).map(nodeOf)]));
  const users = new Map<string, string[]>();
  for (const [name, from] of inputs) for (const one of from) users.set(one, [...(users.get(one) ?? []), name]);
  const kernels = new Set(nodes.flatMap(({ name, op }) => (/Conv|MatMul/.test(`${op}`) ? [`${name}`] : [])));
  const inside = logs.filter((log) => [...reached([log], users)].some((name) => kernels.has(name)));
  return reached(inside, inputs);
}

/** What names and graph say of the weights of a file. */
export function fineNames(
  tensors: readonly Pick<CheckpointTensor, 'name'>[],
  { modelJson = [] }: Pick<Extras, 'modelJson'>,
): FineNames {
  const cells = tensors.flatMap(({ name }) => /^(.*\/)?recurrent_?kernel$/i.exec(name)?.slice(1) ?? []);
  const prefixes = new Set(cells);
  const fine = new Set<string>();
  for (const { name } of tensors) if (prefixes.has(/^(.*\/)?[^/]*$/.exec(name)![1]!)) fine.add(name);
  const topology = modelJson.find(([key]) => key === 'modelTopology');
  const nodes = topology ? nodesIn(parsed(topology[1])) : [];
  for (const name of depthwiseInputs(nodes)) fine.add(name);
  return { fine, beforeLogarithm: madeIntoLogarithms(nodes) };
}
