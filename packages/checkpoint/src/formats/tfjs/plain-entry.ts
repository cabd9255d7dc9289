import type { Encoding } from '../../checkpoint.ts';
import { type Dtype, sizeOf } from '../../dtypes.ts';
import { type Codec, usualCodec } from '../../stored-tensor.ts';

/** The dtypes of a weights manifest. */
export type TfjsDtype = 'float32' | 'int32' | 'bool' | 'string' | 'complex64';

/** An entry of a weights manifest that has been checked. */
export interface TfjsEntry {
  name: string;
  shape: number[];
  dtype: TfjsDtype;
  encoding: Encoding;
  codec: Codec;
  /** Bytes as stored; for strings, whose length the file says, the least that they take. */
  bytes: number;
  /** What else the entry says, each as JSON text. */
  rest: readonly (readonly [key: string, json: string])[];
}

/** Their names. */
export const TFJS_DTYPES: readonly Dtype[] = ['float32', 'int32', 'bool', 'string', 'complex64'];

/** What an entry says beside what is known. */
export type Rest = TfjsEntry['rest'];

/** Nothing. */
export const NO_REST: Rest = [];
/** Numbers as they are. */
export const PLAIN: Encoding = { kind: 'plain' };

/** The entry of a weight that is not quantized; null where it is not a good one. The codec of strings comes with their lengths. */
export function plainEntry(name: string, shape: number[], dtype: string): TfjsEntry | null {
  if (!(TFJS_DTYPES as string[]).includes(dtype)) return null;
  const type = dtype as TfjsDtype;
  const codec = usualCodec(type) as Codec;
  const bytes = sizeOf(shape) * (type === 'string' ? 4 : codec.blockBytes);
  return Number.isSafeInteger(bytes)
    ? { name, shape, dtype: type, encoding: PLAIN, codec, bytes, rest: NO_REST }
    : null;
}
