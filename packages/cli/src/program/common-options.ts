import { type Command, Option } from 'commander';
import { bytesOption, listOption, shardOption } from './values.ts';

/** Adds the options that every command has. */
export const withCommonOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--format <format>', 'auto is pretty in a terminal, else tsv')
        .choices(['auto', 'pretty', 'json', 'md', 'csv', 'tsv'])
        .default('auto'),
    )
    .option('--memory <bytes>', 'stop, with nothing left behind, when the process takes more than this', bytesOption);

/** Adds the options that choose tensors. */
export const withSelection = (command: Command): Command =>
  command
    .option(
      '--filter <glob>',
      'only tensors of this name; * stays inside one part, ** crosses /; may be given again',
      listOption,
    )
    .option('--exclude <glob>', 'all but tensors of this name; may be given again', listOption)
    .option('--shard <i/n>', 'only the i-th of n parts of about equal bytes, for n machines', shardOption);

/** Adds the options that choose the tensors to change, while the others stay as they are. */
export const withPart = (command: Command, verb: string): Command =>
  command
    .option(
      '--filter <glob>',
      `${verb} only tensors of this name; the others stay as they are; may be given again`,
      listOption,
    )
    .option('--exclude <glob>', `${verb} no tensors of this name; may be given again`, listOption);

/** A line of examples below the help of a command. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ weightkit ${line}`).join('\n')}\n`;
