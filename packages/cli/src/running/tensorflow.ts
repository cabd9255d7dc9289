import type * as Tensorflow from '@tensorflow/tfjs';
import { UsageError } from '../output/usage-error.ts';

/** TensorFlow.js as it is loaded. */
export type Tf = typeof Tensorflow;

/** Backends by their names here, each with the package that brings it and the name that TensorFlow.js has for it. */
export const BACKENDS = {
  cpu: ['@tensorflow/tfjs', 'cpu'],
  wasm: ['@tensorflow/tfjs-backend-wasm', 'wasm'],
  node: ['@tensorflow/tfjs-node', 'tensorflow'],
} as const;

/** A backend that models can be run on here. */
export type BackendName = keyof typeof BACKENDS;

/** What is imported, by name; the tests put others in its place. */
export type Importer = (name: string) => Promise<unknown>;

const missing = (error: unknown): boolean => (Object(error) as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND';

/**
 * TensorFlow.js with some of its backends. The command is installed without it: only what runs a model needs it, and takes that which lies
 * beside the command.
 *
 * @throws UsageError where a package is not installed
 */
export async function loadTensorflow(
  backends: readonly BackendName[],
  importer: Importer = (name) => import(name),
): Promise<Tf> {
  const names = ['@tensorflow/tfjs', ...backends.map((backend) => BACKENDS[backend][0])];
  let tf: Tf | undefined;
  for (const name of new Set(names)) {
    if (name.endsWith('tfjs-node')) await putBack();
    const loaded = await importer(name).catch((error: unknown) => {
      if (!missing(error)) throw error;
      throw new UsageError(
        `models are run by TensorFlow.js, and ${name} is not installed beside weightkit`,
        `npm install weightkit ${[...new Set(names)].join(' ')}`,
      );
    });
    tf ??= loaded as Tf;
  }
  // Without it the first use of its cpu backend advises on standard error to install tfjs-node.
  tf!.enableProdMode();
  return tf!;
}

/** tfjs-node 4.22 calls two functions that Node 24 no longer has. */
async function putBack(): Promise<void> {
  const { default: util } = await import('node:util');
  const old = util as { isNullOrUndefined?: unknown; isArray?: unknown };
  old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
}
