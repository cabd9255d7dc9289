import type { Checkpoint } from '@weightkit/checkpoint';

interface Node {
  readonly name?: string;
  readonly op?: string;
  readonly input?: readonly string[];
}

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
};

/** The second inputs of the depthwise convolutions of a GraphModel, through what hands them on. */
function depthwiseInputs(json: string): string[] {
  const topology = parsed(json) as { node?: readonly Node[] } | null;
  const nodes = Array.isArray(topology?.node) ? (topology.node as readonly Node[]) : [];
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const plain = (input = ''): string => input.replace(/^\^/, '').replace(/:\d+$/, '');
  return nodes
    .filter(({ op }) => /DepthwiseConv2d/.test(`${op}`))
    .map(({ input }) => {
      let name = plain(input?.[1]);
      for (let node = byName.get(name); node?.op === 'Identity'; node = byName.get(name)) name = plain(node.input?.[0]);
      return name;
    });
}

/**
 * Tensors that are known, by the graph or by the names beside theirs, to be kernels of depthwise convolutions or of recurrent cells.
 */
export function fineNames(tensors: Checkpoint['tensors'], { modelJson = [] }: Checkpoint['extras']): Set<string> {
  const cells = tensors.flatMap(({ name }) => /^(.*\/)?recurrent_?kernel$/i.exec(name)?.slice(1) ?? []);
  const prefixes = new Set(cells);
  const fine = new Set<string>();
  for (const { name } of tensors) if (prefixes.has(/^(.*\/)?[^/]*$/.exec(name)![1]!)) fine.add(name);
  for (const [key, json] of modelJson)
    if (key === 'modelTopology') for (const name of depthwiseInputs(json)) fine.add(name);
  return fine;
}
