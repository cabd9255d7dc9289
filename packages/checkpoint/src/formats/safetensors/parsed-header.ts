import { type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { strictJson } from '../strict-json.ts';
import { hasLoneSurrogate } from '../utf-8.ts';
import type { MakeEntry } from './plain-header.ts';
import { dtypeOfName } from './safetensors-dtypes.ts';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isCounts(value: unknown): value is number[] {
  if (!Array.isArray(value)) return false;
  for (const item of value) if (!Number.isSafeInteger(item) || item < 0) return false;
  return true;
}

function entryOf<E>(name: string, info: unknown, file: string, make: MakeEntry<E>): E {
  // Messages and faults are made only where one is needed: there may be many thousands of tensors.
  const fault = (check: string): CheckpointFault => ({ check, file, tensor: name });
  if (!isObject(info)) checkFile(false, 'a tensor must have dtype, shape and data_offsets', info, fault('tensor-info'));
  const { dtype: dtypeName, shape, data_offsets: offsets } = info;
  const dtype = dtypeOfName(dtypeName);
  if (dtype === undefined) checkFile(false, 'dtype must be one of safetensors', dtypeName, fault('dtype'));
  if (!isCounts(shape)) checkFile(false, 'shape must be a list of sizes', shape, fault('shape'));
  if (!isCounts(offsets) || offsets.length !== 2)
    checkFile(false, 'data_offsets must be two offsets', offsets, fault('offsets'));
  return make(name, dtype, shape, offsets[0]!, offsets[1]!);
}

/** A header that `plainHeader` does not read; checks come in the order of the reference reader. */
export function parsedHeader<E>(
  bytes: Uint8Array,
  file: string,
  make: MakeEntry<E>,
): { entries: E[]; metadata: Record<string, string> } {
  const { value } = strictJson(bytes, { file }, { at: 8, digitsOnly: true });
  checkFile(isObject(value), 'a header must be an object', value, { check: 'header', file, byte: 8 });
  const { __metadata__: metadata = null } = value;
  checkFile(
    metadata === null || (isObject(metadata) && Object.values(metadata).every((text) => typeof text === 'string')),
    '__metadata__ must be text by key',
    metadata,
    { check: 'metadata', file, byte: 8 },
  );
  // JSON can say half of a pair of surrogates, which is no text in UTF-8.
  const texts = (metadata ?? {}) as Record<string, string>;
  const lone = [...Object.keys(value), ...Object.entries(texts).flat()].find(hasLoneSurrogate);
  checkFile(lone === undefined, 'text must be UTF-8', lone, { check: 'utf-8', file, byte: 8 });
  const entries: E[] = [];
  for (const name of Object.keys(value))
    if (name !== '__metadata__') entries.push(entryOf(name, value[name], file, make));
  return { entries, metadata: texts };
}
