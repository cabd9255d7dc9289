import {
  type FileScope,
  type FileStructure,
  type PruneCheckpointOptions,
  pruneCheckpoint,
} from '@weightkit/pruning/checkpoint';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { namesOf } from '../files/select.ts';
import { UsageError } from '../output/usage-error.ts';
import { onlyZeroed, pruneView } from '../views/prune.ts';
import { examples, withPart } from './common-options.ts';
import { type Context, EXIT, type PartOptions } from './context.ts';
import { type Shares, sharesOption } from './values.ts';
import { openToWrite, plainWritten, type WriteOptions, withWriting } from './write-options.ts';

/** Options of the command. */
export interface PruneCommandOptions extends WriteOptions, PartOptions {
  readonly sparsity?: Shares;
  readonly count?: number;
  readonly scope?: FileScope;
  readonly structure?: Exclude<FileStructure, 'entry'>;
  readonly axis?: number;
  readonly multipleOf?: number;
}

function countOption(value: string): number {
  const count = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw new InvalidArgumentError('It must be an integer, 0 or more.');
  return count;
}

/** `unit`, `channel`, `2:4` or `4x4`. */
function structureOption(value: string): Exclude<FileStructure, 'entry'> {
  if (value === 'unit' || value === 'channel') return value;
  const neighbors = /^([1-9]\d*):([1-9]\d*)$/.exec(value);
  if (neighbors && Number(neighbors[1]) <= Number(neighbors[2]))
    return { n: Number(neighbors[1]), m: Number(neighbors[2]) };
  if (/^[1-9]\d*(x[1-9]\d*)+$/.test(value)) return { block: value.split('x').map(Number) };
  throw new InvalidArgumentError(
    'It must be unit, channel, n:m, as 2:4 to keep 2 of 4 neighbors, or the size of a block, as 4x4.',
  );
}

function multipleOption(value: string): number {
  const multiple = /^[1-9]\d*$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(multiple)) throw new InvalidArgumentError('It must be an integer, 1 or more.');
  return multiple;
}

function axisOption(value: string): number {
  if (!/^-?\d+$/.test(value)) throw new InvalidArgumentError('It must be an integer, as 0 or -1.');
  return Number(value);
}

/** What goes as one, and how many of it. */
function amountOf(
  options: PruneCommandOptions,
): Partial<Pick<PruneCheckpointOptions, 'structure' | 'sparsity' | 'count' | 'multipleOf'>> {
  const { structure, axis, multipleOf } = options;
  const isNOfM = typeof structure === 'object' && 'n' in structure;
  if (multipleOf !== undefined && (isNOfM || structure === undefined))
    throw new UsageError('--multiple-of is of units, channels and blocks', '--structure unit --multiple-of 8');
  if (isNOfM) {
    if (options.sparsity !== undefined || options.count !== undefined)
      throw new UsageError(
        '--structure says how many weights become 0, and --sparsity or --count too',
        '--structure 2:4',
      );
    return { structure: axis === undefined ? structure : { ...structure, axis } };
  }
  if (axis !== undefined) throw new UsageError('--axis is of neighbors, n:m', '--structure 2:4 --axis 0');
  const amount = shareOf(options);
  if (!structure) return amount;
  return { structure, ...amount, ...(multipleOf === undefined ? {} : { multipleOf }) };
}

function shareOf({ sparsity, count, scope }: PruneCommandOptions): { sparsity: Shares } | { count: number } {
  if ((sparsity === undefined) === (count === undefined))
    throw new UsageError('one of --sparsity and --count must say how many weights become 0', '--sparsity 0.5');
  if (typeof sparsity === 'object' && scope === 'global')
    throw new UsageError('--scope global takes one share, not one for each pattern', '--sparsity 0.5');
  return sparsity === undefined ? { count: count! } : { sparsity };
}

/** The tensors that are pruned, where they are not those that `pruneCheckpoint` takes by itself: of two or more axes. */
function partOf({ filter, exclude }: PartOptions): Pick<PruneCheckpointOptions, 'filter'> {
  if (!filter && !exclude) return {};
  const named = namesOf({ filter, exclude });
  return { filter: (tensor) => named(tensor) && (filter !== undefined || tensor.shape.length >= 2) };
}

/** What `weightkit prune` does. */
export async function runPrune(
  context: Context,
  input: string,
  output: string,
  options: PruneCommandOptions,
): Promise<number> {
  const { scope } = options;
  const { progress, signal } = context;
  const amount = amountOf(options);
  const { checkpoint, write } = await openToWrite(context, [input, output], options);
  const settings = {
    ...amount,
    ...(scope === undefined ? {} : { scope }),
    ...partOf(options),
    onProgress: ({ tensor, done, total }) => progress.step(tensor, done, total),
    signal,
  } as PruneCheckpointOptions;
  const made = await pruneCheckpoint(checkpoint, settings);
  const written = await write(checkpoint, made.checkpoint);
  context.show({ input, ...plainWritten(written), ...made.report }, pruneView(made.report, written));
  return onlyZeroed(made.report, written) ? EXIT.ok : EXIT.findings;
}

/** Describes `weightkit prune`. */
export const describePrune = (command: Command): Command =>
  withPart(
    withWriting(command)
      .summary('set the smallest weights to zero, exactly as many as you say')
      .description(
        'Writes a model in which the weights of smallest magnitude are 0. Files shrink once they are compressed, as servers and npm do it. Without --filter float tensors of two or more axes are pruned, so no biases.',
      )
      .option(
        '--sparsity <share>',
        "the share of weights that become 0, as 0.8 or 80%; or by pattern of names, as 'conv*/kernel=0.5', more than once, the first that fits",
        sharesOption,
      )
      .option('--count <n>', 'the number of weights that become 0, in place of a share', countOption)
      .option(
        '--structure <form>',
        'n:m, as 2:4, keeps 2 of 4 neighbors along the inputs; a size, as 4x4, takes blocks along the last axes; unit takes outputs of the layers of a LayersModel (filters of convolutions) with biases and batch normalization, channel their inputs',
        structureOption,
      )
      .option(
        '--multiple-of <n>',
        'what the number of units, channels or blocks that stay is a multiple of',
        multipleOption,
      )
      .option('--axis <n>', 'the axis along which neighbors of n:m lie, negative from the end', axisOption)
      .addOption(
        new Option('--scope <scope>', 'tensor: each gets its share; global: all together, by one threshold').choices([
          'tensor',
          'global',
        ]),
      ),
    'prune',
  ).addHelpText(
    'after',
    examples(
      'prune model.json pruned/model.json --sparsity 0.8',
      'prune model.json pruned/model.json --structure 2:4',
      "prune model.json pruned/model.json --structure unit --sparsity 'conv*/kernel=50%' --multiple-of 8",
      "prune model.safetensors pruned.safetensors --sparsity 50% --scope global --filter '*.weight'",
    ),
  );
