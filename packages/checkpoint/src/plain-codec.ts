import { checkRange } from '@weightkit/numerics/check';
import { DTYPES, type Dtype, isPlainDtype } from './dtypes.ts';
import { type Float8, float8Values } from './small-floats.ts';
import { type Codec, usualCodec } from './stored-tensor.ts';
import { stringValues } from './string-values.ts';

const codecs = new Map<Dtype, Codec>();

const STRINGS: Codec = { blockValues: 0, blockBytes: 0, decode: stringValues };

const float8Codec = (dtype: Float8): Codec => ({
  blockValues: 1,
  blockBytes: 1,
  decode: (bytes) => float8Values(bytes, dtype),
});

/**
 * The codec of a dtype's plain form; formats of 4 and 6 bits come in blocks of whole bytes, strings each after its length in
 * four bytes.
 *
 * @param dtype - any
 * @throws RangeError for anything else
 */
export function plainCodec(dtype: Dtype): Codec {
  const known = codecs.get(dtype);
  if (known) return known;
  const names = Object.keys(DTYPES).join(', ');
  checkRange(dtype === 'string' || isPlainDtype(dtype), `plainCodec: dtype must be one of string, ${names}`, dtype);
  const codec = dtype === 'string' ? STRINGS : (usualCodec(dtype) ?? float8Codec(dtype as Float8));
  codecs.set(dtype, codec);
  return codec;
}
