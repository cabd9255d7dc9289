import type { Checkpoint, WritableFormat } from '@weightkit/checkpoint';
import { type Command, Option } from 'commander';
import { type Written, write } from '../commands/write.ts';
import { modelFiles } from '../files/model-files.ts';
import { checkTarget, formatOf, targetOf } from '../files/target.ts';
import type { Context } from './context.ts';
import { bytesOption } from './values.ts';

/** Options of every command that writes a model. */
export interface WriteOptions {
  readonly to?: WritableFormat;
  readonly shardBytes?: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly sizes?: boolean;
}

/** Adds the arguments and options of a command that writes a model. */
export const withWriting = (command: Command): Command =>
  command
    .argument('<input>', 'a path, a folder or an address')
    .argument(
      '<output>',
      'a file that ends in .json, .safetensors, .npz, .npy or .compact, or a folder for the format of the input',
    )
    .option('--force', 'replace a model that is there; it stays whole until the new one is')
    .option('--dry-run', 'write nothing, and say to the byte what would be written')
    .option(
      '--shard-bytes <bytes>',
      'the most bytes of a weight file (default: 4mib for TensorFlow.js, 5gb for safetensors and compact)',
      bytesOption,
    )
    .option('--sizes', 'compress all bytes for the sizes by gzip and brotli, above 64 MB too');

/** The option that names the format of the output. */
export const formatOption = (): Option =>
  new Option('--to <format>', "the output's format, where its name does not end with it").choices([
    'tfjs',
    'safetensors',
    'npz',
    'npy',
    'compact',
  ]);

/** Opens the input, once the output is known to be one that can be written, and gives how it is written. */
export async function openToWrite(
  context: Context,
  [input, output]: readonly [input: string, output: string],
  options: WriteOptions,
): Promise<{
  checkpoint: Checkpoint;
  format: WritableFormat;
  write: (reference: Checkpoint, made: Checkpoint) => Promise<Written>;
  /** How many bytes files take beside those of the weights. */
  beside: (made: Checkpoint) => Promise<number>;
}> {
  const { to, shardBytes, force = false, dryRun = false, sizes = false } = options;
  const checkpoint = await context.open(input);
  const format = formatOf(output, to, checkpoint.format);
  const target = targetOf(output, format);
  const files = await modelFiles(input);
  await checkTarget(target, files, force);
  const request = { input: files, target, shardBytes, force, sizes, signal: context.signal };
  return {
    checkpoint,
    format,
    write: (reference, made) => write(reference, made, { ...request, dryRun, onProgress: context.progress.step }),
    beside: async (made) => {
      const written = await write(made, made, { ...request, input: [], dryRun: true, sizes: false });
      return written.files.reduce((sum, { bytes }) => sum + bytes, 0) - bytesOf(made);
    },
  };
}

const bytesOf = ({ tensors }: Checkpoint): number => tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** What was written, as JSON has it. */
export const plainWritten = (written: Written) => {
  const { certificate, ...rest } = written;
  return { ...rest, certificate: { ...certificate, errors: Object.fromEntries(certificate.errors) } };
};
