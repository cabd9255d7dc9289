import { type Checkpoint, type CheckpointTensor, checkCheckpoint } from '@weightkit/checkpoint';
import { checkNumbers, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { floatTensor } from '../transfer/float-tensor.ts';
import { floatsIn } from '../transfer/floats-in.ts';
import { scaleIn } from './file-scale.ts';

const FN = 'combineAdapters';

/** Options of {@link combineAdapters}. */
export interface CombineOptions {
  /**
   * How products of factors are added: `cat` puts the factors side by side, so that the sum is exact and ranks add up; `linear` adds the
   * factors themselves, weighted by roots, so that the rank stays and the sum is another one, with products of one file's A and the other's B.
   * @defaultValue 'cat'
   */
  how?: 'cat' | 'linear';
  /**
   * What the products of each file are multiplied by, alpha / rank, for files that do not say it, as those that peft writes.
   * @defaultValue what the files' metadata say
   */
  scales?: readonly number[];
}

type Values = { shape: readonly number[]; values: Float32Array };

/** The layer's name, and what comes behind it. */
const NAMES = /^(.*)\.(lora_A\.weight|lora_B\.weight|lora_embedding_A|lora_embedding_B|ia3_l)$/;

const isFirst = (name: string): boolean => /_A(\.weight)?$/.test(name);
const isScale = (name: string): boolean => name.endsWith('.ia3_l');

/** Σ weight · values, rounded to float32 once. */
function sumOf(parts: readonly Values[], weights: readonly number[]): Float32Array {
  const sum = new Float64Array(parts[0]!.values.length);
  for (const [i, { values }] of parts.entries())
    for (let j = 0; j < sum.length; j++) sum[j]! += weights[i]! * values[j]!;
  return Float32Array.from(sum);
}

/** Values put behind each other along an axis. */
function concatenated(parts: readonly Values[], axis: number): Values {
  const { shape } = parts[0]!;
  const outer = shape.slice(0, axis).reduce((product, size) => product * size, 1);
  const total = parts.reduce((sum, { values }) => sum + values.length, 0);
  const out = new Float32Array(total);
  let to = 0;
  for (let row = 0; row < outer; row++)
    for (const { values } of parts) {
      const width = values.length / outer;
      out.set(values.subarray(row * width, (row + 1) * width), to);
      to += width;
    }
  return {
    shape: shape.map((size, i) => (i === axis ? parts.reduce((sum, one) => sum + one.shape[i]!, 0) : size)),
    values: out,
  };
}

interface Source {
  file: Checkpoint;
  weight: number;
  scale: number;
}

function checkNames({ tensors }: Checkpoint): void {
  checkRange(tensors.length > 0, `${FN}: checkpoints must have tensors of adapters`, 0);
  for (const { name } of tensors)
    checkRange(NAMES.test(name), `${FN}: checkpoints must be of lora or ia3, for nothing else can be added`, name);
  const scales = tensors.filter(({ name }) => isScale(name)).length;
  checkRange(scales === 0 || scales === tensors.length, `${FN}: checkpoints must be of one kind`, tensors[0]!.name);
}

function sourcesOf(
  checkpoints: readonly Checkpoint[],
  weights: readonly number[],
  scales: readonly number[] | undefined,
): Source[] {
  return checkpoints.map((file, i) => {
    checkNames(file);
    const isIa3 = isScale(file.tensors[0]!.name);
    const scale = scales?.[i] ?? (isIa3 ? 1 : scaleIn(file));
    checkRange(
      scale !== undefined,
      `${FN}: checkpoints must say r and lora_alpha in their metadata, or scales must be given`,
      `checkpoints[${i}] without`,
    );
    return { file, weight: weights[i]!, scale };
  });
}

const sizes = (parts: readonly Values[]): string => parts.map(({ shape }) => `[${shape}]`).join(' and ');

function combined(name: string, parts: readonly (Values & Source)[], how: 'cat' | 'linear'): Values {
  const axis = isFirst(name) ? 0 : 1;
  const isCat = how === 'cat' && !isScale(name);
  const { shape } = parts[0]!;
  const fits = (one: readonly number[]): boolean =>
    one.length === shape.length && one.every((size, i) => size === shape[i] || (isCat && i === axis));
  checkRange(
    parts.every((one) => fits(one.shape)),
    `${FN}: checkpoints must be of the same layers${isCat ? '' : ' and rank'}: ${name} is ${sizes(parts)}`,
    how,
  );
  if (isScale(name))
    return {
      shape,
      values: sumOf(
        parts,
        parts.map(({ weight }) => weight),
      ),
    };
  const factors = parts.map(({ weight, scale }) => weight * scale);
  if (isCat) {
    if (!isFirst(name)) return concatenated(parts, axis);
    return concatenated(
      parts.map((one, i) => ({ shape: one.shape, values: one.values.map((value) => value * factors[i]!) })),
      axis,
    );
  }
  // One sign only, or it would be lost in the product.
  const roots = factors.map((factor) => Math.sqrt(Math.abs(factor)) * (isFirst(name) && factor < 0 ? -1 : 1));
  return { shape, values: sumOf(parts, roots) };
}

const rankOf = ({ name, shape }: Pick<CheckpointTensor, 'name' | 'shape'>): number => (isFirst(name) ? shape[0]! : 0);

/**
 * Adds, scales and subtracts what adapters have learned: Σ weight · scale · A · B of files with one model in mind, as a file for adapters
 * whose products are multiplied by 1. A weight of −1 takes away a task, one of 0.5 is half of it (task arithmetic, Ilharco et al. 2023,
 * https://arxiv.org/abs/2212.04089). It computes as `add_weighted_adapter` of peft. Layers that only some files have are taken from these.
 * Of `ia3` the scales are added.
 *
 * @example
 * const build = () => tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [8], name: 'fc' })] });
 * const learn = async () => {
 *   const adapters = lora(build(), { rank: 1 }); // then train
 *   return adapters.toCheckpoint();
 * };
 * const both = await combineAdapters([await learn(), await learn()], [1, -0.5]);
 * const adapters = lora(build(), { rank: 2 });
 * await adapters.load(both);
 * console.log(both.tensors.map(({ shape }) => shape.join()).join(' ')); // -> 2,8 4,2
 *
 * @param checkpoints - files of `lora`, `pissa` or `ia3`, from `toCheckpoint` or opened; borrowed
 * @param weights - what each counts, finite
 * @param options - see {@link CombineOptions}
 * @returns a file like these; with `cat` its rank is the sum of theirs
 * @throws TypeError or RangeError for bad lists and options, tensors that are not of lora or ia3, as the lengths of dora, shapes that do not
 * fit, entries that are not finite
 */
export async function combineAdapters(
  checkpoints: readonly Checkpoint[],
  weights: readonly number[],
  options: CombineOptions = {},
): Promise<Checkpoint> {
  checkOptions(FN, options, ['how', 'scales']);
  const { how = 'cat', scales } = options;
  checkRange(how === 'cat' || how === 'linear', `${FN}: how must be 'cat' or 'linear'`, how);
  checkType(Array.isArray(checkpoints), `${FN}: checkpoints must be a list`, checkpoints);
  checkRange(checkpoints.length > 0, `${FN}: checkpoints must be one or more`, checkpoints);
  for (const [i, file] of Array.from(checkpoints).entries()) checkCheckpoint(FN, `checkpoints[${i}]`, file);
  for (const [name, list] of Object.entries({ weights, ...(scales === undefined ? {} : { scales }) })) {
    checkType(Array.isArray(list), `${FN}: ${name} must be a list of numbers`, list);
    checkNumbers(`${FN}: ${name} must be finite numbers`, list, Number.isFinite);
    checkRange(list.length === checkpoints.length, `${FN}: ${name} must be as many as checkpoints`, list.length);
  }
  const sources = sourcesOf(checkpoints, weights, scales);
  const names = new Set(sources.flatMap(({ file }) => file.tensors.map(({ name }) => name)));
  const kinds = new Set([...names].map(isScale));
  checkRange(kinds.size === 1, `${FN}: checkpoints must be of one kind`, [...names][0]);
  const tensors: CheckpointTensor[] = [];
  for (const name of names) {
    const parts: (Values & Source)[] = [];
    for (const source of sources) {
      const tensor = source.file.tensors.find((one) => one.name === name);
      if (!tensor) continue;
      const values = await floatsIn(FN, source.file, name, tensor.shape);
      parts.push({ ...source, shape: tensor.shape, values });
    }
    const { shape, values } = combined(name, parts, how);
    tensors.push(floatTensor(name, shape, values));
  }
  const rank = String(Math.max(...tensors.map(rankOf)));
  const metadata: Record<string, string> = kinds.has(true)
    ? { peft_type: 'IA3' }
    : { peft_type: 'LORA', r: rank, lora_alpha: rank, use_rslora: 'false' };
  return { format: 'safetensors', tensors, extras: { metadata }, close: async () => {} };
}
