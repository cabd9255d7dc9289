import type { CheckpointTensor, Encoding } from '../../checkpoint.ts';
import { CheckpointError, type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { codesCodec } from '../../codes-codec.ts';
import { brokenRule, partsOf } from '../../codes-encoding.ts';
import { DTYPES, type Dtype, isPlainDtype, sizeOf, type Values } from '../../dtypes.ts';
import { plainCodec } from '../../plain-codec.ts';
import type { Codec } from '../../stored-tensor.ts';
import type { TfjsDtype } from '../tfjs/plain-entry.ts';
import { quantizedEncoding } from '../tfjs/tfjs-entry.ts';

/** What a header says of a tensor, checked; its place counts from the first byte of the data. */
export interface CompactEntry {
  name: string;
  shape: number[];
  dtype: Dtype;
  encoding: Encoding;
  codec: Codec;
  /** Bytes without checksums; of strings at least so many. */
  bytes: number;
  begin: number;
  end: number;
  /** What a weights manifest said of it beside what is known. */
  rest: readonly (readonly [key: string, json: string])[];
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

const isPairs = (value: unknown): value is [string, string][] =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'));

/** Throws unless an object has all of some keys, perhaps some others, and no more. */
export function checkKeys(
  value: Record<string, unknown>,
  needed: readonly string[],
  others: readonly string[],
  what: string,
  fault: CheckpointFault,
): void {
  for (const key of needed) checkFile(key in value, `${what} must have ${key}`, Object.keys(value), fault);
  for (const key of Object.keys(value))
    checkFile(needed.includes(key) || others.includes(key), `keys of ${what} must be known`, key, fault);
}

const CODES = ['kind', 'grid', 'bits', 'signed', 'view', 'block', 'scales', 'zeroPoints', 'codebook'];

/** Strings whose lengths add up; their number is the shape's. */
function stringsOf(bytes: Uint8Array, count: number, fault: CheckpointFault): Values {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    at += 4 + length;
    checkFile(at <= bytes.length, `string ${i} must end inside its tensor`, length, fault);
  }
  checkFile(at === bytes.length, `strings must take the ${bytes.length} bytes of their tensor`, at, fault);
  return plainCodec('string').decode(bytes);
}

function encodingOf(
  shape: number[],
  dtype: Dtype,
  given: unknown,
  fault: (check: string) => CheckpointFault,
  byte: number,
): { encoding: Encoding; codec: Codec; bytes: number } {
  const size = sizeOf(shape);
  if (given === undefined) {
    const encoding: Encoding = { kind: 'plain' };
    if (dtype !== 'string')
      return { encoding, codec: plainCodec(dtype), bytes: Math.ceil((size * DTYPES[dtype].bits) / 8) };
    const decode = (bytes: Uint8Array): Values => stringsOf(bytes, size, { ...fault('string-length'), byte });
    return { encoding, codec: { blockValues: 0, blockBytes: 0, decode }, bytes: 4 * size };
  }
  checkFile(isObject(given), 'encoding must be an object', given, fault('encoding'));
  const { kind } = given;
  if (kind === 'float16' || kind === 'affine') {
    checkKeys(
      given,
      kind === 'affine' ? ['kind', 'storage', 'scale', 'min'] : ['kind'],
      [],
      'encoding',
      fault('encoding'),
    );
    const { storage = 'float16', scale, min } = given;
    checkFile(
      (storage === 'float16') === (kind === 'float16'),
      'storage must be uint8 or uint16',
      storage,
      fault('encoding'),
    );
    const made = quantizedEncoding(dtype as TfjsDtype, { dtype: storage, scale, min }, fault('encoding'));
    return { ...made, bytes: size * made.codec.blockBytes };
  }
  checkFile(kind === 'codes', 'encoding must be affine, float16 or codes', kind, fault('encoding'));
  checkKeys(given, CODES, ['factors'], 'encoding', fault('encoding'));
  const encoding = given as unknown as Extract<Encoding, { kind: 'codes' }>;
  const broken = brokenRule(shape, dtype, encoding);
  if (broken) checkFile(false, broken.rule, broken.got, fault('encoding'));
  const refuse = (check: string, rule: string, got: unknown): never => {
    throw new CheckpointError(rule, got, { ...fault(check), byte });
  };
  return { encoding, codec: codesCodec(shape, encoding, refuse), bytes: partsOf(shape, encoding).total };
}

/**
 * Checks what a header says of a tensor by itself.
 *
 * @param start - the file's byte from which places count
 */
export function compactEntry(info: unknown, file: string, start: number): CompactEntry {
  checkFile(isObject(info), 'a tensor must be an object', info, { check: 'tensor-info', file });
  const { name, shape, dtype, encoding: given, at, rest = [] } = info;
  checkFile(typeof name === 'string', 'a tensor must have a name', name, { check: 'tensor-name', file });
  const fault = (check: string): CheckpointFault => ({ check, file, tensor: name });
  checkKeys(info, ['name', 'shape', 'dtype', 'at'], ['encoding', 'rest'], 'a tensor', fault('tensor-info'));
  checkFile(isCounts(shape), 'shape must be a list of sizes', shape, fault('shape'));
  checkFile(dtype === 'string' || isPlainDtype(dtype), 'dtype must be one of a checkpoint', dtype, fault('dtype'));
  checkFile(
    Number.isSafeInteger(8 * sizeOf(shape)),
    'shape must be one whose size can be counted',
    shape,
    fault('overflow'),
  );
  checkFile(isCounts(at) && at.length === 2, 'at must be two offsets', at, fault('offsets'));
  checkFile(isPairs(rest), 'rest must be pairs of a key and JSON text', rest, fault('rest'));
  for (const [, json] of rest)
    checkFile(isJson(json), 'rest must be pairs of a key and JSON text', json, fault('rest'));
  const [begin, end] = at as [number, number];
  const made = encodingOf(shape, dtype, given, fault, start + begin);
  checkFile(Number.isSafeInteger(made.bytes), 'shape must be one whose size can be counted', shape, fault('overflow'));
  return { name, shape, dtype, ...made, begin, end, rest };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A tensor as a header says it. */
export function infoOf(
  { name, shape, dtype, encoding }: CheckpointTensor,
  at: readonly [begin: number, end: number],
  rest: CompactEntry['rest'] = [],
): Record<string, unknown> {
  return {
    name,
    shape,
    dtype,
    ...(encoding.kind === 'plain' ? {} : { encoding }),
    at,
    ...(rest.length > 0 ? { rest } : {}),
  };
}
