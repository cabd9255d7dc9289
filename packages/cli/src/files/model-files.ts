import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file of a model. */
export interface ModelFile {
  readonly path: string;
  readonly bytes: number;
}

/** What a folder is opened by, as `openCheckpoint` has it. */
const MAIN = ['model.json', 'model.safetensors.index.json', 'model.safetensors', 'weights_manifest.json'];

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

/** The names of weight files that a parsed index has, each once, in its order. */
export function namesIn(index: unknown): string[] {
  const { weightsManifest, weight_map: map } = Object(index) as { weightsManifest?: unknown; weight_map?: unknown };
  const groups = Array.isArray(index) ? index : weightsManifest;
  const names = Array.isArray(groups)
    ? groups.flatMap((group) => (Object(group) as { paths?: unknown }).paths ?? [])
    : Object.values(Object(map) as object);
  return [...new Set(names.filter((name): name is string => typeof name === 'string'))];
}

/** Whether a file's first sign is one of JSON's lists and objects. */
async function beginsAsJson(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return /^(\ufeff)?\s*[[{]/.test(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}

/** The longest index that is read. */
const MAX_JSON = 256_000_000;

/** The parsed index behind a path, where the path is one of an index. */
export async function indexAt(path: string): Promise<unknown> {
  if (((await sizeOf(path)) ?? MAX_JSON + 1) > MAX_JSON || !(await beginsAsJson(path))) return undefined;
  try {
    return JSON.parse((await readFile(path, 'utf8')).replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
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
