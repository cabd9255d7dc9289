/** A window along one axis: of the input, of the output, and how one lies on the other. */
export interface WindowAxis {
  /** Entries of the input. */
  readonly inputs: number;
  /** Entries of the output. */
  readonly outputs: number;
  /** Entries of a window. */
  readonly size: number;
  /** Entries from one window to the next. */
  readonly stride: number;
  /** Entries of the first window that lie before the input. */
  readonly before: number;
}

/** What a pooling goes over: volumes of `depth`, `height` and `width`; an image is a volume of depth 1. */
export interface PoolShape {
  readonly batch: number;
  readonly channels: number;
  readonly depth: WindowAxis;
  readonly height: WindowAxis;
  readonly width: WindowAxis;
}

/** The part of a window that lies within the input, [from, to). */
function within({ inputs, size, stride, before }: WindowAxis, output: number): [number, number] {
  const from = output * stride - before;
  return [Math.max(from, 0), Math.min(from + size, inputs)];
}

/**
 * The gradient of pooling for its input, from the definition: of a maximum, all of `dy` goes to the first entry that is the
 * maximum of the window; of an average, to each entry of the window that lies within the input, in equal parts.
 *
 * @param dy - gradient of the output, [batch, depth, height, width, channels] in row-major order
 * @param x - the input, in the same order; null for an average, which does not depend on it
 * @param shape - batch, channels and windows
 * @returns the gradient of the input, summed in float64
 */
export function poolGradient(dy: ArrayLike<number>, x: ArrayLike<number> | null, shape: PoolShape): Float64Array {
  const { batch, channels, depth, height, width } = shape;
  const dx = new Float64Array(batch * depth.inputs * height.inputs * width.inputs * channels);
  let at = 0;
  for (let b = 0; b < batch; b++)
    for (let outDepth = 0; outDepth < depth.outputs; outDepth++)
      for (let outRow = 0; outRow < height.outputs; outRow++)
        for (let outColumn = 0; outColumn < width.outputs; outColumn++) {
          const [fromDepth, toDepth] = within(depth, outDepth);
          const [fromRow, toRow] = within(height, outRow);
          const [fromColumn, toColumn] = within(width, outColumn);
          const entries = (toDepth - fromDepth) * (toRow - fromRow) * (toColumn - fromColumn);
          for (let channel = 0; channel < channels; channel++, at++) {
            let largest = -1;
            for (let d = fromDepth; d < toDepth; d++)
              for (let r = fromRow; r < toRow; r++)
                for (let c = fromColumn; c < toColumn; c++) {
                  const i = (((b * depth.inputs + d) * height.inputs + r) * width.inputs + c) * channels + channel;
                  if (x === null) dx[i]! += dy[at]! / entries;
                  else if (largest === -1 || x[i]! > x[largest]!) largest = i;
                }
            if (largest !== -1) dx[largest]! += dy[at]!;
          }
        }
  return dx;
}
