import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { makeFolder } from './make-folder.ts';
import { bytesWithStrings, storedBytes } from './stored-bytes.ts';

/** The first of `weights.bin`, `weights.1.bin`, ... that is free: the model that is there stays whole until the new one is. */
function freeName(inUse: readonly string[]): string {
  let name = 'weights.bin';
  for (let i = 1; inUse.includes(name); i++) name = `weights.${i}.bin`;
  return name;
}

/** Writes a file and waits until it is on the disk; nothing stays after a failure. */
async function write(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`fileSystem: folder must be one that can be written, got ${path} (${error.code})`, {
      cause: error,
    });
  });
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** The weight files of the model that is there already. */
async function namesInUse(path: string): Promise<string[]> {
  try {
    const { weightsManifest } = JSON.parse(await readFile(path, 'utf8')) as tf.io.ModelJSON;
    return weightsManifest.flatMap(({ paths }) => paths.map(normalize));
  } catch {
    return [];
  }
}

async function save(path: string, artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
  const { weightSpecs = [], weightData = new ArrayBuffer(0), ...rest } = artifacts;
  checkType(
    typeof rest.modelTopology === 'object' && !(rest.modelTopology instanceof ArrayBuffer),
    'fileSystem: topology must be JSON',
    rest.modelTopology,
  );
  const folder = dirname(path);
  await makeFolder('fileSystem', folder);
  const inUse = await namesInUse(path);
  const weightsName = freeName(inUse);
  const manifest = [{ paths: [weightsName], weights: weightSpecs }];
  const weights = join(folder, weightsName);
  const json = `${path}.tmp`;
  try {
    await write(weights, new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
    await write(json, JSON.stringify({ ...rest, weightsManifest: manifest }));
    await rename(json, path);
  } catch (error) {
    for (const made of [weights, json]) await rm(made, { force: true }).catch(() => undefined);
    throw error;
  }
  for (const name of inUse)
    if (name !== weightsName && /^weights(\.\d+)?\.bin$/.test(name)) await rm(join(folder, name), { force: true });
  return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
}

function parse(path: string, text: string): tf.io.ModelJSON {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`fileSystem: ${path} must be JSON, got ${(error as Error).message}`, { cause: error });
  }
  const { modelTopology, weightsManifest } = (json ?? {}) as Partial<tf.io.ModelJSON>;
  checkType(
    typeof modelTopology === 'object' && modelTopology !== null && Array.isArray(weightsManifest),
    `fileSystem: ${path} must have modelTopology and weightsManifest`,
    json,
  );
  for (const group of weightsManifest)
    checkType(
      Array.isArray(group?.paths) && Array.isArray(group.weights) && group.weights.every((entry) => !!entry),
      `fileSystem: a group in the weightsManifest of ${path} must have paths and weights`,
      group,
    );
  return json as tf.io.ModelJSON;
}

function inFolder(folder: string, name: unknown): string {
  checkRange(
    typeof name === 'string' && !isAbsolute(name) && !normalize(name).split(sep).includes('..'),
    'fileSystem: weight files must lie beside model.json',
    name,
  );
  return join(folder, name);
}

/** The error for a file that is missing or cannot be read, with the system's code. */
const unreadable =
  (path: string) =>
  (cause: NodeJS.ErrnoException): never => {
    const error = new Error(`fileSystem: ${path} must be a file that can be read, got ${cause.code}`, { cause });
    throw Object.assign(error, { code: cause.code });
  };

async function loadGroup(
  folder: string,
  { paths, weights }: tf.io.WeightsManifestConfig[number],
): Promise<Uint8Array[]> {
  const files = paths.map((name) => inFolder(folder, name));
  const wanted = storedBytes(weights);
  const hasStrings = weights.some(({ dtype }) => dtype === 'string');
  const mismatch = (got: number, expected: number): void =>
    checkRange(got === expected, `fileSystem: ${paths.join(', ')} must have ${expected} bytes as model.json says`, got);
  let there = 0;
  for (const file of files) there += (await stat(file).catch(unreadable(file))).size;
  // Strings say in the file how long they are: known is only the least that they take.
  if (!hasStrings || there < wanted) mismatch(there, wanted);
  const parts = await Promise.all(files.map((file) => readFile(file).catch(unreadable(file))));
  if (hasStrings) mismatch(there, bytesWithStrings(weights, Buffer.concat(parts)));
  return parts;
}

async function load(path: string): Promise<tf.io.ModelArtifacts> {
  const json = parse(path, await readFile(path, 'utf8').catch(unreadable(path)));
  return tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const parts: Uint8Array[] = [];
    for (const group of manifest) parts.push(...(await loadGroup(dirname(path), group)));
    return [tf.io.getWeightSpecs(manifest), Uint8Array.from(Buffer.concat(parts)).buffer];
  });
}

/**
 * Saves to and loads from a folder on disk, in Node and without tfjs-node: `model.json` and a weight file beside it, the
 * standard files that browsers and tfjs-node load too.
 *
 * Saving writes the weights to a name that the model already there does not use, `weights.bin` or `weights.1.bin`, and then
 * replaces `model.json` at one stroke, so a failure at any moment leaves the earlier model whole. Loading refuses JSON that is
 * broken, files outside the folder, and weight files of another length than the JSON says, which stock loaders read as
 * garbage; nothing of the size of the JSON's claims is allocated before the files are known to have it.
 *
 * @example
 * await saveFolded(model, fileSystem('out/model'));
 * const again = await tf.loadLayersModel(fileSystem('out/model'));
 *
 * @param path - the folder, or the JSON file in it when it ends in `.json` (`model.json` else)
 * @returns a handler for `model.save`, `tf.loadLayersModel`, `saveFolded`
 */
export function fileSystem(path: string): Required<Pick<tf.io.IOHandler, 'load' | 'save'>> {
  checkType(typeof path === 'string' && path !== '', 'fileSystem: path must be a folder', path);
  const json = path.endsWith('.json') ? normalize(path) : join(path, 'model.json');
  return {
    save: (artifacts) => save(json, artifacts),
    load: () => load(json),
  };
}
