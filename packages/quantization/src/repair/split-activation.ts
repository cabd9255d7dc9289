import { dataInputs, FLOAT, type GraphNode, nodeOf, textsAttribute, textsOf } from './graph-nodes.ts';

/** A name that no node has yet. */
export function freshName(taken: Set<string>, name: string): string {
  let fresh = name;
  for (let i = 1; taken.has(fresh); i++) fresh = `${name}_${i}`;
  taken.add(fresh);
  return fresh;
}

/** A fused node with another activation; none where it is null. */
export function withActivation(node: GraphNode, activation: string | null): GraphNode {
  const [added, ...before] = textsOf(node, 'fused_ops');
  const fused = [added!, ...(activation === null ? [] : [activation])];
  const isPrelu = before.includes('Prelu');
  const { num_args: count, ...attr } = node.attr ?? {};
  return {
    ...node,
    input: isPrelu ? node.input!.slice(0, 3) : node.input!,
    attr: { ...attr, fused_ops: textsAttribute(fused), ...(count && { num_args: isPrelu ? { i: '1' } : count }) },
  };
}

/**
 * ReLU6 with a bound for each unit: a ReLU under another name, and the minimum of it and a weight under the old one.
 *
 * @param node - a Relu6, or what is fused with one
 * @param bound - the name of the weight
 */
export function boundedRelu(node: GraphNode, bound: string, taken: Set<string>): GraphNode[] {
  const name = freshName(taken, `${node.name}/relu`);
  const relu = node.op === 'Relu6' ? { ...node, op: 'Relu' } : withActivation(node, 'Relu');
  return [
    { ...relu, name },
    { name: node.name, op: 'Minimum', input: [name, bound], attr: { T: FLOAT } },
  ];
}

/** Takes the activation out of a fused node: what it gives before comes under another name, which is returned. */
export function splitActivation(node: GraphNode, taken: Set<string>): { before: string; nodes: GraphNode[] } {
  const [, ...applied] = textsOf(node, 'fused_ops');
  if (applied.length === 0) return { before: node.name, nodes: [node] };
  const [op] = applied;
  const before = freshName(taken, `${node.name}/linear`);
  const alpha = node.attr?.leakyrelu_alpha ?? node.attr?.alpha;
  const prelu = op === 'Prelu' ? dataInputs(node).slice(3).map(nodeOf) : [];
  return {
    before,
    nodes: [
      { ...withActivation(node, null), name: before },
      {
        name: node.name,
        op: op!,
        input: [before, ...prelu],
        attr: { T: FLOAT, ...(op === 'LeakyRelu' && alpha && { alpha }) },
      },
    ],
  };
}
