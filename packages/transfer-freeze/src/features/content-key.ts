import * as tf from '@tensorflow/tfjs-core';
import { type ModelLike, stablePaths, weightsOf } from '@weightkit/core';
import { checkType } from '@weightkit/numerics/check';

/** SHA-256 of bytes, in hexadecimal. */
export async function digestOf(fn: string, bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  checkType(
    subtle !== undefined,
    `${fn}: this page must be a secure one (https, or localhost) for crypto.subtle`,
    subtle,
  );
  const hash = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const digestOfText = (fn: string, text: string): Promise<string> => digestOf(fn, new TextEncoder().encode(text));

/** The bytes of a tensor as they are stored. */
async function bytesOf(tensor: tf.Tensor): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await tensor.data();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What says nothing of what a layer gives in inference. */
const SILENT = /^(trainable|.*(Initializer|Regularizer|Constraint))$/;

/** How tfjs names inputs. */
const MADE_INPUT = /^input\d+$|_input$/;

/** Names that tfjs made up, which differ from one building to the next, and what stands for them. */
function stableNames(config: unknown): Map<string, string> {
  const names: string[] = [];
  const inputs: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { name, className } = value as Record<string, unknown>;
    if (typeof name === 'string') (MADE_INPUT.test(name) && className === 'InputLayer' ? inputs : names).push(name);
    for (const one of Object.values(value)) visit(one);
  };
  visit(config);
  const given = [...new Set(names)].filter((name) => !inputs.includes(name));
  const stable = stablePaths(given);
  return new Map([
    ...given.map((name, i) => [name, stable[i]!] as const).filter(([name, other]) => name !== other),
    ...[...new Set(inputs)].map((name, i) => [name, `input#${i}`] as const),
  ]);
}

/** A model's layers and how they are connected, the same for models that are built alike. */
function topologyOf(model: ModelLike): string {
  const config = (model as unknown as { getConfig(): object }).getConfig();
  const names = stableNames(config);
  return JSON.stringify(config, (key, value: unknown) =>
    SILENT.test(key) ? undefined : typeof value === 'string' ? (names.get(value) ?? value) : value,
  );
}

/** What all that a body computes depends on: layers, connections and weights, parametrizations applied, and the backend. */
export async function bodyKey(fn: string, body: ModelLike): Promise<string> {
  const parts = [tf.getBackend(), topologyOf(body)];
  for (const { stablePath, shape, dtype, read } of weightsOf(body, undefined, fn)) {
    const value = read();
    try {
      parts.push(`${stablePath} ${dtype} [${shape}] ${await digestOf(fn, await bytesOf(value))}`);
    } finally {
      value.dispose();
    }
  }
  return digestOfText(fn, parts.join('\n'));
}

/** What the features of a batch are known by: the body and the inputs, bit by bit. */
export async function batchKey(fn: string, body: string, inputs: readonly tf.Tensor[]): Promise<string> {
  const parts = [body];
  for (const input of inputs) parts.push(`${input.dtype} [${input.shape}] ${await digestOf(fn, await bytesOf(input))}`);
  return digestOfText(fn, parts.join('\n'));
}
