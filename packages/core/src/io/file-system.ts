import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';

const JSON_NAME = 'model.json';
const WEIGHTS_NAME = 'weights.bin';

/** Writes to a temporary name beside the target and onto the disk; `rename` makes it real. */
async function writeTemporary(path: string, content: string | Uint8Array): Promise<string> {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await file.close();
  return temporary;
}

async function save(folder: string, artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
  checkType(
    artifacts.modelTopology !== undefined && !(artifacts.modelTopology instanceof ArrayBuffer),
    'fileSystem: topology must be JSON',
    artifacts.modelTopology,
  );
  const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData ?? new ArrayBuffer(0)));
  const { weightSpecs = [], weightData: _, ...rest } = artifacts;
  const manifest = [{ paths: [WEIGHTS_NAME], weights: weightSpecs }];
  const json = JSON.stringify({ ...rest, weightsManifest: manifest });
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  try {
    for (const [name, content] of [
      [WEIGHTS_NAME, bytes],
      [JSON_NAME, json],
    ] as const)
      written.push(await writeTemporary(join(folder, name), content));
    await rename(written[0]!, join(folder, WEIGHTS_NAME));
    await rename(written[1]!, join(folder, JSON_NAME));
  } finally {
    for (const path of written) await rm(path, { force: true });
  }
  return {
    modelArtifactsInfo: {
      dateSaved: new Date(),
      modelTopologyType: 'JSON',
      modelTopologyBytes: JSON.stringify(artifacts.modelTopology).length,
      weightSpecsBytes: JSON.stringify(weightSpecs).length,
      weightDataBytes: bytes.byteLength,
    },
  };
}

/** The bytes that a manifest entry takes in the file. */
export function storedBytes({ shape, dtype, quantization }: tf.io.WeightsManifestEntry): number {
  const widths: Record<string, number> = {
    float32: 4,
    int32: 4,
    complex64: 8,
    bool: 1,
    uint8: 1,
    uint16: 2,
    float16: 2,
  };
  return tf.util.sizeFromShape(shape) * (widths[quantization?.dtype ?? dtype] ?? 0);
}

function parse(path: string, text: string): tf.io.ModelJSON {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`fileSystem: ${path} must be JSON, got ${(error as Error).message}`, { cause: error });
  }
  const model = json as Partial<tf.io.ModelJSON> | null;
  checkType(
    typeof model === 'object' && model !== null && Array.isArray(model.weightsManifest) && !!model.modelTopology,
    `fileSystem: ${path} must have modelTopology and weightsManifest`,
    json,
  );
  return model as tf.io.ModelJSON;
}

async function loadGroup(
  folder: string,
  { paths, weights }: tf.io.WeightsManifestConfig[number],
): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for (const name of paths) {
    const inside = normalize(name);
    checkRange(
      !isAbsolute(inside) && !inside.startsWith(`..${sep}`),
      'fileSystem: weight files must lie beside model.json',
      name,
    );
    parts.push(await readFile(join(folder, inside)));
  }
  const got = parts.reduce((sum, part) => sum + part.byteLength, 0);
  if (weights.some(({ dtype }) => dtype === 'string')) return parts;
  const wanted = weights.reduce((sum, entry) => sum + storedBytes(entry), 0);
  checkRange(got === wanted, `fileSystem: ${paths.join(', ')} must have ${wanted} bytes as model.json says`, got);
  return parts;
}

async function load(folder: string): Promise<tf.io.ModelArtifacts> {
  const path = join(folder, JSON_NAME);
  const json = parse(path, await readFile(path, 'utf8'));
  return tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const parts: Uint8Array[] = [];
    for (const group of manifest) parts.push(...(await loadGroup(folder, group)));
    return [tf.io.getWeightSpecs(manifest), Uint8Array.from(Buffer.concat(parts)).buffer];
  });
}

/**
 * Saves to and loads from a folder on disk, in Node and without tfjs-node: `model.json` and `weights.bin`, the standard
 * files that browsers and tfjs-node load too.
 *
 * Saving writes temporary files and renames them when both are whole, so a failure leaves an earlier model in place. Loading
 * refuses JSON that is broken and weight files of another length than the JSON says, which stock loaders read as garbage.
 *
 * @example
 * await saveFolded(model, fileSystem('out/model'));
 * const again = await tf.loadLayersModel(fileSystem('out/model'));
 *
 * @param path - the folder, or the `model.json` in it
 * @returns a handler for `model.save`, `tf.loadLayersModel`, {@link saveFolded}
 */
export function fileSystem(path: string): Required<tf.io.IOHandler> {
  checkType(typeof path === 'string' && path !== '', 'fileSystem: path must be a folder', path);
  const folder = path.endsWith('.json') ? dirname(path) : path;
  return {
    save: (artifacts) => save(folder, artifacts),
    load: () => load(folder),
  } as Required<tf.io.IOHandler>;
}
