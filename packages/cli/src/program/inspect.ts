import type { Command } from 'commander';
import { inspect } from '../commands/inspect.ts';
import { compressedSizes } from '../files/compressed.ts';
import { isUrl, modelFiles } from '../files/model-files.ts';
import { inspectView } from '../views/inspect.ts';
import { examples, withSelection } from './common-options.ts';
import { type Context, EXIT, type SelectionOptions } from './context.ts';

/** Options of the command. */
export interface InspectCommandOptions extends SelectionOptions {
  readonly header?: boolean;
  readonly sizes?: boolean;
}

/** From here on only the header is read, unless it is asked otherwise. */
const LARGE = 1e9;

/** What `weightkit inspect` does. */
export async function runInspect(context: Context, model: string, options: InspectCommandOptions): Promise<number> {
  const { signal, progress } = context;
  const checkpoint = await context.open(model, options);
  const files = await modelFiles(model);
  const onDisk = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const headerOnly = options.header ?? (isUrl(model) || onDisk > LARGE);
  const inspection = await inspect(checkpoint, { headerOnly, onProgress: progress.step, signal });
  const compressed =
    files.length > 0 && (!headerOnly || options.sizes)
      ? await compressedSizes(files, { exact: options.sizes ?? false, signal })
      : null;
  context.show({ model, ...inspection, files, compressed }, inspectView(inspection, { files, compressed }));
  return EXIT.ok;
}

/** Describes `weightkit inspect`. */
export const describeInspect = (command: Command): Command =>
  withSelection(
    command
      .summary('what is in a weight file: names, shapes, types, values')
      .description(
        'Lists every tensor with its shape, type, how it is stored and what its values are like: zeros, range, spread and a histogram in eight steps.',
      )
      .argument('<model>', 'a path, a folder or an address')
      .option('--header', 'read names, shapes and types alone (default over HTTP and above 1 GB)')
      .option('--no-header', 'read the values in any case')
      .option('--sizes', 'compress all bytes for the sizes by gzip and brotli, above 64 MB too'),
  ).addHelpText(
    'after',
    examples('inspect model.json', "inspect model.safetensors --filter '*.weight'", 'inspect model.gguf --format json'),
  );
