import { type Figure, filterGrid } from '@weightkit/viz';

/** The kernel of a first layer: height, width, three channels and filters, the last one running fastest. */
export interface ColorKernel {
  values: ArrayLike<number>;
  shape: readonly [high: number, wide: number, channels: 3, filters: number];
}

const mean = (all: readonly number[]): number => all.reduce((sum, value) => sum + value, 0) / all.length;
const numbered = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The weight at a place of a filter. */
const reader =
  ({ values, shape: [, wide, channels, filters] }: ColorKernel) =>
  (y: number, x: number, channel: number, filter: number): number =>
    values[((y * wide + x) * channels + channel) * filters + filter]!;

/**
 * How alike neighbors are, up to 1: the cosine of a filter and itself, moved by a pixel to the right and down, in the mean of all
 * filters. 0 is what weights have that know nothing of each other.
 */
export function neighbors(kernel: ColorKernel): number {
  const at = reader(kernel);
  const [high, wide, channels, filters] = kernel.shape;
  return mean(
    numbered(filters).map((filter) => {
      let [product, one, other] = [0, 0, 0];
      for (let channel = 0; channel < channels; channel++)
        for (let y = 0; y < high; y++)
          for (let x = 0; x < wide; x++)
            for (const [down, right] of [
              [0, 1],
              [1, 0],
            ] as const) {
              if (y + down === high || x + right === wide) continue;
              const [a, b] = [at(y, x, channel, filter), at(y + down, x + right, channel, filter)];
              product += a * b;
              one += a * a;
              other += b * b;
            }
      return product / Math.sqrt(one * other);
    }),
  );
}

/**
 * How gray a filter is: the share of its squared norm that is left when each pixel has the mean of its three channels in all of them, in
 * the mean of all filters. 1/3 is what weights have that know nothing of each other.
 */
export function grayness(kernel: ColorKernel): number {
  const at = reader(kernel);
  const [high, wide, channels, filters] = kernel.shape;
  return mean(
    numbered(filters).map((filter) => {
      let [gray, all] = [0, 0];
      for (let y = 0; y < high; y++)
        for (let x = 0; x < wide; x++) {
          const weights = numbered(channels).map((channel) => at(y, x, channel, filter));
          gray += channels * mean(weights) ** 2;
          all += weights.reduce((sum, weight) => sum + weight * weight, 0);
        }
      return gray / all;
    }),
  );
}

/** The picture of lesson 18: the filters in color, all by one scale, the strongest first. */
export function colorFilters(kernel: ColorKernel): Figure {
  const [high, wide, , filters] = kernel.shape;
  return filterGrid(kernel, {
    color: 'rgb',
    columns: 8,
    sort: 'norm',
    title: 'A trained first layer',
    description:
      `${filters} filters of ${high} × ${wide} pixels in color, gray for 0, all by one scale, the strongest first: dark and bright edges ` +
      'side by side, in several directions, and soft patches of red, green, blue and magenta. In the mean, neighboring weights have a ' +
      `cosine of ${neighbors(kernel).toFixed(2)}, and ${Math.round(100 * grayness(kernel))} % of a filter is gray.`,
  });
}
