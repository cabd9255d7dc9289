import type { FilterShape } from './filter-gradient.ts';

/** Calls with where a place of the output, an entry of the filter and the input that it sees there begin, in this order of loops. */
function forEachEntry(shape: FilterShape, visit: (dyAt: number, filterAt: number, xAt: number) => void): void {
  const { batch, rows, columns, outChannels, xStrides, dyStrides } = shape;
  for (let b = 0; b < batch; b++)
    for (let outRow = 0; outRow < rows.outputs; outRow++)
      for (let outColumn = 0; outColumn < columns.outputs; outColumn++) {
        const dyAt = b * dyStrides[0] + outRow * dyStrides[1] + outColumn * dyStrides[2];
        for (let row = 0; row < rows.size; row++) {
          const inRow = outRow * rows.stride - rows.before + row;
          if (inRow < 0 || inRow >= rows.inputs) continue;
          for (let column = 0; column < columns.size; column++) {
            const inColumn = outColumn * columns.stride - columns.before + column;
            if (inColumn < 0 || inColumn >= columns.inputs) continue;
            const xAt = b * xStrides[0] + inRow * xStrides[1] + inColumn * xStrides[2];
            visit(dyAt, (row * columns.size + column) * outChannels, xAt);
          }
        }
      }
}

/**
 * The gradient of a depthwise convolution for its filter, from the definition, over channels that lie side by side.
 *
 * @param x - the images, channels last
 * @param dy - gradient of the output, whose channels are those of the first input channel, of the second, and so on
 * @param shape - sizes, steps and padding
 * @returns the gradient, [rows, columns, inChannels, outChannels / inChannels], summed in float64 place by place
 */
export function depthwiseFilterGradient(x: ArrayLike<number>, dy: ArrayLike<number>, shape: FilterShape): Float64Array {
  const { rows, columns, inChannels, outChannels } = shape;
  const each = outChannels / inChannels;
  const dw = new Float64Array(rows.size * columns.size * outChannels);
  forEachEntry(shape, (dyAt, filterAt, xAt) => {
    if (each === 1) for (let c = 0; c < inChannels; c++) dw[filterAt + c]! += x[xAt + c]! * dy[dyAt + c]!;
    else
      for (let c = 0, out = 0; c < inChannels; c++)
        for (let m = 0; m < each; m++, out++) dw[filterAt + out]! += x[xAt + c]! * dy[dyAt + out]!;
  });
  return dw;
}

/**
 * The gradient of a depthwise convolution for its input, from the definition, over channels that lie side by side.
 *
 * @param dy - gradient of the output, whose channels are those of the first input channel, of the second, and so on
 * @param filter - [rows, columns, inChannels, outChannels / inChannels]
 * @param shape - sizes, steps and padding
 * @returns the gradient, of the shape of the images, summed in float64 place by place
 */
export function depthwiseInputGradient(
  dy: ArrayLike<number>,
  filter: ArrayLike<number>,
  shape: FilterShape,
): Float64Array {
  const { batch, rows, columns, inChannels, outChannels } = shape;
  const each = outChannels / inChannels;
  const dx = new Float64Array(batch * rows.inputs * columns.inputs * inChannels);
  forEachEntry(shape, (dyAt, filterAt, xAt) => {
    if (each === 1) for (let c = 0; c < inChannels; c++) dx[xAt + c]! += dy[dyAt + c]! * filter[filterAt + c]!;
    else
      for (let c = 0, out = 0; c < inChannels; c++)
        for (let m = 0; m < each; m++, out++) dx[xAt + c]! += dy[dyAt + out]! * filter[filterAt + out]!;
  });
  return dx;
}
