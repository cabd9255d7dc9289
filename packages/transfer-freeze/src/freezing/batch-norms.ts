import type { LayerLike, Weight } from '@weightkit/core';

/** A layer that keeps statistics of its batches. */
export interface BatchNorm {
  layer: LayerLike;
  /** Path of the layer. */
  path: string;
  /** Moving mean and variance. */
  statistics: Weight[];
  /** Gamma and beta, as far as the layer has them. */
  learned: Weight[];
}

const isStatistic = ({ property }: Weight): boolean => property === 'movingMean' || property === 'movingVariance';

/** The batch normalizations among the layers of these weights. */
export function batchNormsOf(weights: readonly Weight[]): BatchNorm[] {
  const byLayer = new Map<LayerLike, Weight[]>();
  for (const weight of weights)
    if (weight.layer) byLayer.set(weight.layer, [...(byLayer.get(weight.layer) ?? []), weight]);
  return [...byLayer].flatMap(([layer, own]) => {
    const statistics = own.filter(isStatistic);
    if (statistics.length === 0) return [];
    const { path } = statistics[0]!;
    return [
      {
        layer,
        path: path.slice(0, path.lastIndexOf('/')),
        statistics,
        learned: own.filter((one) => !isStatistic(one)),
      },
    ];
  });
}
