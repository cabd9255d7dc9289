import type { Dtype } from '../../dtypes.ts';

/** The dtypes of safetensors. */
export type SafetensorsDtype = Exclude<Dtype, 'string'>;

/** The names of dtypes in safetensors, in the order of its writer: by alignment, the smallest first. */
export const SAFETENSORS_DTYPES: readonly (readonly [name: string, dtype: SafetensorsDtype])[] = [
  ['BOOL', 'bool'],
  ['F4', 'float4_e2m1fn'],
  ['F6_E2M3', 'float6_e2m3fn'],
  ['F6_E3M2', 'float6_e3m2fn'],
  ['U8', 'uint8'],
  ['I8', 'int8'],
  ['F8_E5M2', 'float8_e5m2'],
  ['F8_E4M3', 'float8_e4m3fn'],
  ['F8_E8M0', 'float8_e8m0fnu'],
  ['F8_E4M3FNUZ', 'float8_e4m3fnuz'],
  ['F8_E5M2FNUZ', 'float8_e5m2fnuz'],
  ['I16', 'int16'],
  ['U16', 'uint16'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
  ['F32', 'float32'],
  ['C64', 'complex64'],
  ['F64', 'float64'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
];

const NAMES: ReadonlyMap<unknown, SafetensorsDtype> = new Map(SAFETENSORS_DTYPES);

/** The dtype of a name in a header; undefined for one that is not known. */
export const dtypeOfName = (name: unknown): SafetensorsDtype | undefined => NAMES.get(name);

/** The place of a dtype in the writer's order, -1 for one that safetensors has not. */
export const rankOf = (dtype: Dtype): number => SAFETENSORS_DTYPES.findIndex(([, known]) => known === dtype);
