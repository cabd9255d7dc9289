import type { Command } from 'commander';
import { check } from '../commands/check.ts';
import { onDisk } from '../files/on-disk.ts';
import { checkView } from '../views/check.ts';
import { examples, withSelection } from './common-options.ts';
import { type Context, EXIT, type SelectionOptions } from './context.ts';

/** Options of the command. */
export interface CheckCommandOptions extends SelectionOptions {
  readonly strict?: boolean;
}

/** What `weightkit check` does. */
export async function runCheck(
  context: Context,
  model: string,
  { strict = false, ...selection }: CheckCommandOptions,
): Promise<number> {
  const { progress, signal } = context;
  const found = await check(await onDisk(model), () => context.open(model, selection), {
    strict,
    onProgress: progress.step,
    signal,
  });
  context.show({ model, ...found }, checkView(found));
  return found.ok ? EXIT.ok : EXIT.findings;
}

/** Describes `weightkit check`. */
export const describeCheck = (command: Command): Command =>
  withSelection(
    command
      .summary('why a model does not load, or predicts nonsense')
      .description(
        'Looks for what breaks models: weight files that are pages of HTML, missing, cut off or in the wrong order, headers that lie, NaN and infinity, tensors of one value or stored twice. Ends with 1 where there is an error or a warning.',
      )
      .argument('<model>', 'a path, a folder or an address')
      .option('--strict', 'end with 1 for notes as well'),
  ).addHelpText('after', examples('check model.json', 'check model.safetensors --format json'));
