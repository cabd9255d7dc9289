import { type LayerLike, layersOf } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import type { CompareSource } from './pairs.ts';

interface Connected extends LayerLike {
  inboundNodes?: { inboundLayers: unknown[] }[];
  outboundNodes?: unknown[];
}

/** Throws where a source is a model in which a layer has several inputs or outputs. */
export function checkChain(fn: string, name: string, source: CompareSource): void {
  const { layers, getClassName } = Object(source) as { layers?: unknown; getClassName?: unknown };
  if (!Array.isArray(layers) || typeof getClassName !== 'function') return;
  const branching = layersOf(source as LayerLike, fn).find(({ layer }) => {
    const { inboundNodes = [], outboundNodes = [] } = layer as Connected;
    return (
      inboundNodes.length > 1 ||
      outboundNodes.length > 1 ||
      inboundNodes.some(({ inboundLayers }) => inboundLayers.length > 1)
    );
  });
  checkRange(
    branching === undefined,
    `${fn}: ${name} must be a model whose layers follow one another`,
    branching?.path || branching?.layer.name,
  );
}
