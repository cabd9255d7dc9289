import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beginsAsJson, indexIn, MAX_INDEX, namesIn } from './index-names.ts';

/** A file of a model. */
export interface ModelFile {
  readonly path: string;
  readonly bytes: number;
}

/** What a folder is opened by, as `openCheckpoint` has it. */
const MAIN = [
  'model.json',
  'model.safetensors.index.json',
  'model.safetensors',
  'model.compact.index.json',
  'model.compact',
  'weights_manifest.json',
];

/** Whether a text is an address and no path. */
export const isUrl = (source: string): boolean => /^(https?|data|blob):/i.test(source);

const sizeOf = async (path: string): Promise<number | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
};

/** The file that a path stands for: itself, or the one that a folder is opened by; undefined where there is none. */
export async function mainFile(source: string): Promise<string | undefined> {
  const found = await stat(source).catch(() => undefined);
  if (!found?.isDirectory()) return found ? source : undefined;
  for (const name of MAIN) if ((await sizeOf(join(source, name))) !== undefined) return join(source, name);
  return undefined;
}

/** The first letters of a file. */
async function beginningOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The parsed index behind a path, where the path is one of an index. */
export async function indexAt(path: string): Promise<unknown> {
  if (((await sizeOf(path)) ?? MAX_INDEX + 1) > MAX_INDEX || !beginsAsJson(await beginningOf(path))) return undefined;
  return indexIn(await readFile(path, 'utf8'));
}

/**
 * The files of a model that has been opened: its index and the weight files that it names, or the one file; none of a URL.
 *
 * @param source - the path that was opened
 */
export async function modelFiles(source: string): Promise<ModelFile[]> {
  if (isUrl(source)) return [];
  const main = await mainFile(source);
  if (main === undefined) return [];
  const beside = namesIn(await indexAt(main)).map((name) => join(dirname(main), name));
  const files: ModelFile[] = [];
  for (const path of [...new Set([main, ...beside])]) {
    const bytes = await sizeOf(path);
    if (bytes !== undefined) files.push({ path, bytes });
  }
  return files;
}
