import {
  type CalibrationData,
  exclusively,
  type InputGrams,
  inCallOrder,
  inputGrams,
  type KernelProduct,
  kernelProducts,
  type ModelLike,
  outputEnergy,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkFinite, checkFunction, checkRange, checkType, isPlainObject } from '@weightkit/numerics/check';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import { assign, type KernelProgress, keptValues, kernelsOf } from './calibrated-kernels.ts';
import { type CheckedGrid, differences, quantizeKernel } from './kernel-grid.ts';
import { columnsOfProducts, kernelOfMatrix, liesOtherwise, matrixOfKernel } from './kernel-matrix.ts';

/** What to do on the way. */
export interface LayerOptions<L> {
  filter?: WeightFilter | undefined;
  resume?: readonly L[] | undefined;
  onLayer?: ((layer: L, progress: KernelProgress) => void | Promise<void>) | undefined;
}

/** What was done to kernels, layer after layer. */
export interface LayersReport<L> {
  layers: L[];
  skipped: SkippedWeight[];
  bytes: number;
  restore(): void;
}

/** What is known of a kernel and of its inputs. */
export interface SeenKernel extends InputGrams {
  /** The matrices that it consists of, one for each of the grams. */
  products: readonly KernelProduct[];
}

/** How a method rounds one kernel, as a matrix [inputs, outputs], and what the values of a layer are that it once made. */
export interface LayerMethod<L> {
  round(path: string, values: Float32Array, seen: SeenKernel): { layer: L; values: Float32Array };
  valuesOf(layer: L, products: readonly KernelProduct[]): Float32Array;
}

/** The layers of an earlier run, with the values that their codes stand for. */
function resumed<L extends { path: string }>(
  fn: string,
  resume: unknown,
  kernels: readonly Weight[],
  valuesOf: LayerMethod<L>['valuesOf'],
): Map<string, { layer: L; values: Float32Array }> {
  checkType(Array.isArray(resume), `${fn}: resume must be a list of layers of ${fn}`, resume);
  const found = new Map<string, { layer: L; values: Float32Array }>();
  for (const [i, layer] of (resume as L[]).entries()) {
    checkType(isPlainObject(layer), `${fn}: resume[${i}] must be a layer of ${fn}`, layer);
    const weight = kernels[i];
    checkRange(
      weight !== undefined && layer.path === weight.path,
      `${fn}: resume[${i}] must be of ${weight?.path ?? 'no kernel more'}`,
      layer.path,
    );
    const products = kernelProducts(weight!);
    const values = valuesOf(layer, products);
    const size = weight!.shape.reduce((a, b) => a * b, 1);
    checkRange(values.length === size, `${fn}: resume[${i}] must have ${size} codes`, values.length);
    found.set(layer.path, { layer, values: kernelOfMatrix(values, products) });
  }
  return found;
}

/**
 * Rounds the kernels of a model in the order of their calls, each by what the rounded ones before it give.
 *
 * @param fn - the function that was called, for messages
 * @param data - checked
 */
export async function layerByLayer<L extends { path: string; bytes: number }>(
  fn: string,
  model: ModelLike,
  data: CalibrationData,
  { filter, resume = [], onLayer }: LayerOptions<L>,
  { round, valuesOf }: LayerMethod<L>,
): Promise<LayersReport<L>> {
  if (onLayer !== undefined) checkFunction(fn, 'onLayer', onLayer);
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const { kernels, skipped } = kernelsOf(fn, model, filter);
    const ordered = inCallOrder(fn, model, kernels, data.x);
    const done = resumed(fn, resume, ordered, valuesOf);
    const { values: originals, restore } = await keptValues(fn, ordered);
    const layers: L[] = [];
    try {
      for (const weight of ordered) {
        const { path, variable, shape } = weight;
        const earlier = done.get(path);
        let values = earlier?.values;
        let layer = earlier?.layer;
        if (values === undefined || layer === undefined) {
          const grams = await inputGrams(fn, model, weight, data.x);
          if (grams.rows === 0) {
            skipped.push({ path, reason: 'the model does not call its layer' });
            continue;
          }
          const products = kernelProducts(weight);
          const made = round(path, matrixOfKernel(originals.get(path)!, products), { ...grams, products });
          layer = liesOtherwise(products) ? { ...made.layer, transposed: true } : made.layer;
          values = kernelOfMatrix(made.values, products);
          checkFinite(fn, 'rounded weights', path, values);
        }
        assign(variable!, values, shape);
        layers.push(layer);
        if (!earlier) await onLayer?.(layer, { done: layers.length, total: ordered.length });
      }
    } catch (error) {
      restore();
      throw error;
    }
    return { layers, skipped, bytes: layers.reduce((sum, { bytes }) => sum + bytes, 0), restore };
  });
}

/** The columns of a matrix that belong to a product. */
function columnsOf(values: Float32Array, rows: number, from: number, count: number): Float32Array {
  const all = rows === 0 ? 0 : values.length / rows;
  const own = new Float32Array(rows * count);
  for (let j = 0; j < rows; j++) own.set(values.subarray(j * all + from, j * all + from + count), j * count);
  return own;
}

function putColumns<T extends Float32Array | Int32Array | QuantizedValues['codes']>(
  to: T,
  part: T,
  rows: number,
  from: number,
): void {
  const count = rows === 0 ? 0 : part.length / rows;
  const all = rows === 0 ? 0 : to.length / rows;
  for (let j = 0; j < rows; j++) to.set(part.subarray(j * count, (j + 1) * count), j * all + from);
}

const share = (lost: number, whole: number): number => (lost === 0 ? 0 : Math.sqrt(lost / whole));

/** A matrix on a grid, with what its codes stand for. */
export interface RoundedMatrix {
  quantized: QuantizedValues;
  values: Float32Array;
}

/** A kernel on a grid, with ‖X W − X Ŵ‖ / ‖X W‖ of it and of its nearest codes. */
export interface RoundedKernel extends RoundedMatrix {
  error: number;
  nearest: number;
}

/** By how much the sums of a layer change where its kernel has other values, and where it has those of its nearest codes. */
export function errorsOf(
  values: Float32Array,
  made: Float32Array,
  plain: Float32Array,
  { grams, inputs, products }: SeenKernel,
): Pick<RoundedKernel, 'error' | 'nearest'> {
  let [lost, whole, plainly] = [0, 0, 0];
  for (const [p, { from, count }] of columnsOfProducts(products).entries()) {
    const [own, other, near] = [values, made, plain].map((all) => columnsOf(all, inputs, from, count)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    lost += outputEnergy(grams[p]!, differences(own, other), count);
    plainly += outputEnergy(grams[p]!, differences(own, near), count);
    whole += outputEnergy(grams[p]!, Float64Array.from(own), count);
  }
  return { error: share(lost, whole), nearest: share(plainly, whole) };
}

/** Rounds a kernel by what its layer is given: product by product, which of a depthwise convolution the channels are. */
export function roundMatrices(
  fn: string,
  values: Float32Array,
  seen: SeenKernel,
  grid: CheckedGrid,
  round: (own: Float32Array, shape: [inputs: number, outputs: number], product: number) => RoundedMatrix,
): RoundedKernel {
  const { inputs, products } = seen;
  const all = inputs === 0 ? 0 : values.length / inputs;
  const quantized = quantizeKernel(fn, values, inputs, all, grid);
  const plain = dequantizeValuesAs(fn, quantized);
  const made = new Float32Array(values.length);
  const blocks = quantized.scales!.length / Math.max(1, all);
  for (const [p, { from, count }] of columnsOfProducts(products).entries()) {
    const own = columnsOf(values, inputs, from, count);
    const found = round(own, [inputs, count], p);
    putColumns(made, found.values, inputs, from);
    putColumns(quantized.codes, found.quantized.codes, inputs, from);
    putColumns(quantized.scales!, found.quantized.scales!, blocks, from);
    if (quantized.zeroPoints) putColumns(quantized.zeroPoints, found.quantized.zeroPoints!, blocks, from);
  }
  return { quantized, values: made, ...errorsOf(values, made, plain, seen) };
}
