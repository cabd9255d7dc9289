import type { WritableFormat } from '@weightkit/checkpoint';
import { type Command, InvalidArgumentError } from 'commander';
import { into, type Renaming, renamed } from '../commands/convert.ts';
import { select } from '../files/select.ts';
import { UsageError } from '../output/usage-error.ts';
import { convertView, keepsValues } from '../views/convert.ts';
import { examples, withSelection } from './common-options.ts';
import { type Context, EXIT, type SelectionOptions } from './context.ts';
import { pairOption } from './values.ts';
import { formatOption, openToWrite, plainWritten, type WriteOptions, withWriting } from './write-options.ts';

/** Options of the command. */
export interface ConvertCommandOptions extends WriteOptions, SelectionOptions {
  readonly rename?: readonly Renaming[];
  readonly into?: string;
}

function renameOption(value: string, before: readonly Renaming[] | undefined): Renaming[] {
  const [pattern, replacement] = pairOption(value);
  try {
    return [...(before ?? []), [new RegExp(pattern, 'u'), replacement]];
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

const BARE = 'weights alone, without a topology: --into model.json puts them into a model';
const NOT_TURNED =
  'nothing was transposed: PyTorch keeps Linear weights as [out, in], TensorFlow.js kernels are [in, out]';

/** What people must know of weights that change their house. */
const notesOf = (from: string, to: WritableFormat, bare: boolean): string[] => [
  ...(to === 'tfjs' && bare ? [BARE] : []),
  ...((from === 'tfjs') === (to === 'tfjs') ? [] : [NOT_TURNED]),
];

/** What `weightkit convert` does. */
export async function runConvert(
  context: Context,
  input: string,
  output: string,
  options: ConvertCommandOptions,
): Promise<number> {
  const { filter, exclude, shard, rename = [] } = options;
  const { checkpoint, format, write } = await openToWrite(context, [input, output], options);
  if (options.into !== undefined && format !== 'tfjs')
    throw new UsageError(
      `--into is for models of TensorFlow.js, got an output of ${format}`,
      'an output that ends in .json',
    );
  const named = renamed(select(checkpoint, { filter, exclude, shard }), rename);
  const made = options.into === undefined ? named : into(named, await context.open(options.into));
  const written = await write(named, made);
  const bare = !(made.extras.modelJson ?? []).some(([key]) => key === 'modelTopology');
  const notes = notesOf(checkpoint.format, format, bare);
  context.show({ input, ...plainWritten(written), notes }, convertView(written, notes));
  return keepsValues(written) ? EXIT.ok : EXIT.findings;
}

/** Describes `weightkit convert`. */
export const describeConvert = (command: Command): Command =>
  withSelection(
    withWriting(
      command
        .summary('write another format, other shards, some of the tensors, other names')
        .description(
          'Writes the tensors in another format, or the same one, with every value as it was. What a format cannot hold is refused, or said to be left out. Nothing is transposed.',
        )
        .addOption(formatOption())
        .option(
          '--rename <pattern=name>',
          'a regular expression and what replaces its match in names, $1 included; may be given again',
          renameOption,
        )
        .option('--into <model.json>', 'the model of TensorFlow.js whose topology and order the weights get'),
    ),
  ).addHelpText(
    'after',
    examples(
      'convert model.json model.safetensors',
      'convert model.gguf weights.npz',
      'convert model.safetensors sharded/model.safetensors --shard-bytes 500mb',
      "convert tuned.safetensors web/model.json --into model.json --rename '^net\\.='",
    ),
  );
