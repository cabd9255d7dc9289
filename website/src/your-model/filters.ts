import type { FilterGridData } from '@weightkit/viz';

/** Weights along a side of a filter at most: a larger one is no convolution's. */
const MOST_SIDE = 64;

/**
 * The sizes of a convolution's kernel in the order height, width, input channels, filters, and where each of its weights is; undefined
 * of what is none. TensorFlow.js and Keras have the sides first, PyTorch has them last. Where either could be, as in 3 × 3 × 3 × 3, the
 * format says which.
 */
function layoutOf(shape: readonly number[], sidesFirst: boolean) {
  if (shape.length !== 4 || shape.includes(0)) return undefined;
  const [a, b, c, d] = shape as [number, number, number, number];
  const sides = (high: number, wide: number) => high === wide && high > 1 && high <= MOST_SIDE;
  const [first, last] = [sides(a, b), sides(c, d)];
  if (first && (sidesFirst || !last)) return { sizes: [a, b, c, d], steps: [b * c * d, c * d, d, 1] };
  if (last) return { sizes: [c, d, b, a], steps: [d, 1, c * d, b * c * d] };
  return undefined;
}

/**
 * The filters of a convolution as pictures: of three channels in color; of one filter for each channel, as depthwise convolutions have
 * them, one picture each. Undefined of a tensor that is no kernel of two-dimensional filters.
 *
 * @param values - those of the tensor, the last dimension running fastest
 * @param sidesFirst - whether the format of the file has height and width first
 */
export function filtersOf(
  shape: readonly number[],
  values: ArrayLike<number>,
  sidesFirst: boolean,
): (FilterGridData & { color: 'rgb' | 'gray' }) | undefined {
  const layout = layoutOf(shape, sidesFirst);
  if (!layout) return undefined;
  const { sizes, steps } = layout as { sizes: [number, number, number, number]; steps: number[] };
  const ordered = new Float32Array(values.length);
  const [high, wide, inputs, filters] = sizes;
  let at = 0;
  for (let y = 0; y < high; y++)
    for (let x = 0; x < wide; x++)
      for (let input = 0; input < inputs; input++)
        for (let filter = 0; filter < filters; filter++)
          ordered[at++] = values[y * steps[0]! + x * steps[1]! + input * steps[2]! + filter * steps[3]!]!;
  if (filters === 1 && inputs !== 3) return { values: ordered, shape: [high, wide, 1, inputs], color: 'gray' };
  return { values: ordered, shape: sizes, color: inputs === 3 ? 'rgb' : 'gray' };
}
