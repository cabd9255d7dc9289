import type { Call, GraphLayer } from './calls.ts';
import { linearLayer } from './kernel-units.ts';
import { rectifiedMean } from './rectified-mean.ts';
import type { UnitStatistics } from './unit-statistics.ts';

/** Layers that keep the mean of each unit. */
const AVERAGING = ['AveragePooling1D', 'AveragePooling2D', 'GlobalAveragePooling1D', 'GlobalAveragePooling2D'];
const KEEPING = ['Dropout', 'SpatialDropout1D'];

/** What a layer cuts at, from above; nothing where it is no ReLU and no linear one. */
function most(layer: GraphLayer): number | 'linear' | undefined {
  const name = layer.getClassName();
  if (name === 'ReLU') return (layer.maxValue as number | null) ?? Number.POSITIVE_INFINITY;
  const activation = layer.getConfig().activation ?? 'linear';
  if (activation === 'relu') return Number.POSITIVE_INFINITY;
  if (activation === 'relu6') return 6;
  return activation === 'linear' ? 'linear' : undefined;
}

/**
 * The mean of each unit that a layer reads, where it follows from the statistics of the layer before it, through ReLU and averages.
 *
 * @param call - of the layer that reads
 * @param statistics - by the path of the layer before
 * @returns the means, or why they are not known
 */
export function expectedInputs(
  call: Call,
  statistics: Readonly<Record<string, UnitStatistics>>,
): Float64Array | string {
  let cut: number | 'linear' = 'linear';
  for (let edge = call.inputs[0]!; ; ) {
    const before = edge.from;
    if (!before) return 'it reads an input of the model';
    const { layer, path } = before;
    const name = layer.getClassName();
    const linear = linearLayer(path, layer);
    if (linear || name === 'ReLU' || name === 'Activation') {
      const own = most(layer);
      if (own === undefined) return `${path} applies ${layer.getConfig().activation}`;
      if (own !== 'linear' && cut !== 'linear') return `${path} and what follows it both cut`;
      if (own !== 'linear') cut = own;
    } else {
      const isKept = KEEPING.includes(name) || (cut === 'linear' && (AVERAGING.includes(name) || name === 'Flatten'));
      if (!isKept) return `${path} (${name}) changes means in a way that is not known`;
    }
    if (linear) {
      const known = statistics[path];
      if (!known) return `there are no statistics of ${path} before it`;
      return Float64Array.from(known.mean, (mean, i) =>
        cut === 'linear' ? mean : rectifiedMean(mean, known.std[i]!, cut),
      );
    }
    edge = before.inputs[0]!;
  }
}
