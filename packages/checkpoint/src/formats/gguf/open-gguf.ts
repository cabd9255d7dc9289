import type { ByteSource } from '../../access/byte-source.ts';
import type { Checkpoint, CheckpointTensor } from '../../checkpoint.ts';
import { CheckpointError, type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import type { Dtype } from '../../dtypes.ts';
import { sizeOf } from '../../dtypes.ts';
import { plainCodec } from '../../plain-codec.ts';
import { type Codec, storedTensor } from '../../stored-tensor.ts';
import { dequantizeBlocks, isDecoded } from './dequantize-blocks.ts';
import { GGML_TYPES, type GgmlType, ggmlTypeOf } from './ggml-types.ts';
import { GgufBytes, GgufReader, type GgufValue } from './gguf-reader.ts';

const [MAX_KEYS, MAX_TENSORS, MAX_NAME, MAX_DIMS] = [100_000, 10_000_000, 64, 8];

const PLAIN: Partial<Record<GgmlType, Exclude<Dtype, 'string'>>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F64: 'float64',
  I8: 'int8',
  I16: 'int16',
  I32: 'int32',
  I64: 'int64',
};

function codecOf(type: GgmlType, fault: CheckpointFault): Codec {
  const plain = PLAIN[type];
  if (plain) return plainCodec(plain);
  const [, blockValues, blockBytes] = GGML_TYPES[type];
  return {
    blockValues,
    blockBytes,
    decode: (bytes) => {
      if (isDecoded(type)) return dequantizeBlocks(bytes, type);
      throw new CheckpointError(
        'values of blocks must be of type Q8_0, Q4_0 or Q4_K (bytes() gives those of others)',
        type,
        fault,
      );
    },
  };
}

const encoder = new TextEncoder();

interface Info {
  name: string;
  shape: number[];
  type: GgmlType;
  offset: number;
  byte: number;
}

function readInfo(reader: GgufReader, file: string): Info {
  const byte = reader.at;
  const name = reader.text();
  const fault = (check: string): CheckpointFault => ({ check, file, tensor: name, byte });
  checkFile(
    name.length <= MAX_NAME && encoder.encode(name).length <= MAX_NAME,
    `a name must have ${MAX_NAME} bytes at most`,
    name,
    fault('tensor-name'),
  );
  const rank = reader.u32();
  checkFile(rank <= MAX_DIMS, `a tensor must have ${MAX_DIMS} dimensions at most`, rank, fault('shape'));
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) shape.unshift(reader.size('a dimension'));
  const code = reader.u32();
  const type = ggmlTypeOf(code);
  checkFile(type !== undefined, 'a tensor must be of a known ggml type', code, fault('dtype'));
  return { name, shape, type, offset: reader.size('an offset'), byte };
}

function tensorOf(
  source: ByteSource,
  { name, shape, type, offset, byte }: Info,
  start: number,
  alignment: number,
): CheckpointTensor {
  const fault = (check: string): CheckpointFault => ({ check, file: source.name, tensor: name, byte });
  const [, blockValues, blockBytes] = GGML_TYPES[type];
  const size = sizeOf(shape);
  checkFile(
    Number.isSafeInteger(size * blockBytes),
    'shape must be one whose size can be counted',
    shape,
    fault('overflow'),
  );
  checkFile(
    (shape.at(-1) ?? 1) % blockValues === 0,
    `a row of ${type} must have whole blocks of ${blockValues}`,
    shape,
    fault('shape'),
  );
  checkFile(
    offset % alignment === 0,
    `an offset must be a multiple of the alignment ${alignment}`,
    offset,
    fault('alignment'),
  );
  const begin = start + offset;
  const end = begin + (size / blockValues) * blockBytes;
  checkFile(end <= source.size, `a tensor must end inside the file, at byte ${end}`, source.size, fault('file-length'));
  const plain = PLAIN[type];
  return storedTensor({
    name,
    shape,
    dtype: plain ?? 'float32',
    ...(plain ? {} : { encoding: { kind: 'ggml', type } as const }),
    codec: codecOf(type, fault('dtype')),
    source,
    begin,
    end,
  });
}

/** JSON.stringify calls a function for each item of a list when it is given one, which takes longer than all else. */
const hasBigInt = (value: GgufValue): boolean =>
  Array.isArray(value) ? value.some(hasBigInt) : typeof value === 'bigint';

const asText = (value: GgufValue): string => {
  if (value instanceof GgufBytes) return asText(value.read());
  if (typeof value === 'string' || typeof value === 'bigint') return String(value);
  if (typeof value === 'object' && 'json' in value) return value.json;
  return hasBigInt(value)
    ? JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item))
    : JSON.stringify(value);
};

/** Puts a value under its key; the text of a list is made when it is read for the first time. */
function put(metadata: Record<string, string>, key: string, value: GgufValue): void {
  if (!(value instanceof GgufBytes)) {
    metadata[key] = asText(value);
    return;
  }
  let list: GgufBytes | undefined = value;
  let text = '';
  const get = (): string => {
    if (list) text = asText(list);
    list = undefined;
    return text;
  };
  Object.defineProperty(metadata, key, { get, enumerable: true, configurable: true });
}

/** No two tensors may lie over each other. */
function checkPlaces(infos: readonly Info[], tensors: readonly CheckpointTensor[], file: string): void {
  const places = infos.map(({ offset, name, byte }, i) => ({
    offset,
    name,
    byte,
    end: offset + tensors[i]!.byteLength,
  }));
  places.sort((a, b) => a.offset - b.offset);
  for (let i = 1; i < places.length; i++) {
    const { offset, name, byte } = places[i]!;
    checkFile(
      offset >= places[i - 1]!.end,
      `a tensor must begin where the one before has ended, at ${places[i - 1]!.end}`,
      offset,
      {
        check: 'offsets',
        file,
        tensor: name,
        byte,
      },
    );
  }
}

/** Opens a GGUF file of version 1, 2 or 3. */
export async function openGguf(source: ByteSource): Promise<Checkpoint> {
  const reader = new GgufReader(source);
  const file = source.name;
  await reader.item(() => {
    reader.skip(4);
    reader.version = reader.u32();
  });
  if ((reader.version & 0xffff) === 0) {
    reader.littleEndian = false;
    reader.version = (reader.version >>> 24) | ((reader.version >>> 8) & 0xff00);
  }
  checkFile(reader.version >= 1 && reader.version <= 3, 'version must be 1, 2 or 3', reader.version, {
    check: 'version',
    file,
    byte: 4,
  });
  checkFile(reader.littleEndian, 'numbers must be little-endian; a big-endian file cannot be read yet', 'big-endian', {
    check: 'byte-order',
    file,
    byte: 4,
  });
  const [tensorCount, keyCount] = await reader.item(() => [
    reader.size('the number of tensors', MAX_TENSORS),
    reader.size('the number of keys', MAX_KEYS),
  ]);
  const metadata: Record<string, string> = {};
  let alignment = 32;
  for (let i = 0; i < keyCount; i++) {
    const byte = reader.at;
    const [key, value] = await reader.item(() => {
      const name = reader.text();
      return [name, reader.value(reader.u32(), 0, name !== 'general.alignment')];
    });
    checkFile(!Object.hasOwn(metadata, key), 'a key must appear once', key, { check: 'duplicate-key', file, byte });
    put(metadata, key, value);
    if (key !== 'general.alignment') continue;
    checkFile(
      typeof value === 'number' && Number.isInteger(value) && value >= 1 && Number.isInteger(Math.log2(value)),
      'general.alignment must be a power of two',
      value,
      { check: 'alignment', file, byte },
    );
    alignment = value;
  }
  const infos: Info[] = [];
  const names = new Set<string>();
  for (let i = 0; i < tensorCount; i++) {
    const info = await reader.item(() => readInfo(reader, file));
    checkFile(!names.has(info.name), 'a tensor must have a name of its own', info.name, {
      check: 'duplicate-name',
      file,
      tensor: info.name,
      byte: info.byte,
    });
    names.add(info.name);
    infos.push(info);
  }
  const start = Math.ceil(reader.at / alignment) * alignment;
  const tensors = infos.map((info) => tensorOf(source, info, start, alignment));
  checkPlaces(infos, tensors, file);
  return { format: 'gguf', tensors, extras: { metadata }, close: () => source.close() };
}
