import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { ZooModel } from './zoo.ts';

/** What stock TensorFlow.js makes of a file: a model, or tensors by name. */
export type ZooSource =
  | { kind: 'graph'; source: tf.GraphModel }
  | { kind: 'layers'; source: tf.LayersModel }
  | { kind: 'manifest'; source: tf.NamedTensorMap };

interface Manifest {
  paths: string[];
  weights: tf.io.WeightsManifestEntry[];
}

const require = createRequire(import.meta.url);

/** A file's contents; some packages have them as JavaScript, JSON as an object and bytes as base64. */
const jsonOf = (path: string) => (path.endsWith('.js') ? require(path) : JSON.parse(readFileSync(path, 'utf8')));
function bytesOf(path: string): Buffer {
  const script = `${path}.min.js`;
  return existsSync(script) ? Buffer.from(require(script) as string, 'base64') : readFileSync(path);
}

/** The weights of a manifest: specs, and the shards in order as one. */
function weightsIn(folder: string, groups: readonly Manifest[]) {
  const shards = groups.flatMap(({ paths }) => paths.map((path) => bytesOf(join(folder, path))));
  const { buffer, byteOffset, byteLength } = Buffer.concat(shards);
  const weightData = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  return { weightSpecs: groups.flatMap(({ weights }) => weights), weightData };
}

/** What a model of the zoo is made of: its topology and weights, as the package has them. */
export function openArtifacts(packageFolder: string, { file }: ZooModel): tf.io.ModelArtifacts {
  const path = join(packageFolder, file);
  const { weightsManifest, ...rest } = jsonOf(path) as { weightsManifest: Manifest[] };
  return { ...rest, ...weightsIn(dirname(path), weightsManifest) };
}

/** Loads a model of the zoo in stock TensorFlow.js; the caller disposes it. */
export async function openModel(packageFolder: string, model: ZooModel): Promise<ZooSource> {
  const { file, kind } = model;
  if (kind === 'manifest') {
    const path = join(packageFolder, file);
    const { weightSpecs, weightData } = weightsIn(dirname(path), jsonOf(path) as Manifest[]);
    return { kind, source: tf.io.decodeWeights(weightData, weightSpecs) };
  }
  const artifacts = openArtifacts(packageFolder, model);
  const handler = tf.io.fromMemory(artifacts);
  if (kind === 'layers') return { kind, source: await tf.loadLayersModel(handler) };
  return { kind, source: await tf.loadGraphModel({ load: async () => artifacts }) };
}
