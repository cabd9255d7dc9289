import { type LayerLike, parametrizationsOf } from '@weightkit/core';

/**
 * Throws where a transform lies on one of some weights: what is written to a raw weight would not be what the layer computes with.
 *
 * @param paths - which weights; all where left out
 */
export function checkPlain(fn: string, model: LayerLike, paths?: ReadonlySet<string>): void {
  const below = parametrizationsOf(model, fn).find(({ path }) => paths?.has(path) ?? true);
  if (below)
    throw new Error(`${fn}: weights must not be parametrized already, got ${below.path}; put other transforms on top`);
}
