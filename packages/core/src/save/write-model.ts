import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { makeFolder } from './make-folder.ts';
import { bytesWithStrings, storedBytes } from './stored-bytes.ts';
import { namedWeights, saveFiles, sweep } from './weight-files.ts';

/** The error for what cannot be written, with the system's code. */
const unwritable =
  (path: string) =>
  (cause: NodeJS.ErrnoException): never => {
    const error = new Error(`fileSystem: ${path} must be a file that can be written, got ${cause.code}`, { cause });
    throw Object.assign(error, { code: cause.code });
  };

/** Writes a new file and waits until it is on the disk. */
async function write(path: string, parts: Iterable<string | Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Waits until the names in a folder are on the disk, where the system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

type Bytes = ArrayBuffer | Uint8Array;
const partsOf = (data: tf.io.WeightData | undefined): Bytes[] =>
  data === undefined ? [] : Array.isArray(data) ? data : [data];
const viewOf = (part: Bytes): Uint8Array =>
  ArrayBuffer.isView(part) ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(part);

/** Refuses what JSON text would lose or cannot be put beside weights. */
function checkArtifacts({ modelTopology, weightSpecs, weightData }: tf.io.ModelArtifacts): void {
  checkType(
    typeof modelTopology === 'object' && modelTopology !== null && !(modelTopology instanceof ArrayBuffer),
    'fileSystem: topology must be JSON',
    modelTopology,
  );
  checkType(
    weightSpecs === undefined || Array.isArray(weightSpecs),
    'fileSystem: weightSpecs must be a list',
    weightSpecs,
  );
  for (const part of partsOf(weightData))
    checkType(
      part instanceof ArrayBuffer || ArrayBuffer.isView(part),
      'fileSystem: weightData must be an ArrayBuffer or a list of them',
      part,
    );
}

/** Refuses weights of another length than their specs say, as a model that was loaded as a stream has. */
function checkLength(weightSpecs: readonly tf.io.WeightsManifestEntry[], parts: readonly Uint8Array[]): void {
  const there = parts.reduce((sum, part) => sum + part.byteLength, 0);
  let wanted = storedBytes(weightSpecs);
  if (there >= wanted && weightSpecs.some(({ dtype }) => dtype === 'string'))
    wanted = bytesWithStrings(weightSpecs, Buffer.concat(parts));
  checkRange(there === wanted, `fileSystem: weightData must have ${wanted} bytes as weightSpecs say`, there);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );

/**
 * Writes a model's JSON and its weights beside it so that at every moment the file `json` is a whole model, the earlier or the
 * new one: the weights under a name of their own, then the JSON under another name, then its rename.
 *
 * @param json - the JSON file's path
 * @param artifacts - as `model.save` gives them to a handler
 */
export async function writeModel(json: string, artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
  const { weightSpecs = [], weightData, ...rest } = artifacts;
  checkArtifacts(artifacts);
  const parts = partsOf(weightData).map(viewOf);
  checkLength(weightSpecs, parts);
  const files = await saveFiles(json);
  const topology = JSON.stringify(rest.modelTopology);
  const text = JSON.stringify({ ...rest, weightsManifest: [{ paths: [files.weightsName], weights: weightSpecs }] });
  const folder = dirname(json);
  await makeFolder('fileSystem', folder);
  if (await isFolder(json)) throw new Error(`fileSystem: ${json} must be a file or free, got a folder`);
  const before = await namedWeights(json);
  try {
    await write(files.pending, [text]).catch(unwritable(files.pending));
    await write(files.weights, parts).catch(unwritable(files.weights));
    await syncFolder(folder);
    await rename(files.pending, json).catch(unwritable(json));
  } catch (error) {
    // The weights first: without the pending file they would be nobody's.
    for (const made of [files.weights, files.pending]) await rm(made, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
  // The model is saved; what cannot be deleted now, a later save deletes.
  await sweep(json, before).catch(() => undefined);
  return {
    modelArtifactsInfo: {
      dateSaved: new Date(),
      modelTopologyType: 'JSON',
      modelTopologyBytes: Buffer.byteLength(topology),
      weightSpecsBytes: Buffer.byteLength(JSON.stringify(weightSpecs)),
      weightDataBytes: parts.reduce((sum, part) => sum + part.byteLength, 0),
    },
  };
}
