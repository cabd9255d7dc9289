import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Format, WritableFormat } from '@weightkit/checkpoint';
import { UsageError } from '../output/usage-error.ts';
import type { ModelFile } from './model-files.ts';

const ENDINGS: Readonly<Record<WritableFormat, RegExp>> = {
  tfjs: /\.json$/i,
  safetensors: /\.safetensors$/i,
  npz: /\.npz$/i,
  npy: /\.npy$/i,
  compact: /\.compact$/i,
};
const MAIN: Readonly<Record<WritableFormat, string>> = {
  tfjs: 'model.json',
  safetensors: 'model.safetensors',
  npz: 'model.npz',
  npy: 'tensor.npy',
  compact: 'model.compact',
};

/** Where a model goes. */
export interface Target {
  /** What was typed. */
  readonly output: string;
  readonly format: WritableFormat;
  /** The folder, and the file that the model is opened by. */
  readonly folder: string;
  readonly main: string;
}

/** The format of an output: as it is asked for, by the ending of its name, or the input's. */
export function formatOf(output: string, asked: WritableFormat | undefined, input: Format): WritableFormat {
  const ending = (Object.keys(ENDINGS) as WritableFormat[]).find((format) => ENDINGS[format].test(output));
  if (asked !== undefined && ending !== undefined && asked !== ending)
    throw new UsageError(`an output of --to ${asked} must not end as ${ending}, got ${output}`);
  if (/\.(gguf|onnx|tflite|pt|pth|bin|h5|keras)$/i.test(output))
    throw new UsageError(
      `an output must end in .json, .safetensors, .npz, .npy or .compact, or be a folder, got ${output}`,
      'weightkit convert --help lists the formats that are written',
    );
  return asked ?? ending ?? (input === 'gguf' ? 'safetensors' : input);
}

/** The place that an output stands for: a file by its ending, else a folder. */
export function targetOf(output: string, format: WritableFormat): Target {
  if (ENDINGS[format].test(output)) return { output, format, folder: dirname(output), main: basename(output) };
  return { output, format, folder: output, main: MAIN[format] };
}

/** The index that stands for shards. */
export const shardIndex = (main: string): string => main.replace(/\.(safetensors|compact)$/i, '.$1.index.json');

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A path as the disk has it, where the file may not be there yet. */
const trueName = async (path: string): Promise<string> =>
  realpath(path).catch(async () => join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path)));

/**
 * Throws unless a model may be written there: never over its own input, and over another one only by force.
 *
 * @param files - the input's
 */
export async function checkTarget(
  { folder, main, output }: Target,
  files: readonly ModelFile[],
  force: boolean,
): Promise<void> {
  const mine = [join(folder, main), join(folder, shardIndex(main))];
  const inputs = new Set(await Promise.all(files.map(({ path }) => trueName(path))));
  for (const path of mine)
    if (inputs.has(await trueName(path)))
      throw new UsageError(
        `the output must not be the input, got ${output} for both`,
        'give another name; nothing is changed in place',
      );
  if (force) return;
  for (const path of mine)
    if (await isThere(path))
      throw new UsageError(`${path} is there already`, 'give another name, or --force to replace it');
  const found = await stat(folder).catch(() => undefined);
  if (found && !found.isDirectory())
    throw new UsageError(`an output without an ending is a folder, but ${folder} is a file`);
}
