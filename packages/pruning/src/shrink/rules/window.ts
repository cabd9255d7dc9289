import type { GraphLayer, Shape } from '../flow.ts';

/** The axis of a convolution's or pooling's channels. */
export const channelAxis = ({ dataFormat }: GraphLayer, rank: number): number =>
  dataFormat === 'channelsFirst' ? 1 : rank - 1;

/** Whether a convolution meets no padding: every weight then meets its input at every position. */
export function meetsNoPadding(layer: GraphLayer, shape: Shape, window: readonly number[]): boolean {
  if (layer.padding === 'valid') return true;
  const first = channelAxis(layer, shape.length) === 1 ? 2 : 1;
  return window.every((size, i) => {
    if (size === 1) return true;
    const length = shape[first + i] ?? null;
    if (length === null || layer.padding !== 'same') return false;
    const stride: number = layer.strides?.[i] ?? 1;
    const reach = (size - 1) * ([layer.dilationRate ?? 1].flat()[i] ?? [layer.dilationRate ?? 1].flat()[0]) + 1;
    return (Math.ceil(length / stride) - 1) * stride + reach <= length;
  });
}
