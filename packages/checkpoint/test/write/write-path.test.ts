import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Checkpoint, computedTensor, openCheckpoint, plainCodec, writeCheckpoint } from '@weightkit/checkpoint';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { joined, little } from '../support.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weightkit-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytesOf = (values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

/** A checkpoint whose tensors hold the given numbers. */
function checkpointOf(tensors: Record<string, number[]>): Checkpoint {
  return {
    format: 'safetensors',
    extras: {},
    tensors: Object.entries(tensors).map(([name, values]) =>
      computedTensor({
        name,
        shape: [values.length],
        dtype: 'float32',
        codec: plainCodec('float32'),
        byteLength: 4 * values.length,
        async *stream() {
          yield bytesOf(values);
        },
      }),
    ),
    close: async () => {},
  };
}
const read = async (path: string): Promise<Record<string, number[]>> => {
  const checkpoint = await openCheckpoint(path);
  const entries = await Promise.all(
    checkpoint.tensors.map(
      async (tensor) => [tensor.name, [...((await tensor.values()) as Float32Array)]] as [string, number[]],
    ),
  );
  await checkpoint.close();
  return Object.fromEntries(entries);
};

it.each(['a.safetensors', 'a.npz', 'a.compact', 'sub/folder/a.safetensors', 'model/model.json', 'model/other.json'])(
  'writeCheckpoint writes %s, which opens again',
  async (name) => {
    const path = join(folder, name);
    await writeCheckpoint(checkpointOf({ a: [1, 2], b: [3] }), path);
    expect(await read(path)).toEqual({ a: [1, 2], b: [3] });
    expect(await read(pathToFileURL(path).href)).toEqual({ a: [1, 2], b: [3] });
    expect((await readdir(join(path, '..'))).filter((file) => /\.(part|tmp)$/.test(file))).toEqual([]);
  },
);

it('writeCheckpoint writes into a folder under the name of the format, and a folder opens', async () => {
  await writeCheckpoint(checkpointOf({ a: [1] }), folder);
  expect(await readdir(folder)).toEqual(['model.safetensors']);
  expect(await read(folder)).toEqual({ a: [1] });
});

it('writeCheckpoint replaces nothing unless it is told, and then at one stroke', async () => {
  const path = join(folder, 'a.safetensors');
  await writeCheckpoint(checkpointOf({ a: [1] }), path);
  await expect(writeCheckpoint(checkpointOf({ b: [2] }), path)).rejects.toThrow('target must not be there');
  expect(await read(path)).toEqual({ a: [1] });
  await writeCheckpoint(checkpointOf({ b: [2] }), path, { overwrite: true });
  expect(await read(path)).toEqual({ b: [2] });
});

it('writeCheckpoint writes over the file that it reads', async () => {
  const path = join(folder, 'a.safetensors');
  await writeCheckpoint(checkpointOf({ a: [1], b: [2] }), path);
  const source = await openCheckpoint(path);
  const tensors = source.tensors.filter(({ name }) => name === 'b');
  await writeCheckpoint({ ...source, tensors }, path, { overwrite: true });
  await source.close();
  expect(await read(path)).toEqual({ b: [2] });
});

it.each(['after a tensor', 'from the start'])('an abort %s leaves nothing behind', async (when) => {
  const abort = new AbortController();
  if (when === 'from the start') abort.abort(new Error('enough'));
  const onProgress = (): void => abort.abort(new Error('enough'));
  const options = { shardBytes: 8, signal: abort.signal, onProgress };
  const write = writeCheckpoint(
    checkpointOf({ a: [1, 2], b: [3, 4], c: [5, 6] }),
    join(folder, 'a.safetensors'),
    options,
  );
  await expect(write).rejects.toThrow('enough');
  expect(await readdir(folder)).toEqual([]);
});

it('a tensor that gives too few or too many bytes is refused, and nothing is left behind', async () => {
  for (const byteLength of [4, 12]) {
    const checkpoint = checkpointOf({ a: [1], b: [2, 3] });
    const [a, b] = checkpoint.tensors;
    const wrong = { ...b!, shape: [byteLength / 4], byteLength };
    const write = writeCheckpoint({ ...checkpoint, tensors: [a!, wrong] }, join(folder, 'a.npz'));
    await expect(write).rejects.toThrow(`tensor b must give ${byteLength} bytes`);
    expect(await readdir(folder)).toEqual([]);
  }
});

it('paths that cannot be written or read are an error with the system’s code', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(writeCheckpoint(checkpointOf({ a: [1] }), join(folder, 'file/a.safetensors'))).rejects.toThrow(
    /target must be one that can be written, got .+ \((ENOTDIR|EEXIST)\)/,
  );
  await mkdir(join(folder, 'a.safetensors'));
  await expect(
    writeCheckpoint(checkpointOf({ a: [1] }), join(folder, 'a.safetensors'), { overwrite: true }),
  ).rejects.toThrow('target must be one that can be written');
  expect(await readdir(join(folder))).toEqual(['a.safetensors', 'file']);
  await expect(openCheckpoint(join(folder, 'none.safetensors'))).rejects.toMatchObject({ check: 'unreadable' });
  await expect(openCheckpoint(join(folder, 'a.safetensors'))).rejects.toThrow('a folder must hold one of model.json');
});

/** Whether a folder of 1 MB in memory can be mounted here; only root may. */
const mounts = spawnSync('unshare', ['-m', 'true']).status === 0 && process.platform === 'linux';

it.skipIf(!mounts)('a full disk is an error, and nothing is left behind', () => {
  // In a mount namespace of its own, which goes with the process. It runs the built package, which `npm test` has made before.
  const small = join(folder, 'small');
  const program = `
    import { openCheckpoint, writeCheckpoint } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
    import { readdirSync } from 'node:fs';
    const header = JSON.stringify({ a: { dtype: 'U8', shape: [4_000_000], data_offsets: [0, 4_000_000] } });
    const bytes = new Uint8Array(8 + header.length + 4_000_000);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    const error = await writeCheckpoint(await openCheckpoint(bytes), ${JSON.stringify(`${small}/a.safetensors`)}).catch((e) => e);
    console.log(JSON.stringify({ message: error.message, code: error.code, left: readdirSync(${JSON.stringify(small)}) }));`;
  const script = `mkdir '${small}' && mount -t tmpfs -o size=1m tmpfs '${small}' && exec '${process.execPath}' --input-type=module -`;
  const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script], { input: program, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({ code: 'ENOSPC', left: [] });
});

it('a file that shrinks while it is read is an error that says where', async () => {
  const path = join(folder, 'a.safetensors');
  const header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
  await writeFile(path, joined(little(header.length), header, new Uint8Array(8)));
  const checkpoint = await openCheckpoint(path);
  await writeFile(path, 'short');
  await expect(checkpoint.tensors[0]!.bytes()).rejects.toMatchObject({ check: 'truncated' });
  await checkpoint.close();
});

it('writeCheckpoint refuses options that it does not know and values that are wrong', async () => {
  const checkpoint = checkpointOf({ a: [1] });
  const wrong = (target: unknown, options?: unknown) =>
    writeCheckpoint(checkpoint, target as string, options as object);
  await expect(wrong(folder, { shard: 1 })).rejects.toThrow('writeCheckpoint: options must be among');
  for (const shardBytes of [0, -1, 1.5, Number.NaN, '8', null])
    await expect(wrong(folder, { shardBytes })).rejects.toThrow('shardBytes must be an integer of 1 or more');
  for (const format of ['gguf', 'zip', 1, null])
    await expect(wrong(folder, { format })).rejects.toThrow('format must be one of');
  for (const target of ['', 7, null, undefined, {}])
    await expect(wrong(target)).rejects.toThrow('target must be a path');
  await expect(writeCheckpoint(null as never, folder)).rejects.toThrow('checkpoint must be one of openCheckpoint');
  expect(await readdir(folder)).toEqual([]);
});

it('writeCheckpoint refuses what a format cannot hold before anything is written', async () => {
  const source = checkpointOf({ a: [1] });
  const [tensor] = source.tensors;
  const wide = { ...source, tensors: [{ ...tensor!, dtype: 'float64' as const, shape: [1], byteLength: 8 }] };
  await expect(writeCheckpoint(wide, join(folder, 'model.json'))).rejects.toThrow('tfjs cannot hold float64');
  await expect(writeCheckpoint(checkpointOf({ a: [1], b: [2] }), join(folder, 'a.npy'))).rejects.toThrow(
    'an npy file must hold one tensor, got 2',
  );
  expect(await readdir(folder)).toEqual([]);
});
