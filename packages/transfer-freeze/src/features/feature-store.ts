import { type Checkpoint, makeFolder, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { checkType } from '@weightkit/numerics/check';
import { floatTensor } from '../transfer/float-tensor.ts';
import { digestOf } from './content-key.ts';

/** What keeps files by name, as a `Map<string, Uint8Array>` does and {@link browserStore}. */
export interface FeatureStore {
  /** The bytes of a name, or undefined where there are none; a promise of them is waited for. */
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Keeps bytes; a promise is waited for. */
  set(key: string, bytes: Uint8Array): unknown;
}

/** Features of batches by their key. */
export interface FeatureFiles {
  /** The features of a key in a shape, or why there are none to be had. */
  read(key: string, shape: readonly number[]): Promise<Float32Array | 'missing' | 'broken'>;
  write(key: string, shape: readonly number[], values: Float32Array): Promise<void>;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

async function fileOf(fn: string, key: string, shape: readonly number[], values: Float32Array): Promise<Checkpoint> {
  const metadata = { key, sha256: await digestOf(fn, bytesOf(values)) };
  return {
    format: 'safetensors',
    tensors: [floatTensor('features', shape, values)],
    extras: { metadata },
    close: async () => {},
  };
}

/** The features in a file, or null where they are not those that were written under this key. */
async function valuesIn(
  fn: string,
  file: Checkpoint,
  key: string,
  shape: readonly number[],
): Promise<Float32Array | null> {
  const [tensor] = file.tensors;
  const metadata = Object(file.extras.metadata) as Record<string, unknown>;
  const ok = tensor?.dtype === 'float32' && tensor.shape.join() === shape.join() && metadata.key === key;
  if (!ok) return null;
  const values = (await tensor.values()) as Float32Array;
  return (await digestOf(fn, bytesOf(values))) === metadata.sha256 ? values : null;
}

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].some((code) =>
    [error, (error as Error)?.cause].some((one) => `${(one as { code?: string })?.code} ${one}`.includes(code)),
  );

/** Files in a folder; each is written under a temporary name, which becomes its own when all is there. */
function folderFiles(fn: string, folder: string): FeatureFiles {
  const pathOf = (key: string): string => `${folder}/${key}.safetensors`;
  return {
    async read(key, shape) {
      let file: Checkpoint | undefined;
      try {
        file = await openCheckpoint(pathOf(key));
        return (await valuesIn(fn, file, key, shape)) ?? 'broken';
      } catch (error) {
        return isAbsent(error) ? 'missing' : 'broken';
      } finally {
        await file?.close();
      }
    },
    async write(key, shape, values) {
      await makeFolder(fn, folder);
      await writeCheckpoint(await fileOf(fn, key, shape, values), pathOf(key), { overwrite: true });
    },
  };
}

function storeFiles(fn: string, store: FeatureStore): FeatureFiles {
  return {
    async read(key, shape) {
      const bytes: unknown = await store.get(key);
      if (bytes === undefined) return 'missing';
      try {
        const file = await openCheckpoint(bytes as Uint8Array);
        return (await valuesIn(fn, file, key, shape)) ?? 'broken';
      } catch {
        return 'broken';
      }
    },
    async write(key, shape, values) {
      const files = new Map<string, Uint8Array>();
      await writeCheckpoint(await fileOf(fn, key, shape, values), files, { format: 'safetensors' });
      await store.set(key, [...files.values()][0]!);
    },
  };
}

/** What is asked of a folder or a store. */
export function featureFiles(fn: string, store: unknown): FeatureFiles | undefined {
  if (store === undefined) return undefined;
  if (typeof store === 'string' && store !== '') return folderFiles(fn, store);
  const { get, set } = Object(store) as Partial<FeatureStore>;
  checkType(
    typeof store === 'object' && typeof get === 'function' && typeof set === 'function' && !(store instanceof WeakMap),
    `${fn}: store must be a folder's path, a Map, or what has get and set`,
    store,
  );
  return storeFiles(fn, store as FeatureStore);
}
