import * as tf from '@tensorflow/tfjs';
import { allowBackend, maxAbsDifference, valuesOf } from '@weightkit/testing';

/** One use of stock kernels: what goes in, and what is computed. */
export interface KernelCase {
  /** The op and what is odd about this use of it. */
  readonly name: string;
  /** Fresh inputs; the gradient is taken for those of float32. */
  readonly inputs: () => tf.Tensor[];
  /** Computes the output. */
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** Whether the gradient is compared too. @defaultValue true */
  readonly grad?: boolean;
  /** Whether the output has kinks at the inputs (ties), where finite differences say nothing. @defaultValue false */
  readonly kinks?: boolean;
}

/** Numbers in (−2, 2) on a grid of 1/64, all different for up to 250 entries, negative ones among them. */
export function ramp(shape: number[], seed = 1): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const values = Float32Array.from({ length: size }, (_, i) => (((i + seed) * 97 + seed * 31) % 251) / 64 - 1.96875);
  return tf.tensor(values, shape);
}

const negative = (shape: number[], seed = 1): tf.Tensor => tf.tidy(() => tf.sub(ramp(shape, seed), 2));
const positive = (shape: number[], seed = 1): tf.Tensor => tf.tidy(() => tf.add(ramp(shape, seed), 2.5));
const ties = (shape: number[]): tf.Tensor => tf.tidy(() => tf.sub(tf.round(ramp(shape)), 3));

type Pad = 'same' | 'valid' | number;

function pools(): KernelCase[] {
  const cases: KernelCase[] = [];
  const windows: [number | [number, number], number | [number, number], Pad][] = [
    [2, 2, 'valid'],
    [3, 1, 'same'],
    [3, 2, 'same'],
    [[2, 3], [3, 1], 'same'],
    [[3, 1], [1, 2], 'valid'],
    [3, 2, 1],
  ];
  for (const [size, strides, pad] of windows)
    for (const [kind, of] of Object.entries({ mixed: ramp, negative })) {
      const say = `${size}/${strides} ${pad} ${kind}`;
      cases.push(
        {
          name: `maxPool ${say}`,
          inputs: () => [of([2, 7, 5, 3])],
          run: (x) => tf.maxPool(x as tf.Tensor4D, size, strides, pad),
        },
        {
          name: `avgPool ${say}`,
          inputs: () => [of([2, 7, 5, 3])],
          run: (x) => tf.avgPool(x as tf.Tensor4D, size, strides, pad),
        },
      );
    }
  cases.push({
    name: 'maxPool 3/2 same ties',
    inputs: () => [ties([2, 7, 5, 3])],
    run: (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'),
    kinks: true,
  });
  const dilated: ['avg' | 'max', Pad][] = [
    ['avg', 'same'],
    ['max', 'same'],
    ['avg', 'valid'],
    ['max', 'valid'],
  ];
  for (const [kind, pad] of dilated)
    cases.push({
      name: `pool ${kind} dilated ${pad}`,
      inputs: () => [negative([2, 7, 6, 2])],
      run: (x) => tf.pool(x as tf.Tensor4D, [2, 2], kind, pad, [2, 2], [1, 1]),
    });
  const volumes: [number | [number, number, number], number | [number, number, number], Pad][] = [
    [2, 2, 'valid'],
    [3, 2, 'same'],
    [[1, 2, 3], [1, 2, 1], 'same'],
    [2, 1, 'same'],
  ];
  for (const [size, strides, pad] of volumes)
    for (const [kind, of] of Object.entries({ mixed: ramp, negative })) {
      const say = `${size}/${strides} ${pad} ${kind}`;
      const inputs = () => [of([1, 4, 5, 3, 2])];
      cases.push(
        { name: `maxPool3d ${say}`, inputs, run: (x) => tf.maxPool3d(x as tf.Tensor5D, size, strides, pad) },
        { name: `avgPool3d ${say}`, inputs, run: (x) => tf.avgPool3d(x as tf.Tensor5D, size, strides, pad) },
      );
    }
  return cases;
}

function convolutions(): KernelCase[] {
  const cases: KernelCase[] = [];
  const kinds: [number | [number, number], Pad, number][] = [
    [1, 'same', 1],
    [2, 'same', 1],
    [[1, 2], 'valid', 1],
    [[3, 2], 'same', 1],
    [1, 'valid', 2],
    [2, 1, 1],
  ];
  for (const [strides, pad, dilation] of kinds) {
    const say = `/${strides} ${pad} dilation ${dilation}`;
    cases.push(
      {
        name: `conv2d ${say}`,
        inputs: () => [ramp([2, 7, 5, 3]), ramp([3, 2, 3, 4], 5)],
        run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad, 'NHWC', dilation),
        grad: dilation === 1,
      },
      {
        name: `depthwiseConv2d ${say}`,
        inputs: () => [ramp([2, 7, 5, 3]), ramp([3, 2, 3, 2], 5)],
        run: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad, 'NHWC', dilation),
      },
    );
  }
  cases.push(
    {
      name: 'conv2d 1x1',
      inputs: () => [ramp([2, 4, 3, 5]), ramp([1, 1, 5, 3], 5)],
      run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid'),
    },
    {
      name: 'conv2d 1x1 stride 2 same',
      inputs: () => [ramp([2, 5, 3, 5]), ramp([1, 1, 5, 3], 5)],
      run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'),
    },
    {
      name: 'depthwiseConv2d multiplier 1, stride 1 same, 5x5 kernel',
      inputs: () => [ramp([1, 6, 5, 4]), ramp([5, 5, 4, 1], 5)],
      run: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    },
    {
      name: 'separableConv2d multiplier 2',
      inputs: () => [ramp([1, 6, 5, 2]), ramp([3, 3, 2, 2], 5), ramp([1, 1, 4, 3], 9)],
      run: (x, d, p) => tf.separableConv2d(x as tf.Tensor4D, d as tf.Tensor4D, p as tf.Tensor4D, 2, 'same'),
    },
  );
  for (const [stride, pad, dilation] of [
    [1, 'same', 1],
    [2, 'valid', 1],
    [1, 'valid', 2],
    [3, 'same', 1],
  ] as const)
    cases.push({
      name: `conv1d /${stride} ${pad} dilation ${dilation}`,
      inputs: () => [ramp([2, 9, 3]), ramp([3, 3, 2], 5)],
      run: (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, stride, pad, 'NWC', dilation),
      grad: dilation === 1,
    });
  for (const [strides, pad, out] of [
    [1, 'same', [2, 4, 3, 4]],
    [2, 'same', [2, 8, 6, 4]],
    [2, 'same', [2, 7, 5, 4]],
    [[2, 1], 'valid', [2, 9, 4, 4]],
    [[1, 3], 'valid', [2, 6, 9, 4]],
  ] as [number | [number, number], 'same' | 'valid', [number, number, number, number]][])
    cases.push({
      name: `conv2dTranspose /${strides} ${pad} to ${out}`,
      inputs: () => [
        ramp([2, 4, 3, 3]),
        ramp([3, pad === 'valid' && Array.isArray(strides) && strides[1] === 1 ? 2 : 3, 4, 3], 5),
      ],
      run: (x, w) => tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, out, strides, pad),
    });
  for (const [strides, pad] of [
    [1, 'same'],
    [2, 'same'],
    [[1, 2, 1], 'valid'],
    [[2, 1, 3], 'same'],
    [1, 'valid'],
  ] as [number | [number, number, number], 'same' | 'valid'][]) {
    cases.push({
      name: `conv3d /${strides} ${pad}`,
      inputs: () => [ramp([2, 4, 5, 3, 2]), ramp([2, 3, 2, 2, 3], 5)],
      run: (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, strides, pad),
    });
    const [a, b, c] = Array.isArray(strides) ? strides : [strides, strides, strides];
    const out = (size: number, stride: number, k: number) => (pad === 'same' ? size * stride : (size - 1) * stride + k);
    cases.push({
      name: `conv3dTranspose /${strides} ${pad}`,
      inputs: () => [ramp([2, 2, 3, 2, 3]), ramp([2, 3, 2, 2, 3], 5)],
      run: (x, w) =>
        tf.conv3dTranspose(
          x as tf.Tensor5D,
          w as tf.Tensor5D,
          [2, out(2, a, 2), out(3, b, 3), out(2, c, 2), 2],
          strides,
          pad,
        ),
    });
  }
  cases.push({
    name: 'dilation2d /2 same',
    inputs: () => [ramp([1, 5, 4, 2]), ramp([2, 3, 2], 5)],
    run: (x, w) => tf.dilation2d(x as tf.Tensor4D, w as tf.Tensor3D, 2, 'same'),
  });
  return cases;
}

function normalizations(): KernelCase[] {
  return [
    {
      name: 'batchNorm 4d',
      inputs: () => [ramp([2, 3, 4, 3]), ramp([3], 3), positive([3], 7), ramp([3], 11), ramp([3], 13)],
      run: (x, mean, variance, offset, scale) =>
        tf.batchNorm(
          x,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        ),
    },
    {
      name: 'batchNorm 2d without scale',
      inputs: () => [ramp([5, 3]), ramp([3], 3), positive([3], 7)],
      run: (x, mean, variance) =>
        tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, undefined, undefined, 1e-3),
    },
    {
      name: 'moments [0, 2]',
      inputs: () => [ramp([3, 4, 5])],
      run: (x) => {
        const { mean, variance } = tf.moments(x, [0, 2]);
        return tf.stack([mean, variance]);
      },
    },
    ...[
      [2, 1, 0.5, 0.75],
      [1, 2, 0.3, 0.5],
      [5, 1, 1, 1],
    ].map(
      ([radius, bias, alpha, beta]): KernelCase => ({
        name: `localResponseNormalization ${radius}, ${bias}, ${alpha}, ${beta}`,
        inputs: () => [ramp([1, 2, 3, 5])],
        run: (x) => tf.localResponseNormalization(x as tf.Tensor4D, radius, bias, alpha, beta),
      }),
    ),
    ...[-1, 1].map(
      (axis): KernelCase => ({
        name: `softmax ${axis}`,
        inputs: () => [ramp([3, 4, 5])],
        run: (x) => (axis === -1 ? tf.softmax(x) : tf.transpose(tf.softmax(tf.transpose(x, [0, 2, 1])), [0, 2, 1])),
      }),
    ),
    { name: 'logSoftmax', inputs: () => [ramp([3, 5])], run: (x) => tf.logSoftmax(x) },
    { name: 'logSumExp', inputs: () => [ramp([3, 5, 2])], run: (x) => tf.logSumExp(x, 1) },
    {
      name: 'softmaxCrossEntropy',
      inputs: () => [
        tf.tensor2d(
          [
            [0, 1, 0],
            [1, 0, 0],
          ],
          [2, 3],
          'int32',
        ),
        ramp([2, 3]),
      ],
      run: (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits),
    },
    { name: 'euclideanNorm', inputs: () => [ramp([3, 4])], run: (x) => tf.norm(x, 'euclidean', 1) },
  ];
}

const ELEMENTWISE: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  abs: tf.abs,
  atan: tf.atan,
  asinh: tf.asinh,
  cos: tf.cos,
  cosh: tf.cosh,
  elu: tf.elu,
  erf: tf.erf,
  exp: tf.exp,
  expm1: tf.expm1,
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  logSigmoid: tf.logSigmoid,
  neg: tf.neg,
  relu: tf.relu,
  relu6: (x) => tf.relu6(tf.mul(x, 4)),
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  sin: tf.sin,
  sinh: tf.sinh,
  softplus: tf.softplus,
  square: tf.square,
  step: (x) => tf.step(x, 0.3),
  tan: (x) => tf.tan(tf.mul(x, 0.5)),
  tanh: tf.tanh,
  clip: (x) => tf.clipByValue(x, -1.01, 0.51),
  mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
};
const POSITIVE: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  acosh: (x) => tf.acosh(tf.add(x, 1)),
  asin: (x) => tf.asin(tf.div(x, 6)),
  acos: (x) => tf.acos(tf.div(x, 6)),
  atanh: (x) => tf.atanh(tf.div(x, 6)),
  log: tf.log,
  log1p: tf.log1p,
  reciprocal: tf.reciprocal,
  rsqrt: tf.rsqrt,
  sqrt: tf.sqrt,
  pow: (x) => tf.pow(x, 1.5),
};
const ROUNDING: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  ceil: tf.ceil,
  floor: tf.floor,
  round: tf.round,
  sign: tf.sign,
  roundHalves: (x) => tf.round(tf.div(tf.round(tf.mul(x, 4)), 2)),
};

function elementwise(): KernelCase[] {
  const shape = [3, 5, 3];
  return [
    ...Object.entries(ELEMENTWISE).map(([name, run]) => ({ name, inputs: () => [ramp(shape)], run })),
    ...Object.entries(POSITIVE).map(([name, run]) => ({ name, inputs: () => [positive(shape)], run })),
    ...Object.entries(ROUNDING).map(([name, run]) => ({ name, inputs: () => [ramp(shape)], run, kinks: true })),
    { name: 'prelu', inputs: () => [ramp(shape), ramp([3], 5)], run: (x, a) => tf.prelu(x, a) },
    { name: 'prelu by channel and row', inputs: () => [ramp(shape), ramp([5, 1], 5)], run: (x, a) => tf.prelu(x, a) },
  ];
}

const BINARY: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  add: tf.add,
  atan2: tf.atan2,
  div: (a, b) => tf.div(a, tf.add(b, 4)),
  divNoNan: (a, b) => tf.divNoNan(a, tf.add(b, 4)),
  maximum: tf.maximum,
  minimum: tf.minimum,
  mod: (a, b) => tf.mod(a, tf.add(b, 4.01)),
  mul: tf.mul,
  pow: (a, b) => tf.pow(tf.add(a, 3), b),
  squaredDifference: tf.squaredDifference,
  sub: tf.sub,
};

function binary(): KernelCase[] {
  const shapes: [number[], number[]][] = [
    [
      [3, 5],
      [3, 5],
    ],
    [[3, 5], [5]],
    [
      [3, 5],
      [3, 1],
    ],
    [
      [2, 1, 4],
      [3, 1],
    ],
    [[], [4]],
  ];
  return Object.entries(BINARY).flatMap(([name, run]) =>
    shapes.map(([a, b]): KernelCase => ({ name: `${name} [${a}] [${b}]`, inputs: () => [ramp(a), ramp(b, 5)], run })),
  );
}

function reductions(): KernelCase[] {
  const ops: Record<string, (x: tf.Tensor, axis?: number | number[], keep?: boolean) => tf.Tensor> = {
    max: tf.max,
    mean: tf.mean,
    min: tf.min,
    prod: tf.prod,
    sum: tf.sum,
  };
  const cases = Object.entries(ops).flatMap(([name, op]) =>
    [undefined, 0, 1, -1, [0, 2], [1, 2]].map(
      (axis): KernelCase => ({
        name: `${name} ${axis ?? 'all'}`,
        inputs: () => [name === 'prod' ? ramp([2, 3, 2]) : ramp([3, 4, 5])],
        run: (x) => op(x, axis),
      }),
    ),
  );
  for (const [name, op] of Object.entries({ max: tf.max, min: tf.min }))
    cases.push({ name: `${name} of ties`, inputs: () => [ties([3, 7])], run: (x) => op(x, 1), kinks: true });
  for (const axis of [0, 1, 2])
    for (const exclusive of [false, true])
      for (const reverse of [false, true])
        cases.push({
          name: `cumsum ${axis} ${exclusive} ${reverse}`,
          inputs: () => [ramp([3, 4, 2])],
          run: (x) => tf.cumsum(x, axis, exclusive, reverse),
        });
  for (const exclusive of [false, true])
    cases.push({
      name: `cumprod ${exclusive}`,
      inputs: () => [ramp([3, 4])],
      run: (x) => tf.cumprod(x, 1, exclusive, true),
      grad: false,
    });
  for (const [name, op] of Object.entries({ argMax: tf.argMax, argMin: tf.argMin }))
    for (const axis of [0, 1, 2])
      cases.push({
        name: `${name} ${axis}`,
        inputs: () => [ties([3, 4, 5])],
        run: (x) => op(x, axis),
        grad: false,
      });
  for (const [name, op] of Object.entries({ all: tf.all, any: tf.any }))
    cases.push({
      name,
      inputs: () => [tf.tensor2d([1, 0, 1, 1, 0, 0], [3, 2], 'bool')],
      run: (x) => tf.cast(op(x, 1), 'float32'),
      grad: false,
    });
  cases.push({ name: 'topk', inputs: () => [ramp([3, 7])], run: (x) => tf.topk(x, 3).values, grad: false });
  return cases;
}

function images(): KernelCase[] {
  const cases: KernelCase[] = [];
  for (const size of [
    [7, 9],
    [2, 3],
    [4, 10],
    [1, 1],
    [5, 4],
  ] as [number, number][])
    for (const [align, half] of [
      [false, false],
      [true, false],
      [false, true],
    ] as [boolean, boolean][])
      for (const name of ['resizeBilinear', 'resizeNearestNeighbor'] as const)
        cases.push({
          name: `${name} 5x4 to ${size}${align ? ' align' : ''}${half ? ' half' : ''}`,
          inputs: () => [ramp([2, 5, 4, 3])],
          run: (x) => tf.image[name](x as tf.Tensor4D, size, align, half),
        });
  for (const method of ['bilinear', 'nearest'] as const)
    cases.push({
      name: `cropAndResize ${method}`,
      inputs: () => [ramp([2, 5, 4, 3])],
      run: (x) => {
        const boxes = tf.tensor2d([
          [0.1, 0.2, 0.8, 0.9],
          [0, 0, 1, 1],
          [0.9, 0.1, 0.2, 1.3],
        ]);
        return tf.image.cropAndResize(x as tf.Tensor4D, boxes, tf.tensor1d([0, 1, 1], 'int32'), [3, 4], method, 0.5);
      },
      grad: false,
    });
  cases.push(
    {
      name: 'depthToSpace',
      inputs: () => [ramp([2, 2, 3, 8])],
      run: (x) => tf.depthToSpace(x as tf.Tensor4D, 2, 'NHWC'),
      grad: false,
    },
    {
      name: 'flipLeftRight',
      inputs: () => [ramp([2, 2, 3, 3])],
      run: (x) => tf.image.flipLeftRight(x as tf.Tensor4D),
      grad: false,
    },
  );
  return cases;
}

function shuffles(): KernelCase[] {
  const index = (values: number[], shape = [values.length]) => tf.tensor(values, shape, 'int32');
  return [
    ...[0, 1, 2].map(
      (axis): KernelCase => ({
        name: `gather axis ${axis}`,
        inputs: () => [ramp([3, 4, 3])],
        run: (x) => tf.gather(x, index([2, 0, 2, 1]) as tf.Tensor1D, axis),
      }),
    ),
    {
      name: 'gather 2d indices',
      inputs: () => [ramp([5, 3])],
      run: (x) => tf.gather(x, index([4, 0, 4, 1, 1, 2], [2, 3]) as tf.Tensor2D),
    },
    {
      name: 'gather batchDims',
      inputs: () => [ramp([2, 4, 3])],
      run: (x) => tf.gather(x, index([3, 0, 1, 1], [2, 2]) as tf.Tensor2D, 1, 1),
      grad: false,
    },
    {
      name: 'gatherND',
      inputs: () => [ramp([3, 4, 2])],
      run: (x) => tf.gatherND(x, index([2, 1, 0, 3], [2, 2])),
      grad: false,
    },
    {
      name: 'scatterND',
      inputs: () => [ramp([4, 2])],
      run: (x) => tf.scatterND(index([1, 3, 1, 0], [4, 1]), x, [5, 2]),
      grad: false,
    },
    {
      name: 'unsortedSegmentSum',
      inputs: () => [ramp([5, 2])],
      run: (x) => tf.unsortedSegmentSum(x, index([2, 0, 2, 1, 2]) as tf.Tensor1D, 4),
    },
    { name: 'oneHot', inputs: () => [index([2, 0, 3])], run: (x) => tf.cast(tf.oneHot(x, 4), 'float32'), grad: false },
    {
      name: 'pad',
      inputs: () => [ramp([2, 3, 2])],
      run: (x) =>
        tf.pad(
          x,
          [
            [1, 0],
            [2, 1],
            [0, 3],
          ],
          1.5,
        ),
    },
    ...(['reflect', 'symmetric'] as const).map(
      (mode): KernelCase => ({
        name: `mirrorPad ${mode}`,
        inputs: () => [ramp([2, 3, 2])],
        run: (x) =>
          tf.mirrorPad(
            x,
            [
              [0, 1],
              [2, 1],
              [0, 0],
            ],
            mode,
          ),
        grad: false,
      }),
    ),
    { name: 'slice', inputs: () => [ramp([3, 4, 5])], run: (x) => tf.slice(x, [1, 0, 2], [2, 3, 2]) },
    {
      name: 'stridedSlice',
      inputs: () => [ramp([5, 6])],
      run: (x) => tf.stridedSlice(x, [4, 1], [0, 6], [-2, 2]),
      grad: false,
    },
    { name: 'concat', inputs: () => [ramp([2, 3, 2]), ramp([2, 1, 2], 5)], run: (a, b) => tf.concat([a, b], 1) },
    { name: 'split', inputs: () => [ramp([2, 7])], run: (x) => tf.mul(tf.split(x, [2, 4, 1], 1)[1]!, 2) },
    { name: 'stack', inputs: () => [ramp([2, 3]), ramp([2, 3], 5)], run: (a, b) => tf.stack([a, b], 1) },
    { name: 'unstack', inputs: () => [ramp([2, 3, 2])], run: (x) => tf.unstack(x, 1)[2]! },
    { name: 'reverse', inputs: () => [ramp([2, 3, 4])], run: (x) => tf.reverse(x, [0, 2]) },
    { name: 'tile', inputs: () => [ramp([2, 3])], run: (x) => tf.tile(x, [3, 2]) },
    { name: 'transpose', inputs: () => [ramp([2, 3, 4])], run: (x) => tf.transpose(x, [2, 0, 1]) },
    { name: 'transpose 5d', inputs: () => [ramp([2, 3, 2, 2, 3])], run: (x) => tf.transpose(x, [3, 0, 4, 1, 2]) },
    {
      name: 'where',
      inputs: () => [ramp([3, 4]), ramp([3, 4], 5)],
      run: (a, b) => tf.where(tf.tensor2d([1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0], [3, 4], 'bool'), a, b),
    },
    {
      name: 'batchToSpaceND',
      inputs: () => [ramp([4, 2, 3, 2])],
      run: (x) =>
        tf.batchToSpaceND(
          x,
          [2, 2],
          [
            [0, 1],
            [1, 0],
          ],
        ),
    },
    {
      name: 'spaceToBatchND',
      inputs: () => [ramp([2, 3, 3, 2])],
      run: (x) =>
        tf.spaceToBatchND(
          x,
          [2, 2],
          [
            [0, 1],
            [1, 0],
          ],
        ),
    },
    { name: 'broadcastTo', inputs: () => [ramp([3, 1, 2])], run: (x) => tf.broadcastTo(x, [2, 3, 4, 2]) },
    { name: 'expandDims', inputs: () => [ramp([3, 2])], run: (x) => tf.expandDims(x, 1) },
    { name: 'linspace', inputs: () => [], run: () => tf.linspace(-1, 2, 7), grad: false },
  ];
}

function products(): KernelCase[] {
  const cases: KernelCase[] = [];
  for (const a of [false, true])
    for (const b of [false, true])
      cases.push(
        {
          name: `matMul ${a} ${b}`,
          inputs: () => [ramp(a ? [5, 3] : [3, 5]), ramp(b ? [4, 5] : [5, 4], 5)],
          run: (x, y) => tf.matMul(x, y, a, b),
        },
        {
          name: `matMul batched ${a} ${b}`,
          inputs: () => [ramp(a ? [2, 5, 3] : [2, 3, 5]), ramp(b ? [2, 4, 5] : [2, 5, 4], 5)],
          run: (x, y) => tf.matMul(x, y, a, b),
        },
      );
  cases.push(
    {
      name: 'matMul of one row, long',
      inputs: () => [ramp([1, 70]), ramp([70, 3], 5)],
      run: (x, y) => tf.matMul(x, y),
    },
    {
      name: 'matMul batch broadcast',
      inputs: () => [ramp([2, 3, 5]), ramp([1, 5, 4], 5)],
      run: (x, y) => tf.matMul(x, y),
      grad: false,
    },
    { name: 'dot', inputs: () => [ramp([6]), ramp([6, 3], 5)], run: (x, y) => tf.dot(x, y) },
    {
      name: 'outerProduct',
      inputs: () => [ramp([3]), ramp([4], 5)],
      run: (x, y) => tf.outerProduct(x as tf.Tensor1D, y as tf.Tensor1D),
    },
    {
      name: 'einsum',
      inputs: () => [ramp([3, 4]), ramp([4, 5], 5)],
      run: (x, y) => tf.einsum('ij,jk->ki', x, y),
      grad: false,
    },
  );
  for (const activation of ['relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'linear'] as const)
    cases.push(
      {
        name: `fused.matMul ${activation}`,
        inputs: () => [ramp([3, 5]), ramp([5, 4], 5), ramp([4], 9)],
        run: (a, b, bias) => tf.fused.matMul({ a, b, bias, activation, leakyreluAlpha: 0.3 }),
        grad: ['relu', 'linear'].includes(activation),
      },
      {
        name: `fused.conv2d ${activation}`,
        inputs: () => [ramp([1, 5, 4, 3]), ramp([3, 2, 3, 4], 5), ramp([4], 9)],
        run: (x, filter, bias) =>
          tf.fused.conv2d({
            x: x as tf.Tensor4D,
            filter: filter as tf.Tensor4D,
            bias,
            activation,
            strides: 2,
            pad: 'same',
            leakyreluAlpha: 0.3,
          }),
        grad: ['relu', 'linear'].includes(activation),
      },
      {
        name: `fused.depthwiseConv2d ${activation}`,
        inputs: () => [ramp([1, 5, 4, 3]), ramp([3, 2, 3, 2], 5), ramp([6], 9)],
        run: (x, filter, bias) =>
          tf.fused.depthwiseConv2d({
            x: x as tf.Tensor4D,
            filter: filter as tf.Tensor4D,
            bias,
            activation,
            strides: 1,
            pad: 'same',
            leakyreluAlpha: 0.3,
          }),
        grad: ['relu', 'linear'].includes(activation),
      },
    );
  return cases;
}

/** Every kernel that stock layers and their gradients use, in odd shapes, strides, pads, signs and ties. */
export const KERNEL_CASES: readonly KernelCase[] = [
  ...pools(),
  ...convolutions(),
  ...normalizations(),
  ...elementwise(),
  ...binary(),
  ...reductions(),
  ...images(),
  ...shuffles(),
  ...products(),
];

/** What a case gives on the current backend: its output and its gradients, or why it has none. */
export interface CaseResult {
  readonly value: Float32Array | string;
  readonly grads: (Float32Array | null)[] | string;
}

const reason = (error: unknown): string => (error as Error).message.split('\n')[0]!;

/** Runs a case on the current backend: its value, and the gradients of Σ w y, where w is a ramp. */
export async function runCase({ inputs, run, grad = true }: KernelCase): Promise<CaseResult> {
  const xs = inputs();
  let value: CaseResult['value'];
  let grads: CaseResult['grads'] = [];
  try {
    value = await valuesOf(tf.tidy(() => run(...xs)));
  } catch (error) {
    value = reason(error);
  }
  if (grad && typeof value !== 'string') {
    const floats = xs.map((x) => x.dtype === 'float32');
    const weighted = (...free: tf.Tensor[]) => {
      let next = 0;
      const y = run(...xs.map((x, i) => (floats[i] ? free[next++]! : x)));
      return tf.sum(tf.mul(y, ramp(y.shape, 17)));
    };
    try {
      const found = tf.tidy(() => tf.grads(weighted)(xs.filter((_, i) => floats[i])));
      grads = await Promise.all(found.map((g) => (g ? valuesOf(g) : null)));
    } catch (error) {
      grads = reason(error);
    }
  }
  tf.dispose(xs);
  return { value, grads };
}

/** Entries of a gradient, and what finite differences make of them. */
export type Differences = [entry: number, slope: number][];

/**
 * Central differences of Σ w y, for at most `most` entries of each float32 input. The step of 1/512 keeps the inputs exact in
 * float32, and stays clear of the kinks, whose grid is 1/64.
 */
export async function differences({ inputs, run }: KernelCase, most: number): Promise<Differences[]> {
  const h = 1 / 512;
  const xs = inputs();
  const total = async (changed: number, values: Float32Array) => {
    const y = tf.tidy(() => run(...xs.map((x, i) => (i === changed ? tf.tensor(values, x.shape) : x))));
    const weights = await valuesOf(ramp(y.shape, 17));
    return (await valuesOf(y)).reduce((sum, value, i) => sum + value * weights[i]!, 0);
  };
  const result: Differences[] = [];
  for (const [k, x] of xs.entries()) {
    if (x.dtype !== 'float32') continue;
    const values = (await x.data()) as Float32Array;
    const list: Differences = [];
    for (let entry = 0; entry < values.length; entry += Math.max(1, Math.ceil(values.length / most))) {
      const [up, down] = [Float32Array.from(values), Float32Array.from(values)];
      up[entry]! += h;
      down[entry]! -= h;
      list.push([entry, ((await total(k, up)) - (await total(k, down))) / (2 * h)]);
    }
    result.push(list);
  }
  tf.dispose(xs);
  return result;
}

/** Runs `body` on the cpu backend, from whichever is current. */
export async function onCpu<T>(body: () => Promise<T>): Promise<T> {
  const name = tf.getBackend();
  let result: T | undefined;
  await allowBackend('cpu', async () => {
    await tf.setBackend('cpu');
    try {
      result = await body();
    } finally {
      await tf.setBackend(name);
    }
  });
  return result as T;
}

/** How far `got` is from `expected`, relative to the largest of `expected`; infinite where one is NaN or the lengths differ. */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  const d = got.length === expected.length ? maxAbsDifference(got, expected) : Number.NaN;
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-2);
  return Number.isNaN(d) ? Number.POSITIVE_INFINITY : d / scale;
}

/**
 * What is not right in a case on the current backend: where its output is not that of the cpu backend, or a gradient not that
 * of finite differences. The tolerances: outputs are sums of up to 100 products in float32, good to 1e-5 of the largest, and
 * transcendental functions of a GPU to some 1e-5; a difference carries the rounding of float32 outputs, 1e-7 × 3 over 2 h = 8e-5
 * an output, and the curvature, h² / 6 = 6e-7 times the third derivative, together below 1 % of the largest.
 */
export async function faultsOf(one: KernelCase, entries: number): Promise<string[]> {
  const { grad = true, kinks = false } = one;
  let own: CaseResult | undefined;
  await allowBackend('cpu', async () => {
    own = await runCase(one);
  });
  const { value, grads } = own!;
  if (typeof value === 'string') return [value];
  const faults: string[] = [];
  const reference = await onCpu(() => runCase({ ...one, grad: grad && kinks }));
  if (typeof reference.value === 'string') return [`on cpu: ${reference.value}`];
  if (relativeError(value, reference.value) > 1e-4) faults.push('value');
  if (!grad) return faults;
  if (typeof grads === 'string') return [...faults, grads];
  if (kinks) {
    for (const [i, expected] of (reference.grads as Float32Array[]).entries())
      if (relativeError(grads[i]!, expected) > 1e-4) faults.push(`gradient ${i}`);
    return faults;
  }
  for (const [i, slopes] of (await onCpu(() => differences(one, entries))).entries()) {
    const got = slopes.map(([entry]) => grads[i]?.[entry] ?? Number.NaN);
    const expected = slopes.map(([, slope]) => slope);
    if (relativeError(got, expected) > 1e-2) faults.push(`gradient ${i}`);
  }
  return faults;
}
