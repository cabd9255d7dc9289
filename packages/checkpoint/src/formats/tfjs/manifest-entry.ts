import type { CheckpointTensor } from '../../checkpoint.ts';
import { pythonJson } from './python-json.ts';

/** How JSON is written. */
export interface Notation {
  /** Any value, but for floats and JSON text, which the next two mark. */
  readonly json: (value: unknown) => string;
  readonly float: (x: number) => unknown;
  readonly text: (json: string) => unknown;
  readonly colon: string;
  readonly comma: string;
}

/** As Python's `json.dump` writes it. */
export const PYTHON: Notation = {
  json: pythonJson,
  float: (x) => ({ float: x }),
  text: (json) => ({ text: json }),
  colon: ': ',
  comma: ', ',
};

/** As `JSON.stringify` writes it. */
export const COMPACT: Notation = {
  json: JSON.stringify,
  float: (x) => x,
  text: JSON.parse,
  colon: ':',
  comma: ',',
};

/**
 * A tensor's entry in a weights manifest, in the order of the Python converter.
 *
 * @param tensor - one that a manifest can hold
 * @param rest - what else the entry says, each as JSON text
 * @param notation - how floats are written
 */
export function manifestEntry(
  { name, shape, dtype, encoding }: CheckpointTensor,
  rest: readonly (readonly [key: string, json: string])[] | undefined,
  { float, text }: Notation,
): Record<string, unknown> {
  const entry: Record<string, unknown> = { name, shape: [...shape], dtype };
  if (encoding.kind === 'float16') entry.quantization = { dtype: 'float16', original_dtype: 'float32' };
  if (encoding.kind === 'affine') {
    const { storage, min, scale } = encoding;
    entry.quantization = { dtype: storage, min: float(min), scale: float(scale), original_dtype: dtype };
  }
  for (const [key, json] of rest ?? []) entry[key] = text(json);
  return entry;
}
