// The files that pages about the command speak of, in the working directory: a network for digits in several states.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../root.mjs';

const built = (name) => import(pathToFileURL(join(root, 'packages', name, 'dist/index.js')).href);

const UNITS = [784, 64, 10];
const NAMES = ['hidden', 'out'];

/** What stock TensorFlow.js loads: two dense layers. */
const TOPOLOGY = {
  class_name: 'Sequential',
  keras_version: 'tfjs-layers 4.22.0',
  backend: 'tensor_flow.js',
  config: {
    name: 'digits',
    layers: NAMES.map((name, i) => ({
      class_name: 'Dense',
      config: {
        name,
        units: UNITS[i + 1],
        activation: i === 0 ? 'relu' : 'softmax',
        use_bias: true,
        dtype: 'float32',
        trainable: true,
        ...(i === 0 ? { batch_input_shape: [null, UNITS[0]] } : {}),
      },
    })),
  },
};

/** Weights by name, the same on every machine: streams of numerics. */
async function weights() {
  const { fillNormal, foldIn, randomKey } = await built('numerics');
  return NAMES.flatMap((name, i) => {
    const [inputs, units] = UNITS.slice(i);
    const normal = (size, std, stream) =>
      fillNormal(new Float32Array(size), foldIn(randomKey(7), stream)).map((value) => value * std);
    return [
      { name: `${name}/kernel`, shape: [inputs, units], values: normal(inputs * units, Math.sqrt(2 / inputs), 2 * i) },
      { name: `${name}/bias`, shape: [units], values: normal(units, 0.05, 2 * i + 1) },
    ];
  });
}

const specOf = ({ name, shape }) => ({ name, shape, dtype: 'float32' });
const bytesOf = (list) => Buffer.concat(list.map(({ values }) => Buffer.from(values.buffer)));

function writeModel(folder, list, file = 'group1-shard1of1.bin') {
  mkdirSync(folder, { recursive: true });
  const weightsManifest = [{ paths: [file], weights: list.map(specOf) }];
  writeFileSync(
    join(folder, 'model.json'),
    JSON.stringify({ format: 'layers-model', modelTopology: TOPOLOGY, weightsManifest }),
  );
  writeFileSync(join(folder, file), bytesOf(list));
}

/**
 * Writes `model/`; `tuned/`, in which the last layer has learned on; `cut-off/` and `not-found/`, whose weight files did not arrive;
 * `diverged/` with NaN; `torch.safetensors` as PyTorch names and turns weights.
 */
export async function writeSamples() {
  const list = await weights();
  const changed = (change) => list.map((one) => ({ ...one, values: change(one) }));
  writeModel('model', list);
  writeModel(
    'tuned',
    changed(({ name, values }) =>
      name === 'out/kernel' ? values.map((value, i) => value + 0.01 * Math.sin(i)) : values,
    ),
  );
  writeModel(
    'diverged',
    changed(({ name, values }) =>
      name === 'out/kernel' ? values.map((value, i) => (i % 10 === 3 ? Number.NaN : value)) : values,
    ),
  );
  for (const folder of ['cut-off', 'not-found']) writeModel(folder, list);
  const weightFile = readFileSync('model/group1-shard1of1.bin');
  writeFileSync('cut-off/group1-shard1of1.bin', weightFile.subarray(0, weightFile.length - 1204));
  writeFileSync(
    'not-found/group1-shard1of1.bin',
    '<!doctype html>\n<html lang="en"><title>404</title><h1>Not found</h1></html>\n',
  );
  const { openCheckpoint, writeCheckpoint } = await built('checkpoint');
  const turned = list.map(({ name, shape, values }) => {
    const [inputs, units] = shape;
    const other = name.replace('/kernel', '.weight').replace('/bias', '.bias');
    if (units === undefined) return { name: other, shape, values };
    return {
      name: other,
      shape: [units, inputs],
      values: values.map((_, i) => values[(i % inputs) * units + Math.floor(i / inputs)]),
    };
  });
  const weightData = new Uint8Array(bytesOf(turned)).buffer;
  await writeCheckpoint(await openCheckpoint({ weightSpecs: turned.map(specOf), weightData }), 'torch.safetensors');
}
