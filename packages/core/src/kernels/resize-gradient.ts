/** How an image is resized, as the forward kernel takes it. */
export interface Resize {
  readonly method: 'bilinear' | 'nearest';
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Which entries of the input an entry of the output is made of, and in which parts. */
type Tap = readonly (readonly [index: number, part: number])[];

/** The taps of every entry of the output along one axis, as TensorFlow's `resize_images` defines them. */
function taps(inputs: number, outputs: number, { method, alignCorners, halfPixelCenters }: Resize): Tap[] {
  const ratio = alignCorners && outputs > 1 ? (inputs - 1) / (outputs - 1) : inputs / outputs;
  return Array.from({ length: outputs }, (_, output): Tap => {
    if (method === 'nearest') {
      const source = ratio * (halfPixelCenters ? output + 0.5 : output);
      return [[Math.min(alignCorners ? Math.round(source) : Math.floor(source), inputs - 1), 1]];
    }
    const source = halfPixelCenters ? ratio * (output + 0.5) - 0.5 : ratio * output;
    const lower = Math.max(Math.floor(source), 0);
    const part = source - lower;
    return [
      [lower, 1 - part],
      [Math.min(Math.ceil(source), inputs - 1), part],
    ];
  });
}

/**
 * The gradient of resizing images for the images, from the definition: each entry of `dy` goes to the entries that it was made
 * of, in the parts in which it was made of them.
 *
 * @param dy - gradient of the output, [batch, outHeight, outWidth, channels] in row-major order
 * @param outputs - [outHeight, outWidth]
 * @param images - [batch, height, width, channels]
 * @param how - see {@link Resize}
 * @returns the gradient of the images, summed in float64
 */
export function resizeGradient(
  dy: ArrayLike<number>,
  [outHeight, outWidth]: readonly [number, number],
  [batch, height, width, channels]: readonly [number, number, number, number],
  how: Resize,
): Float64Array {
  const dx = new Float64Array(batch * height * width * channels);
  const columns = taps(width, outWidth, how);
  let at = 0;
  for (let b = 0; b < batch; b++)
    for (const row of taps(height, outHeight, how))
      for (const column of columns) {
        for (const [r, rowPart] of row)
          for (const [c, columnPart] of column) {
            const i = ((b * height + r) * width + c) * channels;
            for (let channel = 0; channel < channels; channel++)
              dx[i + channel]! += dy[at + channel]! * rowPart * columnPart;
          }
        at += channels;
      }
  return dx;
}
