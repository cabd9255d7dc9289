import * as tf from '@tensorflow/tfjs-core';
import { blockAxes } from '@weightkit/numerics';
import type { CheckedGrid } from '../grids/grid-options.ts';
import { type CodeRange, type IntegerScheme, isIntegerDtype } from '../grids/integers.ts';
import { elementFormat, type MicroscalingDtype } from '../grids/microscaling.ts';
import { NF4 } from '../grids/normal-float.ts';
import { type ScaledDtype, scaledFormat } from '../grids/scaled-format.ts';
import { SMALL_FLOATS } from '../grids/small-floats.ts';
import { FLOAT_LIMITS, isEven, type PlainFloat } from './on-grid-at-hand.ts';

/** What the kernel uses of the webgpu backend, whose package is not imported. */
interface ProgramRunner {
  runWebGPUProgram(program: object, inputs: tf.TensorInfo[], dtype: tf.DataType): tf.TensorInfo;
}

const KERNEL = 'WeightkitOnGrid';
const THREADS = 64;

/**
 * a / b rounded once, halves to even, where WGSL allows an error of 2.5 ulp: long division of the mantissas. b is above 0 and normal;
 * a quotient below the normal numbers is 0, as is one of a subnormal number.
 */
const QUOTIENT = `
fn quotient(a : f32, b : f32) -> f32 {
  let x = bitcast<u32>(a);
  let y = bitcast<u32>(b);
  let sign = (x ^ y) & 0x80000000u;
  let ex = i32((x >> 23u) & 255u);
  if (ex == 0) { return bitcast<f32>(sign); }
  if (ex == 255) { return a; }
  var m = (x & 0x7fffffu) | 0x800000u;
  let d = (y & 0x7fffffu) | 0x800000u;
  var e = ex - i32((y >> 23u) & 255u) + 127;
  if (m < d) { m = m << 1u; e = e - 1; }
  var q = 0u;
  for (var i = 0; i < 24; i = i + 1) {
    q = q << 1u;
    if (m >= d) { m = m - d; q = q | 1u; }
    m = m << 1u;
  }
  if (m > d || (m == d && (q & 1u) == 1u)) { q = q + 1u; }
  if (q == 0x1000000u) { q = 0x800000u; e = e + 1; }
  if (e <= 0) { return bitcast<f32>(sign); }
  if (e >= 255) { return bitcast<f32>(sign | 0x7f800000u); }
  return bitcast<f32>(sign | (u32(e) << 23u) | (q & 0x7fffffu));
}
fn pow2(k : i32) -> f32 { return bitcast<f32>(u32(k + 127) << 23u); }
fn signed(x : f32, like : f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) | (bitcast<u32>(like) & 0x80000000u));
}`;

const f32 = (x: number): string => `bitcast<f32>(0x${new Uint32Array(Float32Array.of(x).buffer)[0]!.toString(16)}u)`;
const LEAST = f32(2 ** -126);

const program = (shape: number[], names: string[], text: string) => ({
  variableNames: names,
  outputShape: shape,
  workgroupSize: [THREADS, 1, 1],
  dispatchLayout: { x: shape.map((_, axis) => axis) },
  dispatch: [Math.ceil(tf.util.sizeFromShape(shape) / THREADS), 1, 1],
  size: true,
  shaderKey: `${KERNEL}${text}`,
  getUserCode: () => `${QUOTIENT}\n${text}`,
});

const kernelFunc: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { shape, text } = attrs as unknown as { shape: number[]; text: string };
  const given = Object.entries(inputs) as [string, tf.TensorInfo][];
  const made = program(
    shape,
    given.map(([name]) => name),
    text,
  );
  return (backend as ProgramRunner).runWebGPUProgram(
    made,
    given.map(([, tensor]) => tensor),
    'float32',
  );
};

/** Runs `body`, which has `index` and leaves `value`, once for each entry of a shape. */
function run(shape: number[], inputs: tf.NamedTensorMap, body: string): tf.Tensor {
  if (tf.getKernel(KERNEL, 'webgpu') === undefined)
    tf.registerKernel({ kernelName: KERNEL, backendName: 'webgpu', kernelFunc });
  const text = `fn main(index : i32) {\n  if (index < uniforms.size) {\n${body}\n    result[index] = value;\n  }\n}`;
  return tf.engine().runKernel(KERNEL, inputs, { shape, text } as unknown as tf.NamedAttrMap);
}

/** The block of entry `index`, as `k`. */
function blockOfEntry(axes: readonly [number, number][]): string {
  const lines = ['var rest = index;', 'var k = 0;'];
  let stride = 1;
  for (const [n, edge] of [...axes].reverse()) {
    lines.push(`k = k + (rest % ${n}) / ${edge} * ${stride};`, `rest = rest / ${n};`);
    stride *= Math.ceil(n / edge);
  }
  return lines.join('\n');
}

/** Runs `each` for every entry `x` of block `k`. */
function overBlock(axes: readonly [number, number][], each: string): string {
  const before = ['var left = k;'];
  let loops = each;
  let stride = 1;
  const at: string[] = [];
  for (const [i, [n, edge]] of [...axes.entries()].reverse()) {
    const blocks = Math.ceil(n / edge);
    before.push(`let b${i} = left % ${blocks};`, `left = left / ${blocks};`);
    at.push(`i${i} * ${stride}`);
    stride *= n;
  }
  loops = `let x = X[${at.join(' + ')}];\n${each}`;
  for (const [i, [n, edge]] of [...axes.entries()].reverse())
    loops = `for (var i${i} = b${i} * ${edge}; i${i} < min(b${i} * ${edge} + ${edge}, ${n}); i${i} = i${i} + 1) {\n${loops}\n}`;
  return [...before, loops].join('\n');
}

const blockCount = (axes: readonly [number, number][]): number =>
  axes.reduce((count, [n, edge]) => count * Math.ceil(n / edge), 1);

/** The least and the greatest value of each block, [2, blocks]. */
function extents(x: tf.Tensor, axes: readonly [number, number][]): tf.Tensor {
  const count = blockCount(axes);
  if (count === 1) return tf.reshape(tf.stack([tf.min(x), tf.max(x)]), [2, 1]);
  return run(
    [2, count],
    { X: x },
    `let k = index % ${count};
     var low = ${f32(3.4028234663852886e38)};
     var high = -low;
     ${overBlock(axes, 'low = min(low, x);\nhigh = max(high, x);')}
     let value = select(high, low, index < ${count});`,
  );
}

/** The mean magnitude of each block, summed in float32. */
function meanMagnitudes(x: tf.Tensor, axes: readonly [number, number][]): tf.Tensor {
  const count = blockCount(axes);
  if (count === 1) return tf.reshape(tf.mean(tf.abs(x)), [1]);
  return run(
    [count],
    { X: x },
    `let k = index;
     var sum = 0.0;
     var entries = 0.0;
     ${overBlock(axes, 'sum = sum + abs(x);\nentries = entries + 1.0;')}
     let value = sum / entries;`,
  );
}

/** Scale, its inverse and the zero point of each block, [3, blocks], from the scale and the zero point that `body` leaves for block `k`. */
const parameters = (count: number, inputs: tf.NamedTensorMap, body: string): tf.Tensor =>
  run(
    [3, count],
    inputs,
    `let k = index % ${count};
     ${body}
     let part = index / ${count};
     let value = select(select(zero, quotient(1.0, scale), part == 1), scale, part == 0);`,
  );

const middleOf = ({ least, most }: CodeRange): number => Math.trunc((least + most + 1) / 2);

function integerLaw(law: IntegerScheme, limits: CodeRange): string {
  const { least, most } = limits;
  const middle = middleOf(limits);
  const scale = {
    affine: `quotient(high - low, ${f32(most - least)})`,
    symmetric: `quotient(max(-low, high), ${f32((most - least) / 2)})`,
    noClipping: `max(quotient(low, ${f32(least - middle)}), quotient(high, ${f32(most - middle)}))`,
  }[law];
  const zero = `clamp(${f32(least)} - round(quotient(low, scale)), ${f32(least)}, ${f32(most)})`;
  return `let low = min(E[k], 0.0);
    let high = max(E[k + uniforms.size / 3], 0.0);
    var scale = ${scale};
    if (scale < ${LEAST}) { scale = select(${LEAST}, 1.0, low == high); }
    let zero = ${law === 'affine' ? zero : f32(middle)};`;
}

/** The float that the elements of a grid are. */
const smallFloatOf = (dtype: ScaledDtype): keyof typeof SMALL_FLOATS =>
  /e4m3/.test(dtype) ? 'e4m3' : /e5m2/.test(dtype) ? 'e5m2' : 'e2m1';

function elementLaw(dtype: ScaledDtype): string {
  const largest = `let largest = max(-E[k], E[k + uniforms.size / 3]);\nlet zero = 0.0;`;
  if (!dtype.startsWith('mx')) {
    const divisor = dtype === 'nf4' ? 1 : SMALL_FLOATS[smallFloatOf(dtype)].largest;
    return `${largest}\nvar scale = max(quotient(largest, ${f32(divisor)}), ${LEAST});\nif (largest == 0.0) { scale = 1.0; }`;
  }
  const { emax } = elementFormat(dtype as MicroscalingDtype);
  // The backend may take what is below the normal numbers for 0: its least scale is twice that of the standard.
  return `${largest}\nlet scale = pow2(max(i32(bitcast<u32>(largest) >> 23u) - 127 - ${emax}, -126));`;
}

/** Scale, inverse and zero point of each block of a tensor on the device; null where nothing is scaled. */
export function parametersOnDevice(x: tf.Tensor, grid: CheckedGrid): tf.Tensor | null {
  const { dtype, law, limits, block } = grid;
  if (block === null) return null;
  const axes = blockAxes(x.shape, block);
  const count = blockCount(axes);
  if (dtype === 'ternary')
    return parameters(
      count,
      { S: meanMagnitudes(x, axes) },
      `let scale = select(max(S[k], ${LEAST}), 1.0, S[k] == 0.0);\nlet zero = 0.0;`,
    );
  const body = isIntegerDtype(dtype) ? integerLaw(law, limits) : elementLaw(dtype as ScaledDtype);
  return parameters(count, { E: extents(x, axes) }, body);
}

/** The same of steps that are given, by their size and over a divisor, with code 0 for 0. */
export const parametersOfSteps = (steps: tf.Tensor, divisor = 1): tf.Tensor =>
  parameters(
    steps.size,
    { S: steps },
    `let scale = max(quotient(abs(S[k]), ${f32(divisor)}), ${LEAST});\nlet zero = 0.0;`,
  );

/** The nearest value of a small float to `t`, its sign apart, as `r`. */
const nearestFloat = (bias: number, mantissaBits: number, largest: number): string => `
    let e = max(i32((bitcast<u32>(t) >> 23u) & 255u) - 127, ${1 - bias});
    let r = min(round(abs(t) * pow2(${mantissaBits} - e)) * pow2(e - ${mantissaBits}), ${f32(largest)});`;

const smallFloat = (name: keyof typeof SMALL_FLOATS): string => {
  const { bias, mantissaBits, largest } = SMALL_FLOATS[name];
  return nearestFloat(bias, mantissaBits, largest);
};

function plainFloat(dtype: PlainFloat): string {
  const { largest } = FLOAT_LIMITS[dtype];
  if (dtype === 'float16') return nearestFloat(15, 10, largest);
  if (dtype !== 'bfloat16') return smallFloat(dtype === 'float8_e4m3fn' ? 'e4m3' : 'e5m2');
  return `let bits = bitcast<u32>(abs(t));
    let r = min(bitcast<f32>((bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u), ${f32(largest)});`;
}

/** The largest float32 below or at a number. */
function floatBelow(x: number): number {
  const near = Math.fround(x);
  if (near <= x) return near;
  const bits = new Uint32Array(Float32Array.of(near).buffer);
  bits[0]! += near > 0 ? -1 : 1;
  return new Float32Array(bits.buffer)[0]!;
}

function element(dtype: ScaledDtype): string {
  if (dtype === 'nf4') {
    const steps = Array.from(NF4.subarray(1), (value, i) => {
      const middle = floatBelow((NF4[i]! + value) / 2);
      return `if (t > ${f32(middle)}) { r = ${f32(value)}; }`;
    });
    return `var r = ${f32(NF4[0]!)};\n${steps.join('\n')}\nvar value = r * scale;`;
  }
  if (dtype === 'mxint8') {
    const code = `clamp(i32(round(clamp(t * 64.0, -200.0, 200.0))), -127, 127)`;
    return `let r = f32(${code}) / 64.0;\nvar value = r * scale;`;
  }
  return `${smallFloat(smallFloatOf(dtype))}\nvar value = signed(r * scale, t);`;
}

const NAN = 'if (X[index] != X[index] || isnan(X[index])) { value = uniforms.NAN; }';

/**
 * Computes a value for each entry.
 *
 * @param plain - what does where nothing is scaled
 * @param scaled - what does in block `k`: the scale is P[k], its inverse so many places behind it, and the zero point twice as many
 */
function onEntries(
  x: tf.Tensor,
  given: tf.Tensor | null,
  { block }: CheckedGrid,
  plain: () => string,
  scaled: (blocks: number) => string,
): tf.Tensor {
  if (block === null || given === null) return run(x.shape, { X: x }, plain());
  const axes = blockAxes(x.shape, block);
  return run(x.shape, { X: x, P: given }, `${blockOfEntry(axes)}\n${scaled(blockCount(axes))}`);
}

/** Each entry's value on the grid. */
export function valuesOnDevice(x: tf.Tensor, given: tf.Tensor | null, grid: CheckedGrid): tf.Tensor {
  const { dtype, limits } = grid;
  const scaled = (blocks: number): string =>
    isEven(dtype)
      ? `let zero = P[k + ${2 * blocks}];
       let code = clamp(round(X[index] * P[k + ${blocks}]) + zero, ${f32(limits.least)}, ${f32(limits.most)});
       var value = f32(i32(code) - i32(zero)) * P[k];`
      : `let scale = P[k];\nlet t = quotient(X[index], scale);\n${element(dtype as ScaledDtype)}`;
  const plain = (): string => `let t = X[index];\n${plainFloat(dtype as PlainFloat)}\nvar value = signed(r, t);`;
  return onEntries(
    x,
    given,
    grid,
    () => `${plain()}\n${NAN}`,
    (blocks) => `${scaled(blocks)}\n${NAN}`,
  );
}

/** 1 for each entry that was not clipped, else 0. */
export function insideOnDevice(x: tf.Tensor, given: tf.Tensor | null, grid: CheckedGrid): tf.Tensor {
  const { dtype, limits } = grid;
  const within = (size: string, most: number): string => `let value = select(0.0, 1.0, abs(${size}) <= ${f32(most)});`;
  return onEntries(
    x,
    given,
    grid,
    () => within('X[index]', FLOAT_LIMITS[dtype as PlainFloat].most),
    (blocks) =>
      isEven(dtype)
        ? `let code = round(X[index] * P[k + ${blocks}]) + P[k + ${2 * blocks}];
       let value = select(0.0, 1.0, code >= ${f32(limits.least)} && code <= ${f32(limits.most)});`
        : within('quotient(X[index], P[k])', scaledFormat(dtype as ScaledDtype).most),
  );
}
