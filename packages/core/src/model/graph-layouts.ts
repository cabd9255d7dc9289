import type * as tf from '@tensorflow/tfjs-core';
import type { FanLayout } from './fan-layout.ts';
import type { GraphModelInternals, GraphModelLike, GraphNode } from './types.ts';

/** Ops that hand on what they get. */
const PASSES = new Set(['Identity', 'IdentityN', 'ReadVariableOp', 'StopGradient', 'Snapshot', 'EnsureShape']);

/** The layouts of weights by the op that reads them; TensorFlow's kernels have the axes of tfjs's layers. */
const OPS: Record<string, FanLayout['kind']> = {
  Conv1D: 'kernel',
  Conv2D: 'kernel',
  Conv2DBackpropInput: 'transposed',
  Conv3D: 'kernel',
  DepthwiseConv2d: 'depthwise',
  DepthwiseConv2dNative: 'depthwise',
  FusedDepthwiseConv2dNative: 'depthwise',
  _FusedConv2D: 'kernel',
};

const PRODUCTS = new Set(['MatMul', '_FusedMatMul', 'BatchMatMul', 'BatchMatMulV2']);

/** The nodes that compute with a node's value, and the one whose output each of them takes. */
function* usersOf(node: GraphNode): Generator<[user: GraphNode, taken: GraphNode]> {
  for (const child of node.children) {
    if (PASSES.has(child.op)) yield* usersOf(child);
    else yield [child, node];
  }
}

/** How an op reads one of its inputs; undefined where it is no op of kernels, or takes it for something else (a bias, data). */
function layoutIn(user: GraphNode, taken: GraphNode): FanLayout | undefined {
  const place = user.inputs.indexOf(taken);
  const kind = OPS[user.op];
  // A transposed convolution takes its output's shape first.
  if (kind) return place === 1 ? { kind } : undefined;
  if (!PRODUCTS.has(user.op) || place > 1) return undefined;
  const turned = user.attrParams[place === 0 ? 'transposeA' : 'transposeB']?.value === true;
  // x W reads [in, out]; W x, or x Wᵀ, reads [out, in].
  return { kind: (place === 1) === turned ? 'transposed' : 'kernel' };
}

/**
 * How the ops of a graph read its weights.
 *
 * @param model - a GraphModel
 * @returns the layout of each weight that an op of kernels reads; a weight that several read gets that of the first
 */
export function graphLayouts(model: GraphModelLike): Map<tf.Tensor, FanLayout> {
  const nodes = (model as GraphModelInternals).executor?.graph?.nodes ?? {};
  const layouts = new Map<tf.Tensor, FanLayout>();
  for (const [name, [tensor]] of Object.entries(model.weights)) {
    const node = nodes[name];
    if (node === undefined || tensor === undefined) continue;
    for (const [user, taken] of usersOf(node)) {
      const layout = layoutIn(user, taken);
      if (layout === undefined) continue;
      layouts.set(tensor, layout);
      break;
    }
  }
  return layouts;
}
