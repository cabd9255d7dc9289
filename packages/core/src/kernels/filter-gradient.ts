/** What a convolution of images goes over; of x and dy, how far apart neighbors along [batch, row, column, channel] are. */
export interface FilterShape {
  readonly batch: number;
  readonly rows: FilterAxis;
  readonly columns: FilterAxis;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly xStrides: readonly [number, number, number, number];
  readonly dyStrides: readonly [number, number, number, number];
}

/** A filter along one axis: entries of the input and of the output, its size, its step, and how many entries lie before the input. */
export interface FilterAxis {
  readonly inputs: number;
  readonly outputs: number;
  readonly size: number;
  readonly stride: number;
  readonly before: number;
}

/**
 * The gradient of a convolution for its filter, from the definition: each entry is the sum of x · dy over all places of the filter.
 *
 * @param x - the images
 * @param dy - gradient of the output
 * @param shape - sizes, steps and padding
 * @returns the gradient, [rows, columns, inChannels, outChannels] in row-major order, summed in float64 place by place
 */
export function filterGradient(x: ArrayLike<number>, dy: ArrayLike<number>, shape: FilterShape): Float64Array {
  const { batch, rows, columns, inChannels, outChannels, xStrides, dyStrides } = shape;
  const [xBatch, xRow, xColumn, xChannel] = xStrides;
  const [dyBatch, dyRow, dyColumn, dyChannel] = dyStrides;
  const dw = new Float64Array(rows.size * columns.size * inChannels * outChannels);
  for (let b = 0; b < batch; b++)
    for (let outRow = 0; outRow < rows.outputs; outRow++)
      for (let outColumn = 0; outColumn < columns.outputs; outColumn++) {
        const dyAt = b * dyBatch + outRow * dyRow + outColumn * dyColumn;
        for (let row = 0; row < rows.size; row++) {
          const inRow = outRow * rows.stride - rows.before + row;
          if (inRow < 0 || inRow >= rows.inputs) continue;
          for (let column = 0; column < columns.size; column++) {
            const inColumn = outColumn * columns.stride - columns.before + column;
            if (inColumn < 0 || inColumn >= columns.inputs) continue;
            const xAt = b * xBatch + inRow * xRow + inColumn * xColumn;
            let at = (row * columns.size + column) * inChannels * outChannels;
            for (let channel = 0; channel < inChannels; channel++) {
              const value = x[xAt + channel * xChannel]!;
              for (let out = 0; out < outChannels; out++, at++) dw[at]! += value * dy[dyAt + out * dyChannel]!;
            }
          }
        }
      }
  return dw;
}
