import { type Keep, type ShrinkMode, shrinkCheckpoint, type UnitShares } from '@weightkit/pruning/checkpoint';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../output/usage-error.ts';
import { cutAsPlanned, shrinkView } from '../views/shrink.ts';
import { examples } from './common-options.ts';
import { type Context, EXIT } from './context.ts';
import { sharesOption } from './values.ts';
import { openToWrite, plainWritten, type WriteOptions, withWriting } from './write-options.ts';

/** Options of the command. */
export interface ShrinkCommandOptions extends WriteOptions {
  readonly mode?: ShrinkMode;
  readonly sparsity?: UnitShares;
  readonly keep?: Keep;
}

/** `dense1=0,3,8-15`. */
function keepOption(value: string, before: Keep = {}): Keep {
  const at = value.lastIndexOf('=');
  const parts = value.slice(at + 1).split(',');
  const runs = parts.map((part) => /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part.trim()));
  if (at < 1 || runs.includes(null))
    throw new InvalidArgumentError('It must be a layer and the units that stay, as dense1=0,3,8-15.');
  const units = runs.flatMap((run) => {
    const [first, last] = [Number(run![1]), Number(run![2] ?? run![1])];
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  });
  return { ...before, [value.slice(0, at)]: units };
}

/** What `weightkit shrink` does. */
export async function runShrink(
  context: Context,
  input: string,
  output: string,
  options: ShrinkCommandOptions,
): Promise<number> {
  const { mode, sparsity, keep } = options;
  if (sparsity !== undefined && keep !== undefined)
    throw new UsageError('--sparsity and --keep both say which units go', '--sparsity 0.5');
  const { checkpoint, format, write } = await openToWrite(context, [input, output], options);
  if (format !== 'tfjs')
    throw new UsageError('the output must be a model.json, which says what joins layers', 'smaller/model.json');
  const made = await shrinkCheckpoint(checkpoint, {
    ...(mode === undefined ? {} : { mode }),
    ...(sparsity === undefined ? {} : { sparsity }),
    ...(keep === undefined ? {} : { keep }),
    signal: context.signal,
  });
  // What goes is no longer there to be compared: the certificate is of what was to be written.
  const written = await write(made.checkpoint, made.checkpoint);
  const { plan, guarantee, dropped } = made;
  const { toString: _, ...plain } = plan;
  context.show(
    { input, ...plainWritten(written), plan: plain, guarantee, optimizer: dropped },
    shrinkView(made, written),
  );
  return cutAsPlanned(written) ? EXIT.ok : EXIT.findings;
}

/** Describes `weightkit shrink`. */
export const describeShrink = (command: Command): Command =>
  withWriting(command)
    .summary('take whole units out of a LayersModel, so that it is really smaller')
    .description(
      "Writes a LayersModel with fewer units and filters, which TensorFlow.js loads as any other. Without options only units go of which the model's outputs show nothing. Layers of which no rule is known keep what flows through them. --dry-run prints the plan alone. Nothing is run.",
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'exact: what is never seen; absorb: what is constant too, where a bias can take it; approximate: what --sparsity or --keep says',
      ).choices(['exact', 'absorb', 'approximate']),
    )
    .option(
      '--sparsity <share>',
      "the share of its units that each layer loses, the smallest first, as 0.5; or by pattern, as 'conv*=0.5', more than once",
      sharesOption,
    )
    .option('--keep <units>', 'the units of a layer that stay, as dense1=0,3,8-15, more than once', keepOption)
    .addHelpText(
      'after',
      examples(
        'shrink pruned/model.json smaller/model.json --dry-run',
        "shrink model.json smaller/model.json --sparsity 'conv*=0.5' --sparsity 'dense1=30%'",
      ),
    );
