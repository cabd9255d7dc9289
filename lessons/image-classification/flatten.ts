// In which order a feature map becomes a vector. Nothing here loads TensorFlow.js.

/** Height, width and channels of a feature map. */
export type MapSize = readonly [height: number, width: number, channels: number];

/** Where TensorFlow.js puts a value of the map: row by row, place by place, and at each place all channels (NHWC). */
export const placeHere = ([, width, channels]: MapSize, row: number, column: number, channel: number): number =>
  (row * width + column) * channels + channel;

/** Where PyTorch puts it: channel by channel, each of them row by row (NCHW). */
export const placeThere = ([height, width]: MapSize, row: number, column: number, channel: number): number =>
  (channel * height + row) * width + column;

// #region order
/**
 * For each place in PyTorch's order the place in that of TensorFlow.js: the rows of a dense kernel that reads a flattened map, in the order
 * in which PyTorch has them.
 */
export function torchOrder(size: MapSize): Int32Array {
  const [height, width, channels] = size;
  const order = new Int32Array(height * width * channels);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let channel = 0; channel < channels; channel++)
        order[placeThere(size, row, column, channel)] = placeHere(size, row, column, channel);
  return order;
}
// #endregion
