import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { allDone } from '../model/all-done.ts';
import { bytesWithStrings, storedBytes } from './stored-bytes.ts';

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
  const parts = await allDone(files.map((file) => readFile(file).catch(unreadable(file))));
  if (hasStrings) mismatch(there, bytesWithStrings(weights, Buffer.concat(parts)));
  return parts;
}

async function weightsOf(json: string, manifest: tf.io.WeightsManifestConfig): Promise<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const group of manifest) for (const part of await loadGroup(dirname(json), group)) parts.push(part);
  return Uint8Array.from(Buffer.concat(parts)).buffer;
}

/**
 * Reads a model's JSON and its weights.
 *
 * @param path - the JSON file's path
 */
export async function readModel(path: string): Promise<tf.io.ModelArtifacts> {
  const read = () => readFile(path, 'utf8').catch(unreadable(path));
  for (let text = await read(); ; ) {
    const { weightsManifest, ...rest } = parse(path, text);
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
    try {
      return { ...rest, weightSpecs, weightData: await weightsOf(path, weightsManifest) } as tf.io.ModelArtifacts;
    } catch (error) {
      // A save that ended between the two has deleted the earlier weights: the JSON names the new ones now.
      const now = await read();
      if (now === text) throw error;
      text = now;
    }
  }
}
