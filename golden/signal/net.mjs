// Runs a net, given as plain data, forward on a tape: the layers of TensorFlow.js by their definitions.
import { affine, concat, each, gather, multiply, normalize, pool, reshape, scatter, sum, times } from './tape.mjs';

const product = (sizes) => sizes.reduce((a, b) => a * b, 1);
const SELU = [1.0507009873554805, 1.6732632423543772];
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** Activations and their derivatives. */
export const ACTIVATIONS = {
  linear: [(x) => x, () => 1],
  relu: [(x) => Math.max(0, x), (x) => (x > 0 ? 1 : 0)],
  leakyRelu: [(x) => (x > 0 ? x : 0.3 * x), (x) => (x > 0 ? 1 : 0.3)],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
  sigmoid: [sigmoid, (x) => sigmoid(x) * (1 - sigmoid(x))],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x) => (x > 0 ? 1 : Math.exp(x))],
  selu: [(x) => SELU[0] * (x > 0 ? x : SELU[1] * Math.expm1(x)), (x) => SELU[0] * (x > 0 ? 1 : SELU[1] * Math.exp(x))],
  hardSigmoid: [(x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)), (x) => (Math.abs(x) < 2.5 ? 0.2 : 0)],
};

/** Number of windows along an axis and the place of the first. */
function layout(size, taps, stride, dilation, padding) {
  const reach = (taps - 1) * dilation + 1;
  if (padding === 'valid') return { count: Math.floor((size - reach) / stride) + 1, first: 0 };
  const count = Math.ceil(size / stride);
  return { count, first: -Math.floor(Math.max((count - 1) * stride + reach - size, 0) / 2) };
}

/** All tuples below the sizes, the last index fastest. */
const tuples = (sizes) =>
  sizes.reduce((all, n) => all.flatMap((t) => Array.from({ length: n }, (_, i) => [...t, i])), [[]]);

/** For each window place (row-major) the input place under each tap, -1 outside. */
function places(sizes, { kernelSize, strides, dilation, padding }) {
  const axes = sizes.map((size, i) => layout(size, kernelSize[i], strides[i], dilation[i], padding));
  const out = axes.map(({ count }) => count);
  const taps = tuples(kernelSize);
  const table = tuples(out).map((o) =>
    taps.map((t) => {
      let at = 0;
      for (let i = 0; i < sizes.length; i++) {
        const place = o[i] * strides[i] + axes[i].first + t[i] * dilation[i];
        if (place < 0 || place >= sizes[i]) return -1;
        at = at * sizes[i] + place;
      }
      return at;
    }),
  );
  return { out, table };
}

const list = (value, rank, missing = 1) => (Array.isArray(value) ? value : Array(rank).fill(value ?? missing));

function windowed(node, rank) {
  return {
    kernelSize: list(node.kernelSize, rank),
    strides: list(node.strides, rank),
    dilation: list(node.dilationRate, rank),
    padding: node.padding ?? 'valid',
  };
}

function convolution(tape, x, node, w, rank) {
  const sizes = x.shape.slice(1, -1);
  const channels = x.shape.at(-1);
  const { out, table } = places(sizes, windowed(node, rank));
  const taps = table[0].length;
  const index = table.flatMap((row) =>
    row.flatMap((at) => Array.from({ length: channels }, (_, c) => (at < 0 ? -1 : at * channels + c))),
  );
  const patches = gather(tape, x, index, [product(out), taps * channels]);
  return times(tape, patches, w, taps * channels, node.filters, [...out, node.filters]);
}

function depthwise(tape, x, node, w) {
  const channels = x.shape.at(-1);
  const multiplier = node.depthMultiplier ?? 1;
  const { out, table } = places(x.shape.slice(1, -1), windowed(node, 2));
  const taps = table[0].length;
  // Each channel by itself: its patches times its part of the kernel [taps, channels, multiplier].
  const parts = Array.from({ length: channels }, (_, c) => {
    const index = table.flatMap((row) => row.map((at) => (at < 0 ? -1 : at * channels + c)));
    const own = Float64Array.from(
      { length: taps * multiplier },
      (_, i) => w[(Math.floor(i / multiplier) * channels + c) * multiplier + (i % multiplier)],
    );
    return times(tape, gather(tape, x, index, [product(out), taps]), own, taps, multiplier, [...out, multiplier]);
  });
  return concat(tape, parts);
}

function transposed(tape, x, node, w, rank) {
  const sizes = x.shape.slice(1, -1);
  const channels = x.shape.at(-1);
  const { kernelSize, strides, padding } = windowed(node, rank);
  const out = sizes.map((n, i) =>
    padding === 'same' ? n * strides[i] : n * strides[i] + Math.max(kernelSize[i] - strides[i], 0),
  );
  const { table } = places(out, { kernelSize, strides, dilation: list(1, rank), padding });
  const taps = product(kernelSize);
  const { filters } = node;
  // The kernel is [taps, filters, channels].
  const turned = new Float64Array(w.length);
  for (let t = 0; t < taps * filters; t++)
    for (let c = 0; c < channels; c++) turned[c * taps * filters + t] = w[t * channels + c];
  const spread = times(tape, x, turned, channels, taps * filters, [...sizes, taps * filters]);
  const index = table.flatMap((row) =>
    row.flatMap((at) => Array.from({ length: filters }, (_, f) => (at < 0 ? -1 : at * filters + f))),
  );
  return scatter(tape, spread, index, [...out, filters]);
}

function pooling(tape, x, node) {
  const rank = x.shape.length - 2;
  const [sizes, channels] = [x.shape.slice(1, -1), x.shape.at(-1)];
  const isGlobal = node.kind.startsWith('global');
  const own = isGlobal
    ? { kernelSize: sizes, strides: list(1, rank), dilation: list(1, rank), padding: 'valid' }
    : {
        ...windowed({ ...node, kernelSize: node.poolSize }, rank),
        strides: list(node.strides ?? node.poolSize, rank),
        dilation: list(1, rank),
      };
  const { out, table } = places(sizes, own);
  const sets = table.flatMap((row) =>
    Array.from({ length: channels }, (_, c) => row.filter((at) => at >= 0).map((at) => at * channels + c)),
  );
  return pool(tape, x, sets, [...(isGlobal ? [] : out), channels], /max/i.test(node.kind));
}

/** One moment of a sequence. */
const step = (tape, x, t) =>
  gather(
    tape,
    x,
    Array.from({ length: x.shape[2] }, (_, i) => t * x.shape[2] + i),
    [x.shape[2]],
  );

/** Columns of a row. */
const columns = (tape, x, from, count) =>
  gather(
    tape,
    x,
    Array.from({ length: count }, (_, i) => from + i),
    [count],
  );
const through = (tape, x, name) => each(tape, x, ...ACTIVATIONS[name]);

/** x above 0, alpha x below, an alpha for each channel: alpha x + (1 - alpha) max(0, x). */
const prelu = (tape, x, alpha) => {
  const none = new Float64Array(alpha.length);
  const above = affine(
    tape,
    through(tape, x, 'relu'),
    alpha.map((a) => 1 - a),
    none,
  );
  return sum(tape, [affine(tape, x, alpha, none), above]);
};

function lstm(tape, x, { units }, { kernel, recurrentKernel, bias }) {
  const [batch, length, size] = x.shape;
  let h = tape.value([batch, units], new Float64Array(batch * units));
  let c = tape.value([batch, units], new Float64Array(batch * units));
  for (let t = 0; t < length; t++) {
    const sums = sum(tape, [
      times(tape, step(tape, x, t), kernel, size, 4 * units, [4 * units]),
      times(tape, h, recurrentKernel, units, 4 * units, [4 * units]),
    ]);
    const z = affine(tape, sums, new Float64Array(4 * units).fill(1), bias);
    const [i, f, g, o] = [0, 1, 2, 3].map((k) =>
      through(tape, columns(tape, z, k * units, units), k === 2 ? 'tanh' : 'hardSigmoid'),
    );
    c = sum(tape, [multiply(tape, f, c), multiply(tape, i, g)]);
    h = multiply(tape, o, through(tape, c, 'tanh'));
  }
  return h;
}

function gru(tape, x, { units }, { kernel, recurrentKernel, bias }) {
  const [batch, length, size] = x.shape;
  const part = (from, count) => {
    const w = new Float64Array(units * count);
    for (let r = 0; r < units; r++)
      for (let i = 0; i < count; i++) w[r * count + i] = recurrentKernel[r * 3 * units + from + i];
    return w;
  };
  const [gates, candidate] = [part(0, 2 * units), part(2 * units, units)];
  let h = tape.value([batch, units], new Float64Array(batch * units));
  for (let t = 0; t < length; t++) {
    const input = affine(
      tape,
      times(tape, step(tape, x, t), kernel, size, 3 * units, [3 * units]),
      new Float64Array(3 * units).fill(1),
      bias,
    );
    const state = times(tape, h, gates, units, 2 * units, [2 * units]);
    const both = sum(tape, [columns(tape, input, 0, 2 * units), state]);
    const [z, r] = [0, 1].map((k) => through(tape, columns(tape, both, k * units, units), 'hardSigmoid'));
    const inner = times(tape, multiply(tape, r, h), candidate, units, units, [units]);
    const next = through(tape, sum(tape, [columns(tape, input, 2 * units, units), inner]), 'tanh');
    h = sum(tape, [
      multiply(tape, z, h),
      multiply(
        tape,
        each(
          tape,
          z,
          (a) => 1 - a,
          () => -1,
        ),
        next,
      ),
    ]);
  }
  return h;
}

/** Shapes of the weights of a layer whose input has a shape, without the batch. */
export function weightsOf(node, shape) {
  const channels = shape.at(-1);
  const { kind, units, filters, useBias = true } = node;
  const withBias = (weights, size) => (useBias ? { ...weights, bias: [size] } : weights);
  const rank = shape.length - 1;
  const window = list(node.kernelSize, rank);
  switch (kind) {
    case 'dense':
      return withBias({ kernel: [channels, units] }, units);
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
      return withBias({ kernel: [...window, channels, filters] }, filters);
    case 'conv2dTranspose':
    case 'conv3dTranspose':
      return withBias({ kernel: [...window, filters, channels] }, filters);
    case 'depthwiseConv2d':
      return withBias(
        { depthwiseKernel: [...window, channels, node.depthMultiplier ?? 1] },
        channels * (node.depthMultiplier ?? 1),
      );
    case 'separableConv2d': {
      const middle = channels * (node.depthMultiplier ?? 1);
      return withBias(
        { depthwiseKernel: [...window, channels, node.depthMultiplier ?? 1], pointwiseKernel: [1, 1, middle, filters] },
        filters,
      );
    }
    case 'batchNormalization':
      return { gamma: [channels], beta: [channels], movingMean: [channels], movingVariance: [channels] };
    case 'prelu':
      return { alpha: [channels] };
    case 'layerNormalization':
      return { gamma: [channels], beta: [channels] };
    case 'embedding':
      return { embeddings: [node.inputDim, node.outputDim] };
    case 'lstm':
      return { kernel: [channels, 4 * units], recurrentKernel: [units, 4 * units], bias: [4 * units] };
    case 'gru':
      return { kernel: [channels, 3 * units], recurrentKernel: [units, 3 * units], bias: [3 * units] };
    default:
      return {};
  }
}

/** Inputs that an output of a kernel sums over. */
export function fanInOf(name, shape, kind) {
  if (name === 'depthwiseKernel') return product(shape.slice(0, -2));
  if (kind.endsWith('Transpose')) return product(shape.slice(0, -2)) * shape.at(-1);
  return product(shape.slice(0, -1));
}

const LINEAR = /^(dense|conv|depthwise|separable)/;

/**
 * The net on a batch.
 *
 * @param weightFor - gives the values of a weight: (name of the layer, name of the weight, shape, node)
 * @returns the outputs; each linear layer's sums at its first call; the values at which small changes are counted anew
 */
export function run(tape, net, inputs, weightFor) {
  const sites = new Map();
  const origins = new Set();
  const cache = new Map();
  const weights = (node, x) => {
    const key = node.of ?? node.id;
    if (!cache.has(key))
      cache.set(
        key,
        Object.fromEntries(
          Object.entries(weightsOf(node, x.shape.slice(1))).map(([name, shape]) => [
            name,
            weightFor(key, name, shape, node),
          ]),
        ),
      );
    return cache.get(key);
  };
  const layers = new Map();
  const one = (given, from) => {
    const node = given.of ? { ...layers.get(given.of), ...given, kind: layers.get(given.of).kind } : given;
    layers.set(given.id, node);
    const [x] = from;
    const w = weights(node, x);
    if (LINEAR.test(node.kind)) {
      let z;
      const rank = x.shape.length - 2;
      if (node.kind === 'dense')
        z = times(tape, x, w.kernel, x.shape.at(-1), node.units, [...x.shape.slice(1, -1), node.units]);
      else if (node.kind.endsWith('Transpose')) z = transposed(tape, x, node, w.kernel, rank);
      // TensorFlow.js 4.22 leaves its dilation out.
      else if (node.kind === 'depthwiseConv2d') z = depthwise(tape, x, { ...node, dilationRate: 1 }, w.depthwiseKernel);
      else if (node.kind === 'separableConv2d') {
        const middle = depthwise(tape, x, node, w.depthwiseKernel);
        z = times(tape, middle, w.pointwiseKernel, middle.shape.at(-1), node.filters, [
          ...middle.shape.slice(1, -1),
          node.filters,
        ]);
      } else z = convolution(tape, x, node, w.kernel, rank);
      if (w.bias) z = affine(tape, z, new Float64Array(w.bias.length).fill(1), w.bias);
      const key = node.of ?? node.id;
      if (!sites.has(key)) sites.set(key, z);
      origins.add(z);
      return node.activation ? through(tape, z, node.activation) : z;
    }
    switch (node.kind) {
      case 'activation':
        return through(tape, x, node.activation);
      case 'leakyReLU':
        return through(tape, x, 'leakyRelu');
      case 'prelu':
        return prelu(tape, x, w.alpha);
      case 'reLU':
        return through(tape, x, 'relu');
      case 'dropout':
      case 'gaussianNoise':
        return reshape(tape, x, x.shape.slice(1));
      case 'flatten':
        return reshape(tape, x, [x.v.length / x.shape[0]]);
      case 'reshape':
        return reshape(tape, x, node.targetShape);
      case 'permute': {
        const shape = x.shape.slice(1);
        const to = node.dims.map((d) => shape[d - 1]);
        const index = tuples(to).map((t) => {
          const at = [];
          for (const [i, d] of node.dims.entries()) at[d - 1] = t[i];
          return at.reduce((sum, a, i) => sum * shape[i] + a, 0);
        });
        return gather(tape, x, index, to);
      }
      case 'zeroPadding2d': {
        const [[top, bottom], [left, right]] = node.padding;
        const [, h, width, c] = x.shape;
        const to = [h + top + bottom, width + left + right, c];
        const index = tuples(to).map(([i, j, k]) =>
          i < top || i >= top + h || j < left || j >= left + width ? -1 : ((i - top) * width + j - left) * c + k,
        );
        return gather(tape, x, index, to);
      }
      case 'upSampling2d': {
        const [, h, width, c] = x.shape;
        const [a, b] = node.size;
        const index = tuples([h * a, width * b, c]).map(
          ([i, j, k]) => (Math.floor(i / a) * width + Math.floor(j / b)) * c + k,
        );
        return gather(tape, x, index, [h * a, width * b, c]);
      }
      case 'batchNormalization': {
        const factor = w.gamma.map((g, i) => g / Math.sqrt(w.movingVariance[i] + 1e-3));
        return affine(
          tape,
          x,
          factor,
          w.beta.map((b, i) => b - factor[i] * w.movingMean[i]),
        );
      }
      case 'layerNormalization':
        return affine(tape, normalize(tape, x, 1e-3), w.gamma, w.beta);
      case 'embedding': {
        const v = new Float64Array(x.v.length * node.outputDim);
        for (let i = 0; i < x.v.length; i++)
          for (let k = 0; k < node.outputDim; k++)
            v[i * node.outputDim + k] = w.embeddings[x.v[i] * node.outputDim + k];
        return tape.value([...x.shape, node.outputDim], v);
      }
      case 'lstm':
        return lstm(tape, x, node, w);
      case 'gru':
        return gru(tape, x, node, w);
      case 'add':
      case 'average': {
        const y = sum(tape, from, node.kind === 'add' ? 1 : 1 / from.length);
        origins.add(y);
        return y;
      }
      case 'multiply':
        return multiply(tape, ...from);
      case 'concatenate':
        return concat(tape, from);
      case 'model': {
        const inner = new Map([['in', x]]);
        for (const child of node.nodes)
          inner.set(
            child.id,
            one(
              child,
              child.from.map((id) => inner.get(id)),
            ),
          );
        return inner.get(node.nodes.at(-1).id);
      }
      default:
        return pooling(tape, x, node);
    }
  };
  const values = new Map(inputs.map((x, i) => [`x${i}`, x]));
  for (const node of net.nodes)
    values.set(
      node.id,
      one(
        node,
        node.from.map((id) => values.get(id)),
      ),
    );
  return { outputs: (net.outputs ?? [net.nodes.at(-1).id]).map((id) => values.get(id)), sites, origins };
}
