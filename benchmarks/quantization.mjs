// Quantization against torch, numpy, TensorFlow.js's operations on wasm, and copying as many bytes. `goals` are ratios.
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {
  affineCodes,
  blockExtents,
  extent,
  fillNormal,
  integerCodes,
  integerValues,
  matrixProduct,
  packCodes,
  pieceBuffer,
  randomKey,
  unpackCodes,
} from '@weightkit/numerics';
import { dequantize, dequantizeValues, gptqValues, quantize, quantizeValues } from '@weightkit/quantization';
import { numpyRunner, pythonRunner } from './python.mjs';

const [ROWS, COLS, GROUP] = [2500, 4000, 128];
const N = ROWS * COLS;
const x = fillNormal(new Float32Array(N), randomKey(0));
const GROUPED = [N / GROUP, GROUP];

/** Two buffers in the memory of our kernels: data that lies there is not copied. */
const [data, made, decoded] = [pieceBuffer(), pieceBuffer(), pieceBuffer()];
/** As many float32 as a buffer holds. */
const PIECE = data.length / 4;
const piece = new Float32Array(data.buffer, data.byteOffset, PIECE);
piece.set(x.subarray(0, PIECE));
const pieceValues = new Float32Array(decoded.buffer, decoded.byteOffset, PIECE);

/** Where one call takes so little that other programs seldom come between: what it calls is compiled before the first one. */
const compiled = (body) => {
  for (let i = 0; i < 300; i++) body();
  return body;
};

/** Copies from one buffer to the other until that has read and written so many bytes. */
const copies = (bytes) => {
  const times = Math.floor(bytes / 2 / data.length);
  const rest = data.subarray(0, (bytes / 2) % data.length);
  return () => {
    for (let i = 0; i < times; i++) made.set(data);
    made.set(rest);
  };
};

/** The operations of tf.js on wasm, on tensors that are there, until the values are there. */
const onWasm = (make, body) => {
  let tensors;
  return async () => {
    await tf.setBackend('wasm');
    tensors ??= make();
    const result = tf.tidy(() => body(...tensors));
    await result.data();
    result.dispose();
  };
};

const FLOATS = `x = numpy.random.default_rng(0).standard_normal((${ROWS}, ${COLS})).astype(numpy.float32)`;
const GROUPS = FLOATS.replace(`(${ROWS}, ${COLS})`, `(${GROUPED})`);
const TORCH = 't = torch.from_numpy(x)';
const CODES = 'q = numpy.clip(numpy.rint(x * 31), -127, 127).astype(numpy.int8)';

/** What a copy leaves of the goals of the issue, and the goals of arrays that are copied in and out. */
const IN_MEMORY = { 'copying as many bytes': 0.6 };
const QUANTIZED = { numpy: 5, 'tf.js operations, wasm': 5, torch: 5 };

const int8 = { dtype: 'int8', scheme: 'symmetric', narrow: true };
const byTensor = quantizeValues(x, [ROWS, COLS], int8);
const int4 = { dtype: 'int4', scheme: 'symmetric', narrow: true, granularity: { group: GROUP } };
const byGroup = quantizeValues(x, GROUPED, int4);
const packed = packCodes(byGroup.codes, 4);
const stock = quantize(x);
const pieceCodes = new Uint8Array(made.buffer, made.byteOffset, PIECE);
const pieceIntegers = new Int8Array(made.buffer, made.byteOffset, PIECE);
const WHOLE = { shape: [PIECE], block: [PIECE] };
const PIECE_GROUPS = { shape: [PIECE], block: [GROUP] };
const SCALE = Float32Array.of(0.03125);

/** Codes of a piece by the largest magnitudes of its blocks. */
const integersOfPiece = (blocks, most) => () => {
  const { min, max } = blockExtents(piece, blocks);
  const scales = max.map((high, k) => Math.max(high, -min[k]) / most);
  integerCodes(piece, pieceIntegers, { ...blocks, scales, least: -most, most });
};

const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url));

/** A kernel of n inputs and outputs and 2 n examples. */
function gptqRunners(n, options, theirs) {
  const normal = (seed, count) => fillNormal(new Float32Array(count), randomKey(seed));
  const examples = Float64Array.from(normal(1, 2 * n * n));
  const h = matrixProduct(examples, examples, { rows: n, inner: 2 * n, cols: n, transposed: true }).map((v) => v / n);
  const w = normal(2, n * n);
  const setup = [
    `sys.path.insert(0, ${JSON.stringify(GOLDEN)})`,
    'from quantization_gptq import fasterquant',
    `X, W = randn(${2 * n}, ${n}), numpy.random.default_rng(1).standard_normal((${n}, ${n}))`,
    `H = X.T @ X / ${n}`,
  ].join('\n');
  return {
    weightkit: () => gptqValues(w, [n, n], h, { dtype: 'int4', ...options }),
    'numpy transcription, float64': numpyRunner(setup, `fasterquant(W, H, ${theirs})`),
  };
}

const GPTQ = { 'numpy transcription, float64': 0.5 };

export const tasks = [
  {
    task: 'int8, largest magnitude and codes, 1e7 values',
    rounds: 5,
    goals: QUANTIZED,
    runners: {
      weightkit: () => quantizeValues(x, [ROWS, COLS], int8),
      torch: pythonRunner(
        'torch',
        `${FLOATS}; ${TORCH}`,
        's = t.abs().max() / 127; torch.clamp(torch.round(t * (1 / s)), -127, 127).to(torch.int8)',
      ),
      numpy: numpyRunner(
        FLOATS,
        's = numpy.abs(x).max() / 127; numpy.clip(numpy.rint(x * (1 / s)), -127, 127).astype(numpy.int8)',
      ),
      'tf.js operations, wasm': onWasm(
        () => [tf.tensor2d(x, [ROWS, COLS])],
        (t) => tf.cast(tf.clipByValue(tf.round(tf.div(t, tf.div(tf.max(tf.abs(t)), 127))), -127, 127), 'int32'),
      ),
      'copying as many bytes': copies(9 * N),
    },
  },
  {
    task: `int8 by rows of ${COLS}, 1e7 values`,
    rounds: 5,
    goals: QUANTIZED,
    runners: {
      weightkit: () => quantizeValues(x, [ROWS, COLS], { ...int8, granularity: { axis: 0 } }),
      torch: pythonRunner(
        'torch',
        `${FLOATS}; ${TORCH}`,
        's = t.abs().amax(1, True) / 127; torch.clamp(torch.round(t * (1 / s)), -127, 127).to(torch.int8)',
      ),
      numpy: numpyRunner(
        FLOATS,
        's = numpy.abs(x).max(1, keepdims=True) / 127; numpy.clip(numpy.rint(x * (1 / s)), -127, 127).astype(numpy.int8)',
      ),
      'tf.js operations, wasm': onWasm(
        () => [tf.tensor2d(x, [ROWS, COLS])],
        (t) =>
          tf.cast(tf.clipByValue(tf.round(tf.div(t, tf.div(tf.max(tf.abs(t), 1, true), 127))), -127, 127), 'int32'),
      ),
      'copying as many bytes': copies(9 * N),
    },
  },
  {
    task: 'values of int8, 1e7 codes',
    rounds: 5,
    runners: {
      weightkit: () => dequantizeValues(byTensor),
      torch: pythonRunner('torch', `${FLOATS}; ${CODES}; t = torch.from_numpy(q)`, 't.to(torch.float32) * 0.03125'),
      numpy: numpyRunner(`${FLOATS}; ${CODES}`, 'q.astype(numpy.float32) * numpy.float32(0.03125)'),
      'tf.js operations, wasm': onWasm(
        () => [tf.tensor2d(Int32Array.from(byTensor.codes), [ROWS, COLS], 'int32')],
        (t) => tf.mul(tf.cast(t, 'float32'), 0.03125),
      ),
      'copying as many bytes': copies(5 * N),
    },
  },
  {
    task: `int4 by groups of ${GROUP}, packed, 1e7 values`,
    rounds: 5,
    goals: { numpy: 5, torch: 5 },
    runners: {
      weightkit: () => packCodes(quantizeValues(x, GROUPED, int4).codes, 4),
      torch: pythonRunner(
        'torch',
        `${GROUPS}; ${TORCH}`,
        's = t.abs().amax(1, True) / 7; q = torch.clamp(torch.round(t * (1 / s)), -7, 7).to(torch.int8); (q[:, ::2] & 15) | (q[:, 1::2] << 4)',
      ),
      numpy: numpyRunner(
        GROUPS,
        's = numpy.abs(x).max(1, keepdims=True) / 7; q = numpy.clip(numpy.rint(x * (1 / s)), -7, 7).astype(numpy.int8); (q[:, ::2] & 15) | (q[:, 1::2] << 4)',
      ),
      'copying as many bytes': copies(8.5 * N),
    },
  },
  {
    task: `values of packed int4 by groups of ${GROUP}, 1e7 codes`,
    rounds: 5,
    runners: {
      weightkit: () =>
        dequantizeValues({ ...byGroup, codes: unpackCodes(packed, { bits: 4, length: N, signed: true }) }),
      numpy: numpyRunner(
        `${GROUPS}; p = numpy.random.default_rng(1).integers(-128, 128, (${N / GROUP}, ${GROUP / 2}), dtype=numpy.int8); s = numpy.abs(x).max(1, keepdims=True)[:, :, None]`,
        'v = (numpy.stack([p << 4 >> 4, p >> 4], 2) * s)',
      ),
      torch: pythonRunner(
        'torch',
        `${GROUPS}; p = torch.randint(-128, 128, (${N / GROUP}, ${GROUP / 2}), dtype=torch.int8); s = torch.from_numpy(x).abs().amax(1, True)[:, :, None]`,
        'v = torch.stack([p << 4 >> 4, p >> 4], 2) * s',
      ),
      'copying as many bytes': copies(4.5 * N),
    },
  },
  {
    task: 'uint8 of a file of TensorFlow.js, 1e7 values',
    rounds: 5,
    goals: QUANTIZED,
    runners: {
      weightkit: () => quantize(x),
      numpy: numpyRunner(
        FLOATS,
        'a, b = x.min(), x.max(); s = (b - a) / 255; numpy.rint((x - a) / s).astype(numpy.uint8)',
      ),
      'copying as many bytes': copies(9 * N),
    },
  },
  {
    task: 'values of uint8 of a file of TensorFlow.js, 1e7 codes',
    rounds: 5,
    runners: {
      weightkit: () => dequantize(stock),
      numpy: numpyRunner(
        `${FLOATS}; ${CODES}`,
        'q.astype(numpy.float32) * numpy.float32(0.03125) + numpy.float32(0.5)',
      ),
      'copying as many bytes': copies(5 * N),
    },
  },
  {
    task: `int8, largest magnitude and codes, in WebAssembly's memory, ${PIECE} values`,
    rounds: 201,
    goals: IN_MEMORY,
    runners: { weightkit: compiled(integersOfPiece(WHOLE, 127)), 'copying as many bytes': copies(9 * PIECE) },
  },
  {
    task: `codes of int4 by groups of ${GROUP} in WebAssembly's memory, ${PIECE} values`,
    rounds: 201,
    goals: IN_MEMORY,
    runners: { weightkit: compiled(integersOfPiece(PIECE_GROUPS, 7)), 'copying as many bytes': copies(9 * PIECE) },
  },
  {
    task: `values of int8 in WebAssembly's memory, ${PIECE} codes`,
    rounds: 201,
    goals: IN_MEMORY,
    runners: {
      weightkit: compiled(() => integerValues(pieceIntegers, { ...WHOLE, scales: SCALE, out: pieceValues })),
      'copying as many bytes': copies(5 * PIECE),
    },
  },
  {
    task: `uint8 in WebAssembly's memory, ${PIECE} values`,
    rounds: 201,
    goals: IN_MEMORY,
    runners: {
      weightkit: compiled(() => {
        const { min, max } = extent(piece);
        affineCodes(piece, pieceCodes, { min, max, scale: (max - min) / 255, law: 'float32' });
      }),
      'copying as many bytes': copies(9 * PIECE),
    },
  },
  {
    task: `GPTQ 1024 x 1024, int4 by groups of ${GROUP}`,
    rounds: 5,
    goals: GPTQ,
    runners: gptqRunners(1024, { group: GROUP }, `groupsize=${GROUP}`),
  },
  {
    task: `GPTQ 1024 x 1024, int4 by groups of ${GROUP}, act order`,
    rounds: 5,
    goals: GPTQ,
    runners: gptqRunners(1024, { group: GROUP, actOrder: true }, `groupsize=${GROUP}, actorder=True`),
  },
];
