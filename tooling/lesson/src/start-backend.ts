import util from 'node:util';
import * as tf from '@tensorflow/tfjs';

const PACKAGES = { node: '@tensorflow/tfjs-node', wasm: '@tensorflow/tfjs-backend-wasm', cpu: '@tensorflow/tfjs' };
/** Fastest first, as measured on the networks of this repository: the native library, then WebAssembly, then plain JavaScript. */
const BY_SPEED = ['node', 'wasm', 'cpu'] as const;
/** What `--backend` takes in a terminal. */
export const NODE_BACKENDS = ['auto', 'node', 'wasm', 'cpu'] as const;
const REGISTERED = { node: 'tensorflow', wasm: 'wasm', cpu: 'cpu' };

/** tfjs-node 4.22 calls two functions that Node 24 no longer has, and its library announces itself. */
function prepareForNative(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  const old = util as { isNullOrUndefined?: unknown; isArray?: unknown };
  old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
}

async function start(name: (typeof BY_SPEED)[number]): Promise<boolean> {
  if (name === 'node') prepareForNative();
  await import(PACKAGES[name]);
  return tf.setBackend(REGISTERED[name]);
}

/**
 * Starts a backend and returns its name. `auto` takes the fastest that is already installed; it installs nothing.
 *
 * @throws Error when the one asked for cannot start
 */
export async function startBackend(program: string, wanted: (typeof NODE_BACKENDS)[number]): Promise<string> {
  tf.enableProdMode(); // tfjs advertises its native backend otherwise
  const failures: string[] = [];
  for (const name of wanted === 'auto' ? BY_SPEED : [wanted]) {
    try {
      if (await start(name)) {
        await tf.ready();
        return name;
      }
      failures.push(`${name} did not start`);
    } catch (error) {
      failures.push((error as Error).message.split('\n')[0] as string);
    }
  }
  throw new Error(
    `${program}: --backend must be installed (npm install ${PACKAGES[wanted === 'auto' ? 'wasm' : wanted]}), got ${failures.join('; ')}`,
  );
}
