import type { GridDtype, QuantizedDtype, RoundingLaw } from '@weightkit/quantization/checkpoint';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { pack, type Scales } from '../commands/pack.ts';
import { quantize } from '../commands/quantize.ts';
import { type Goal, quantizeByEffect } from '../commands/quantize-by-effect.ts';
import { namesOf, select } from '../files/select.ts';
import { UsageError } from '../output/usage-error.ts';
import { BACKENDS, type BackendName } from '../running/tensorflow.ts';
import { boundsOf, packView } from '../views/pack.ts';
import { keepsBounds, quantizeView } from '../views/quantize.ts';
import { examples, withPart } from './common-options.ts';
import { type Context, EXIT, type PartOptions } from './context.ts';
import { bytesOption, pairOption, probesOption, shareOption } from './values.ts';
import { openToWrite, plainWritten, type WriteOptions, withWriting } from './write-options.ts';

type Rule = readonly [pattern: string, dtype: GridDtype];

/** Options of the command. */
export interface QuantizeCommandOptions extends WriteOptions, PartOptions {
  readonly dtype?: GridDtype;
  readonly scales?: Scales;
  readonly rule?: readonly Rule[];
  readonly allowRequantize?: boolean;
  readonly rounding?: RoundingLaw;
  readonly all?: boolean;
  readonly targetSize?: number;
  readonly agree?: number;
  readonly probes?: string | number;
  readonly backend?: BackendName;
}

/** What files of TensorFlow.js have codes for. */
const STOCK: readonly QuantizedDtype[] = ['uint8', 'uint16', 'float16'];
const bitsOf = (name: string, most: number): GridDtype[] =>
  Array.from({ length: most - 1 }, (_, i) => `${name}${most - i}` as GridDtype);
const DTYPES: readonly GridDtype[] = [
  ...STOCK,
  ...bitsOf('int', 8),
  ...bitsOf('uint', 7),
  'ternary',
  'nf4',
  'mxfp8_e4m3',
  'mxfp8_e5m2',
  'mxint8',
  'mxfp4',
  'float8_e4m3fn',
  'float8_e5m2',
  'bfloat16',
];

const isStock = (dtype: GridDtype): dtype is QuantizedDtype => (STOCK as readonly GridDtype[]).includes(dtype);

function ruleOption(value: string, before: readonly Rule[] | undefined): Rule[] {
  const [pattern, dtype] = pairOption(value);
  if (!(DTYPES as readonly string[]).includes(dtype))
    throw new InvalidArgumentError(`The data type must be one of ${DTYPES.join(', ')}.`);
  return [...(before ?? []), [pattern, dtype as GridDtype]];
}

function scalesOption(value: string): Scales {
  if (value === 'tensor' || value === 'channel') return value;
  const count = /^\d+$/.test(value) ? Number(value) : 0;
  if (!(count >= 1 && count <= 2 ** 30))
    throw new InvalidArgumentError('It must be tensor, channel, or how many inputs share a scale, as 32.');
  return count;
}

/** The codes of stock files; others are refused by the name of a format that has them. */
function stockOnly(
  dtype: GridDtype | undefined,
  rules: readonly Rule[],
  { scales, to }: { scales: Scales | undefined; to: string },
) {
  const other = [dtype, ...rules.map(([, one]) => one)].find((one) => one !== undefined && !isStock(one));
  const compact = 'an output that ends in .compact';
  if (other !== undefined) throw new UsageError(`${to} files have no ${other} codes`, compact);
  if (scales !== undefined) throw new UsageError(`--scales is for packed codes, and ${to} files have none`, compact);
  return { dtype: dtype as QuantizedDtype | undefined, rules: rules as (readonly [string, QuantizedDtype])[] };
}

/** What the data types are chosen for; nothing where they are said. */
function goalOf({ targetSize, agree, ...said }: QuantizeCommandOptions): Goal | undefined {
  if (targetSize === undefined && agree === undefined) {
    const alone = (['probes', 'backend'] as const).find((name) => said[name] !== undefined);
    if (alone) throw new UsageError(`--${alone} is for --target-size or --agree`, '--agree 0.99');
    return undefined;
  }
  if (targetSize !== undefined && agree !== undefined)
    throw new UsageError('--target-size and --agree both say how small it becomes', '--agree 0.99');
  const both = (['rule', 'scales', 'rounding'] as const).find((name) => said[name] !== undefined);
  if (both)
    throw new UsageError(
      `--${both} says what --target-size and --agree choose by what it does to the outputs`,
      `the same without --${both}`,
    );
  return agree === undefined ? { targetSize: targetSize! } : { agree };
}

/** What `weightkit quantize` does. */
export async function runQuantize(
  context: Context,
  input: string,
  output: string,
  options: QuantizeCommandOptions,
): Promise<number> {
  const {
    dtype,
    rule = [],
    scales,
    filter,
    exclude,
    allowRequantize: requantize = false,
    rounding,
    all = false,
  } = options;
  const { progress, signal } = context;
  const goal = goalOf(options);
  const named = filter || exclude ? namesOf({ filter, exclude }) : undefined;
  const { checkpoint, format, write, beside } = await openToWrite(context, [input, output], options);
  if (goal) {
    if (format !== 'tfjs')
      throw new UsageError(
        `${format} files have no uint8 codes`,
        'an output that ends in .json (a model of TensorFlow.js)',
      );
    const { probes = 512, backend = 'cpu' } = options;
    const inputs = typeof probes === 'number' ? probes : await context.open(probes);
    if (named) select(checkpoint, { filter, exclude });
    const chosen = { dtype: stockOnly(dtype, [], { scales, to: format }).dtype, filter: named };
    const settings = { goal, backend, probes: inputs, beside, requantize, onProgress: progress.step, signal };
    const made = await quantizeByEffect(checkpoint, { ...settings, ...chosen });
    const written = await write(checkpoint, made.checkpoint);
    const { effect, sensitivity, holds, report } = made;
    context.show(
      { input, ...plainWritten(written), ...report, effect, sensitivity, holds },
      quantizeView(report, written, all, made),
    );
    return holds && keepsBounds(report.quantized, written) ? EXIT.ok : EXIT.findings;
  }
  const listening = { requantize, onProgress: progress.step, signal };
  if (format === 'compact') {
    if (rounding) throw new UsageError('--rounding is of codes of TensorFlow.js, which compact files have not');
    const made = await pack(checkpoint, { dtype, rules: rule, scales, filter: named, ...listening });
    const written = await write(checkpoint, made.checkpoint);
    context.show({ input, ...plainWritten(written), ...made.report }, packView(made.report, written, all));
    return keepsBounds(boundsOf(made.report), written) ? EXIT.ok : EXIT.findings;
  }
  const stock = stockOnly(dtype, rule, { scales, to: format });
  const made = await quantize(checkpoint, { ...stock, filter: named, rounding, format, ...listening });
  const written = await write(checkpoint, made.checkpoint);
  context.show({ input, ...plainWritten(written), ...made.report }, quantizeView(made.report, written, all));
  return keepsBounds(made.report.quantized, written) ? EXIT.ok : EXIT.findings;
}

/** Describes `weightkit quantize`. */
export const describeQuantize = (command: Command): Command =>
  withPart(
    withWriting(command)
      .summary('store weights in one or two bytes each, or in few bits')
      .description(
        'Writes a model whose float weights take 1 byte (uint8) or 2 (uint16, float16) each, in the format of the TensorFlow.js converter, which stock TensorFlow.js loads. An output that ends in .compact has codes of 2 to 8 bits, packed. Integers and strings stay as they are.',
      )
      .addOption(
        new Option(
          '--dtype <dtype>',
          'what values become (default: uint8 for kernels that it is enough for, float16 for the rest, and int8 for kernels in .compact; with --rule only what a rule names; with --agree and --target-size this or float32, chosen for each). Files of TensorFlow.js have the first three',
        ).choices([...DTYPES]),
      )
      .option(
        '--rule <glob=dtype>',
        "a data type by name, as '**/kernel=uint8'; the first that matches counts; may be given again",
        ruleOption,
      )
      .option(
        '--scales <by>',
        'what shares a scale in .compact: tensor, channel, or how many inputs of a channel, as 32 (default: channel for integers, 64 in a row in nf4, 32 in mx)',
        scalesOption,
      )
      .option('--allow-requantize', 'quantize what is quantized already, which loses more')
      .addOption(
        new Option(
          '--rounding <law>',
          'how the converter rounded: float32 as its published files, float64 as since NumPy 2',
        ).choices(['float32', 'float64']),
      )
      .option(
        '--target-size <bytes>',
        'choose data types so that all files together take no more than this, as 400k, and the outputs change least; runs the model',
        bytesOption,
      )
      .option(
        '--agree <share>',
        'choose data types so that it becomes as small as this share of top classes allows, as 0.99; runs the model',
        shareOption,
      )
      .option(
        '--probes <file>',
        'inputs to run it on, as .npy, or .npz with one array for each input; or how many to make (default: 512)',
        probesOption,
      )
      .addOption(new Option('--backend <name>', 'what it is run on (default: cpu)').choices(Object.keys(BACKENDS)))
      .option('--all', 'list tensors that stay as they are too, with the reason'),
    'quantize',
  ).addHelpText(
    'after',
    examples(
      'quantize model.json small/model.json',
      'quantize model.json half/model.json --dtype float16',
      'quantize model.json tiny.compact --dtype int4 --scales 32',
      "quantize model.json mixed/model.json --rule '**/embeddings=uint16' --dtype uint8",
      'quantize model.json small/model.json --target-size 400k --probes x.npy',
      'quantize model.json small/model.json --agree 0.99 --probes x.npy',
      "quantize model.json small/model.json --agree 0.99 --dtype float16 --filter '**/kernel'",
      'quantize model.safetensors half.safetensors --dtype float16 --dry-run',
    ),
  );
