import type { QuantizedDtype, RoundingLaw } from '@weightkit/quantization/checkpoint';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { quantize } from '../commands/quantize.ts';
import { namesOf } from '../files/select.ts';
import { keepsBounds, quantizeView } from '../views/quantize.ts';
import { examples, withPart } from './common-options.ts';
import { type Context, EXIT, type PartOptions } from './context.ts';
import { pairOption } from './values.ts';
import { openToWrite, plainWritten, type WriteOptions, withWriting } from './write-options.ts';

type Rule = readonly [pattern: string, dtype: QuantizedDtype];

/** Options of the command. */
export interface QuantizeCommandOptions extends WriteOptions, PartOptions {
  readonly dtype?: QuantizedDtype;
  readonly rule?: readonly Rule[];
  readonly allowRequantize?: boolean;
  readonly rounding?: RoundingLaw;
  readonly all?: boolean;
}

const DTYPES: readonly QuantizedDtype[] = ['uint8', 'uint16', 'float16'];

function ruleOption(value: string, before: readonly Rule[] | undefined): Rule[] {
  const [pattern, dtype] = pairOption(value);
  if (!(DTYPES as readonly string[]).includes(dtype))
    throw new InvalidArgumentError(`The data type must be one of ${DTYPES.join(', ')}.`);
  return [...(before ?? []), [pattern, dtype as QuantizedDtype]];
}

/** What `weightkit quantize` does. */
export async function runQuantize(
  context: Context,
  input: string,
  output: string,
  options: QuantizeCommandOptions,
): Promise<number> {
  const { dtype, rule = [], filter, exclude, allowRequantize: requantize = false, rounding, all = false } = options;
  const { progress, signal } = context;
  const { checkpoint, format, write } = await openToWrite(context, [input, output], options);
  const made = await quantize(checkpoint, {
    dtype,
    rules: rule,
    filter: filter || exclude ? namesOf({ filter, exclude }) : undefined,
    rounding,
    requantize,
    format,
    onProgress: progress.step,
    signal,
  });
  const written = await write(checkpoint, made.checkpoint);
  context.show({ input, ...plainWritten(written), ...made.report }, quantizeView(made.report, written, all));
  return keepsBounds(made.report, written) ? EXIT.ok : EXIT.findings;
}

/** Describes `weightkit quantize`. */
export const describeQuantize = (command: Command): Command =>
  withPart(
    withWriting(command)
      .summary('store weights in one or two bytes each')
      .description(
        'Writes a model whose float weights take 1 byte (uint8) or 2 (uint16, float16) each, in the format of the TensorFlow.js converter, which stock TensorFlow.js loads. Integers and strings stay as they are.',
      )
      .addOption(
        new Option(
          '--dtype <dtype>',
          'what values become (default: uint8 for kernels that it is enough for, float16 for the rest; with --rule only what a rule names)',
        ).choices([...DTYPES]),
      )
      .option(
        '--rule <glob=dtype>',
        "a data type by name, as '**/kernel=uint8'; the first that matches counts; may be given again",
        ruleOption,
      )
      .option('--allow-requantize', 'quantize what is quantized already, which loses more')
      .addOption(
        new Option(
          '--rounding <law>',
          'how the converter rounded: float32 as its published files, float64 as since NumPy 2',
        ).choices(['float32', 'float64']),
      )
      .option('--all', 'list tensors that stay as they are too, with the reason'),
    'quantize',
  ).addHelpText(
    'after',
    examples(
      'quantize model.json small/model.json',
      'quantize model.json half/model.json --dtype float16',
      "quantize model.json mixed/model.json --rule '**/embeddings=uint16' --dtype uint8",
      'quantize model.safetensors half.safetensors --dtype float16 --dry-run',
    ),
  );
