import type { LayerLike } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';

/** What is looked at of a tfjs model: its layers, and where it is functional the nodes of its graph. */
interface Container extends LayerLike {
  layers: readonly LayerLike[];
  nodesByDepth?: Readonly<Record<string, readonly { inboundLayers: readonly unknown[]; outboundLayer: unknown }[]>>;
}

const isContainer = (value: unknown): value is Container => {
  const { layers, getClassName } = Object(value) as Partial<Container>;
  return Array.isArray(layers) && typeof getClassName === 'function';
};

/** The name of a model, the outermost or one in it, that is no chain of layers; null where there is none. */
function branchingIn(model: Container): string | null {
  const { layers, nodesByDepth } = model;
  const depths = model.getClassName() === 'Sequential' ? [] : Object.values(nodesByDepth ?? {});
  const called = depths.flatMap((nodes) => nodes.map(({ outboundLayer }) => outboundLayer));
  const once = new Set(layers).size === layers.length && new Set(called).size === called.length;
  const single = depths.every((nodes) => nodes.length === 1 && nodes[0]!.inboundLayers.length <= 1);
  if (!once || !single) return model.name;
  for (const layer of layers) {
    const inner = isContainer(layer) ? branchingIn(layer) : null;
    if (inner !== null) return inner;
  }
  return null;
}

/** The name of a model in a source in which a layer has several inputs, outputs or calls; null where layers follow one another. */
export const branchOf = (source: unknown): string | null => (isContainer(source) ? branchingIn(source) : null);

/** Throws where a source is a model in which a layer has several inputs, outputs or calls. */
export function checkChain(fn: string, name: string, source: unknown): void {
  const branch = branchOf(source);
  checkRange(branch === null, `${fn}: ${name} must be a model whose layers follow one another`, branch);
}
