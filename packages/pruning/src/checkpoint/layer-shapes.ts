import type { GraphLayer, Shape } from '../shrink/flow.ts';

/** The shapes that a layer gives for those that it is given, as tfjs-layers 4.22 computes them. */
export type ShapesOf = (layer: GraphLayer, inputs: readonly Shape[]) => Shape[];

type Size = number | null;

const product = (sizes: Shape): Size =>
  sizes.includes(null) ? null : sizes.reduce<number>((all, size) => all * size!, 1);

/** A length after windows have gone along it. */
function afterWindows(length: Size, size: number, stride: number, padding: string, dilation = 1): Size {
  if (length === null) return null;
  const whole = padding === 'same' ? length : length - (size + (size - 1) * (dilation - 1)) + 1;
  return Math.floor((whole + stride - 1) / stride);
}

/** The lengths of a shape between batch and channels, and how to put others in their place. */
function inside({ dataFormat }: GraphLayer, shape: Shape): { sizes: Shape; channels: Size; with: Replace } {
  const first = dataFormat === 'channelsFirst';
  return {
    sizes: first ? shape.slice(2) : shape.slice(1, -1),
    channels: (first ? shape[1] : shape.at(-1)) ?? null,
    with: (sizes, channels) => (first ? [shape[0]!, channels, ...sizes] : [shape[0]!, ...sizes, channels]),
  };
}
type Replace = (sizes: Shape, channels: Size) => Shape;

/** A shape of windows: their sizes, and how many channels come out. */
const windows =
  (
    sizesOf: (layer: GraphLayer) => readonly number[],
    channelsOf: (layer: GraphLayer, channels: Size) => Size,
  ): ShapesOf =>
  (layer, [shape]) => {
    const at = inside(layer, shape!);
    const size = sizesOf(layer);
    const sizes = at.sizes.map((length, i) =>
      afterWindows(length, size[i]!, layer.strides[i], layer.padding, layer.dilationRate?.[i]),
    );
    return [at.with(sizes, channelsOf(layer, at.channels))];
  };

const convolution = windows(
  ({ kernelSize }) => kernelSize,
  ({ filters }) => filters,
);
const depthwise = windows(
  ({ kernelSize }) => kernelSize,
  ({ depthMultiplier }, channels) => (channels === null ? null : channels * depthMultiplier),
);
const pooling = windows(
  ({ poolSize }) => poolSize,
  (_, channels) => channels,
);

const transposed: ShapesOf = (layer, [shape]) => {
  const at = inside(layer, shape!);
  const sizes = at.sizes.map((length, i) => {
    const [stride, size]: [number, number] = [layer.strides[i], layer.kernelSize[i]];
    if (length === null) return null;
    return layer.padding === 'same' ? length * stride : length * stride + Math.max(size - stride, 0);
  });
  return [at.with(sizes, layer.filters)];
};

const globalPooling: ShapesOf = (layer, [shape]) => [[shape![0]!, inside(layer, shape!).channels]];

/** Lengths that grow or shrink, each in a way of its own. */
const resized =
  (of: (layer: GraphLayer, length: number, i: number) => number): ShapesOf =>
  (layer, [shape]) => {
    const at = inside(layer, shape!);
    return [
      at.with(
        at.sizes.map((length, i) => (length === null ? null : of(layer, length, i))),
        at.channels,
      ),
    ];
  };

const same: ShapesOf = (_, [shape]) => [shape!];

const reshape: ShapesOf = ({ targetShape }, [shape]) => {
  const from = product(shape!.slice(1));
  const target = targetShape as Shape;
  const known = target.reduce<number>((all, size) => (size === null || size < 0 ? all : all * size), 1);
  return [
    [shape![0]!, ...target.map((size) => (size === null || size < 0 ? (from === null ? null : from / known) : size))],
  ];
};

const embedding: ShapesOf = ({ inputLength, outputDim }, [shape]) => {
  const lengths = [inputLength ?? []].flat() as Size[];
  return [[shape![0]!, ...shape!.slice(1).map((size, i) => size ?? lengths[i] ?? null), outputDim]];
};

const merge: ShapesOf = (_, inputs) => {
  const longest = inputs.reduce((most, one) => (one.length > most.length ? one : most));
  return [
    longest.map((_size, i) => {
      const sizes = inputs
        .map((shape) => shape[i - longest.length + shape.length])
        .filter((size) => size !== undefined);
      if (i === 0) return sizes.every((size) => size === sizes[0]) ? sizes[0]! : null;
      return sizes.reduce((a, b) => (a === 1 ? b : b === 1 ? a : a === null || b === null ? null : a));
    }),
  ];
};

const concatenate: ShapesOf = ({ axis = -1 }, inputs) => {
  const at = (axis + inputs[0]!.length) % inputs[0]!.length;
  const sizes = inputs.map((shape) => shape[at] ?? null);
  return [
    inputs[0]!.map((size, i) => (i === at ? (sizes.includes(null) ? null : sizes.reduce((a, b) => a! + b!)) : size)),
  ];
};

const dot: ShapesOf = ({ axes }, inputs) => {
  const [a, b] = inputs.map((shape, i) => {
    const axis: number = Array.isArray(axes) ? axes[i] : axes;
    return shape.filter((_, at) => at !== (axis + shape.length) % shape.length);
  });
  const out = [...a!, ...b!.slice(1)];
  return [out.length === 1 ? [...out, 1] : out];
};

/** Of an RNN: what it gives, then its states. */
const recurrent: ShapesOf = ({ cell, returnSequences, returnState }, [shape]) => {
  const [batch, steps] = shape as [Size, Size];
  const isImages = cell.filters !== undefined;
  const [state] = isImages ? convolution(cell, [[batch, ...shape!.slice(2)]]) : [[batch, cell.units as Size] as Shape];
  const output = returnSequences ? [batch, steps, ...state!.slice(1)] : state!;
  const states = cell.getClassName() === 'LSTMCell' || isImages ? 2 : 1;
  return [output, ...Array.from({ length: returnState ? states : 0 }, () => state!)];
};

const bidirectional: ShapesOf = ({ forwardLayer, mergeMode }, inputs) => {
  const [output, ...states] = recurrent(forwardLayer, inputs);
  const both = [...states, ...states];
  if (mergeMode === null) return [output!, output!, ...both];
  const last = output!.at(-1) ?? null;
  const joined = mergeMode === 'concat' && last !== null ? [...output!.slice(0, -1), 2 * last] : output!;
  return [joined, ...both];
};

const timeDistributed: ShapesOf = ({ layer }, [shape]) => {
  const inner = shapesOf(layer)!(layer, [[shape![0]!, ...shape!.slice(2)]]);
  return inner.map(([batch, ...rest]) => [batch!, shape![1]!, ...rest]);
};

const SHAPES: Readonly<Record<string, ShapesOf>> = {
  Activation: same,
  Add: merge,
  AlphaDropout: same,
  Average: merge,
  AveragePooling1D: pooling,
  AveragePooling2D: pooling,
  AveragePooling3D: pooling,
  BatchNormalization: same,
  Bidirectional: bidirectional,
  Concatenate: concatenate,
  Conv1D: convolution,
  Conv2D: convolution,
  Conv2DTranspose: transposed,
  Conv3D: convolution,
  Conv3DTranspose: transposed,
  ConvLSTM2D: recurrent,
  Cropping2D: resized(({ cropping }, length, i) => length - cropping[i][0] - cropping[i][1]),
  Dense: ({ units }, [shape]) => [[...shape!.slice(0, -1), units]],
  DepthwiseConv2D: depthwise,
  Dot: dot,
  Dropout: same,
  ELU: same,
  Embedding: embedding,
  Flatten: (_, [shape]) => [[shape![0]!, product(shape!.slice(1))]],
  GRU: recurrent,
  GaussianDropout: same,
  GaussianNoise: same,
  GlobalAveragePooling1D: globalPooling,
  GlobalAveragePooling2D: globalPooling,
  GlobalMaxPooling1D: globalPooling,
  GlobalMaxPooling2D: globalPooling,
  LSTM: recurrent,
  LayerNormalization: same,
  LeakyReLU: same,
  Masking: same,
  MaxPooling1D: pooling,
  MaxPooling2D: pooling,
  MaxPooling3D: pooling,
  Maximum: merge,
  Minimum: merge,
  Multiply: merge,
  PReLU: same,
  Permute: ({ dims }, [shape]) => [[shape![0]!, ...(dims as number[]).map((axis) => shape![axis]!)]],
  RNN: recurrent,
  ReLU: same,
  RepeatVector: ({ n }, [shape]) => [[shape![0]!, n, shape![1]!]],
  Rescaling: same,
  Reshape: reshape,
  SeparableConv2D: convolution,
  SimpleRNN: recurrent,
  Softmax: same,
  SpatialDropout1D: same,
  ThresholdedReLU: same,
  TimeDistributed: timeDistributed,
  UpSampling2D: resized(({ size }, length, i) => length * size[i]),
  ZeroPadding2D: resized(({ padding }, length, i) => length + padding[i][0] + padding[i][1]),
};

const CELLS = new Set(['SimpleRNNCell', 'GRUCell', 'LSTMCell', 'ConvLSTM2DCell']);

/** How a layer's shapes are computed; undefined where its file does not say what it gives. */
export function shapesOf(layer: GraphLayer): ShapesOf | undefined {
  const name = layer.getClassName();
  if (layer.cell && !CELLS.has(layer.cell.getClassName())) return undefined;
  if (name === 'TimeDistributed' && (layer.layer.layers || !shapesOf(layer.layer))) return undefined;
  if (name === 'Bidirectional' && !shapesOf(layer.forwardLayer)) return undefined;
  return Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
}
