import * as tf from '@tensorflow/tfjs';
import { type Checkpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { through } from '@weightkit/datasets';

/** A file of a model, packed by gzip, and the bytes that it has unpacked. */
export interface PackedFile {
  name: string;
  bytes: number;
  gzip: Uint8Array;
}

/** Bytes of all files: as they are written, and packed. */
export interface Bytes {
  bytes: number;
  gzip: number;
}

export const bytesOf = (files: readonly PackedFile[]): Bytes => ({
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  gzip: files.reduce((sum, { gzip }) => sum + gzip.length, 0),
});

// #region files
/** Writes a model as TensorFlow.js writes it, model.json and its weights, and packs each file by gzip. */
export async function pack(checkpoint: Checkpoint): Promise<PackedFile[]> {
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(checkpoint, files, { format: 'tfjs' });
  const packed: PackedFile[] = [];
  for (const [name, bytes] of files)
    packed.push({ name: `${name}.gz`, bytes: bytes.length, gzip: await through(bytes, new CompressionStream('gzip')) });
  return packed;
}

/** Unpacks the files of a model, and lets stock TensorFlow.js load it. The caller disposes it. */
export async function unpackAndLoad(files: readonly PackedFile[]): Promise<tf.LayersModel> {
  const unpacked = new Map<string, Uint8Array>();
  for (const { name, gzip } of files)
    unpacked.set(name.replace(/\.gz$/, ''), await through(gzip, new DecompressionStream('gzip')));
  const json = JSON.parse(new TextDecoder().decode(unpacked.get('model.json'))) as tf.io.ModelJSON;
  const artifacts = await tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const parts = manifest.flatMap(({ paths }) => paths).map((path) => unpacked.get(path)!);
    return [
      manifest.flatMap(({ weights }) => weights),
      await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer(),
    ];
  });
  return tf.loadLayersModel(tf.io.fromMemory(artifacts));
}
// #endregion
