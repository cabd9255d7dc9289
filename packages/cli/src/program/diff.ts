import type { Command } from 'commander';
import { diff } from '../commands/diff.ts';
import { selectBoth } from '../files/select.ts';
import { diffView } from '../views/diff.ts';
import { examples, withSelection } from './common-options.ts';
import { type Context, EXIT, type SelectionOptions } from './context.ts';
import { numberOption } from './values.ts';

/** Options of the command. */
export interface DiffCommandOptions extends SelectionOptions {
  readonly maxAbs?: number;
  readonly all?: boolean;
}

/** What `weightkit diff` does. */
export async function runDiff(
  context: Context,
  before: string,
  after: string,
  { maxAbs, all = false, ...selection }: DiffCommandOptions,
): Promise<number> {
  const { signal, progress } = context;
  const sides = selectBoth(await context.open(before), await context.open(after), selection);
  const difference = await diff(...sides, { maxAbs, onProgress: progress.step, signal });
  context.show({ before, after, ...difference }, diffView(difference, { all, maxAbs }));
  return (difference.within ?? difference.same) ? EXIT.ok : EXIT.findings;
}

/** Describes `weightkit diff`. */
export const describeDiff = (command: Command): Command =>
  withSelection(
    command
      .summary('what differs between two weight files, of any formats')
      .description(
        'Compares two models tensor by tensor: names and shapes first, then how far values went. Values are compared as they are once decoded, so a file and its quantization can be compared. Ends with 1 where anything differs.',
      )
      .argument('<before>', 'a path, a folder or an address')
      .argument('<after>', 'a path, a folder or an address')
      .option(
        '--max-abs <number>',
        'end with 0 where names and shapes are the same and no value went further',
        numberOption,
      )
      .option('--all', 'list tensors that are equal too'),
  ).addHelpText(
    'after',
    examples('diff model.json small/model.json', 'diff before.safetensors after.safetensors --max-abs 1e-5'),
  );
