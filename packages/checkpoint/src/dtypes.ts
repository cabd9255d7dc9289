import { fromFloat16Bits } from '@weightkit/numerics';

/** The names of what a tensor's numbers are, as in NumPy and ml_dtypes. */
export type Dtype =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'
  | 'complex64'
  | 'string'
  | 'float8_e4m3fn'
  | 'float8_e4m3fnuz'
  | 'float8_e5m2'
  | 'float8_e5m2fnuz'
  | 'float8_e8m0fnu'
  | 'float6_e2m3fn'
  | 'float6_e3m2fn'
  | 'float4_e2m1fn';

/** The numbers of a tensor in row-major order; strings as text where they are UTF-8. */
export type Values =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | string[];

/** How the plain form of a dtype is read. */
export interface DtypeLayout {
  /** Bits of one number; 0 for strings, whose length varies. */
  readonly bits: number;
  /** The numbers in little-endian bytes; none for floats of 8 bits, of which few files have any. */
  readonly decode?: (bytes: Uint8Array) => Values;
}

type ArrayOf<T> = new (buffer: ArrayBuffer, offset: number, length: number) => T;

/** A typed array over bytes: a view where they lie aligned, a copy else. */
export function viewAs<T>(Type: ArrayOf<T> & { BYTES_PER_ELEMENT: number }, bytes: Uint8Array): T {
  const size = Type.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new Type(aligned.buffer as ArrayBuffer, aligned.byteOffset, Math.floor(aligned.length / size));
}

/** The values of bfloat16 bits, exact: the upper half of a float32. */
function topHalfValues(codes: Uint16Array): Float32Array {
  const out = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) out[i] = codes[i]! << 16;
  return new Float32Array(out.buffer);
}

const typed = <T extends Values>(bits: number, Type: ArrayOf<T> & { BYTES_PER_ELEMENT: number }) => ({
  bits,
  decode: (bytes: Uint8Array) => viewAs(Type, bytes),
});
/** `plainCodec` has their values. */
const float8: DtypeLayout = { bits: 8 };
/** Formats of 4 and 6 bits are given as they are stored. */
const codes = (bits: number): DtypeLayout => ({ bits, decode: (bytes) => bytes });

/** How many bits each dtype takes in its plain form, and what its bytes mean. */
export const DTYPES: Readonly<Record<Exclude<Dtype, 'string'>, DtypeLayout>> = {
  bool: typed(8, Uint8Array),
  int8: typed(8, Int8Array),
  int16: typed(16, Int16Array),
  int32: typed(32, Int32Array),
  int64: typed(64, BigInt64Array),
  uint8: typed(8, Uint8Array),
  uint16: typed(16, Uint16Array),
  uint32: typed(32, Uint32Array),
  uint64: typed(64, BigUint64Array),
  float16: { bits: 16, decode: (bytes) => fromFloat16Bits(viewAs(Uint16Array, bytes)) },
  bfloat16: { bits: 16, decode: (bytes) => topHalfValues(viewAs(Uint16Array, bytes)) },
  float32: typed(32, Float32Array),
  float64: typed(64, Float64Array),
  complex64: typed(64, Float32Array as ArrayOf<Float32Array> & { BYTES_PER_ELEMENT: number }),
  float8_e4m3fn: float8,
  float8_e4m3fnuz: float8,
  float8_e5m2: float8,
  float8_e5m2fnuz: float8,
  float8_e8m0fnu: float8,
  float6_e2m3fn: codes(6),
  float6_e3m2fn: codes(6),
  float4_e2m1fn: codes(4),
};

/** Whether a value names a dtype that has a plain form. */
export const isPlainDtype = (dtype: unknown): dtype is Exclude<Dtype, 'string'> =>
  typeof dtype === 'string' && Object.hasOwn(DTYPES, dtype);

/** The number of elements of a shape, or NaN where it is over what a double counts exactly. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) {
    size *= shape[i]!;
    if (size > Number.MAX_SAFE_INTEGER) return shape.includes(0) ? 0 : Number.NaN;
  }
  return size;
}
