import type * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, CheckpointError, openCheckpoint, saveModel } from '@weightkit/checkpoint';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { bytesWithStrings, storedBytes } from './stored-bytes.ts';

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

/** The artifacts as a checkpoint: views of their bytes. */
async function opened(artifacts: tf.io.ModelArtifacts, parts: readonly Uint8Array[]): Promise<Checkpoint> {
  const weightData = parts.map((part) =>
    part.byteLength === part.buffer.byteLength ? (part.buffer as ArrayBuffer) : part.slice().buffer,
  );
  try {
    return await openCheckpoint({ weightSpecs: [], ...artifacts, weightData });
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new RangeError(error.message.replace(/^openCheckpoint/, 'fileSystem'), { cause: error });
  }
}

/**
 * Writes a model's JSON and its weights beside it so that at every moment the file `json` is a whole model, the earlier or the
 * new one.
 *
 * @param json - the JSON file's path
 * @param artifacts - as `model.save` gives them to a handler
 */
export async function writeModel(json: string, artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
  const { weightSpecs = [], weightData } = artifacts;
  checkArtifacts(artifacts);
  const parts = partsOf(weightData).map(viewOf);
  checkLength(weightSpecs, parts);
  const topology = JSON.stringify(artifacts.modelTopology);
  await saveModel('fileSystem', json, await opened(artifacts, parts));
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
