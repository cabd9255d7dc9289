import type { ByteSource } from '../../access/byte-source.ts';
import { CheckpointError, checkFile } from '../../checkpoint-error.ts';

const WINDOW = 1 << 16;
const [MAX_STRING, MAX_ARRAY, MAX_NESTING] = [10_000_000, 1_000_000, 4];

/** The kinds of metadata values, by their number. */
const SCALARS = {
  0: ['getUint8', 1],
  1: ['getInt8', 1],
  2: ['getUint16', 2],
  3: ['getInt16', 2],
  4: ['getUint32', 4],
  5: ['getInt32', 4],
  6: ['getFloat32', 4],
  7: ['getUint8', 1],
  10: ['getBigUint64', 8],
  11: ['getBigInt64', 8],
  12: ['getFloat64', 8],
} as const;
const [BOOL, STRING, ARRAY] = [7, 8, 9];

/** A value of GGUF's metadata. */
export type GgufValue = number | bigint | boolean | string | GgufValue[];

/** Reads a GGUF header from left to right, in windows; every length is checked before it is used. */
export class GgufReader {
  at = 0;
  littleEndian = true;
  version = 3;
  private window: DataView = new DataView(new ArrayBuffer(0));
  private from = 0;
  private readonly source: ByteSource;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** A view of the next `count` bytes, which are then behind. */
  async take(count: number): Promise<DataView> {
    const { source, at } = this;
    checkFile(at + count <= source.size, `the header must have ${count} more bytes`, source.size - at, {
      check: 'header-length',
      file: source.name,
      byte: at,
    });
    if (at < this.from || at + count > this.from + this.window.byteLength) {
      const bytes = await source.read(at, Math.min(source.size, at + Math.max(count, WINDOW)));
      this.window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.from = at;
    }
    this.at += count;
    return new DataView(this.window.buffer, this.window.byteOffset + at - this.from, count);
  }

  async u32(): Promise<number> {
    return (await this.take(4)).getUint32(0, this.littleEndian);
  }

  /** A count or an offset; version 1 has 32 bits for it. */
  async size(what: string, limit = Number.MAX_SAFE_INTEGER): Promise<number> {
    const at = this.at;
    const value =
      this.version === 1 ? await this.u32() : Number((await this.take(8)).getBigUint64(0, this.littleEndian));
    checkFile(value <= limit, `${what} must be ${limit} at most`, value, {
      check: 'limit',
      file: this.source.name,
      byte: at,
    });
    return value;
  }

  async text(): Promise<string> {
    const at = this.at;
    const length = await this.size('the length of a string', MAX_STRING);
    const view = await this.take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(view);
    } catch (cause) {
      throw new CheckpointError(
        'text must be UTF-8',
        'other bytes',
        { check: 'utf-8', file: this.source.name, byte: at },
        { cause },
      );
    }
  }

  async value(kind: number, nesting = 0): Promise<GgufValue> {
    const at = this.at;
    const fault = { check: 'metadata', file: this.source.name, byte: at };
    if (kind === STRING) return this.text();
    if (kind === ARRAY) {
      checkFile(nesting < MAX_NESTING, `lists must be nested ${MAX_NESTING} deep at most`, nesting + 1, fault);
      const itemKind = await this.u32();
      const count = await this.size('the length of a list', MAX_ARRAY);
      const items: GgufValue[] = [];
      for (let i = 0; i < count; i++) items.push(await this.value(itemKind, nesting + 1));
      return items;
    }
    checkFile(kind in SCALARS, 'a metadata value must be of a known kind', kind, fault);
    const [method, bytes] = SCALARS[kind as keyof typeof SCALARS];
    const value = (await this.take(bytes))[method](0, this.littleEndian);
    if (kind !== BOOL) return value;
    checkFile(value === 0 || value === 1, 'a boolean must be 0 or 1', value, fault);
    return value === 1;
  }
}
