import type { ByteSource } from '../../access/byte-source.ts';
import { CheckpointError, type CheckpointFault, checkFile } from '../../checkpoint-error.ts';

const WINDOW = 1 << 18;
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
export type GgufValue = number | bigint | boolean | string | GgufValue[] | GgufTexts;

/** A list of texts. */
export interface GgufTexts {
  /** As JSON. */
  readonly json: string;
}

const NO_BYTES = new Uint8Array(0);

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Thrown where the window ends before the file does. */
const MORE = Symbol('more');

/**
 * Reads a GGUF header from left to right; every length is checked before it is used. Numbers and texts are read from a window, without
 * waiting, by a function that {@link item} is given: a header has hundreds of thousands of them.
 */
export class GgufReader {
  at = 0;
  littleEndian = true;
  version = 3;
  private bytes: Uint8Array = NO_BYTES;
  private view: DataView = new DataView(NO_BYTES.buffer);
  private from = 0;
  private missing = 0;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private readonly source: ByteSource;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** What a function reads; where the window ends too early, it is called again with a longer one. */
  async item<T>(read: () => T): Promise<T> {
    const begin = this.at;
    for (;;) {
      try {
        return read();
      } catch (error) {
        if (error !== MORE) throw error;
      }
      this.at = begin;
      const before = this.from === begin ? this.bytes.length : 0;
      const length = Math.max(WINDOW, 4 * before, this.missing - begin);
      this.bytes = await this.source.read(begin, Math.min(this.source.size, begin + length));
      this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
      this.from = begin;
    }
  }

  /** Where the next `count` bytes are in the window; they are behind then. */
  private take(count: number): number {
    const { source, at } = this;
    if (at + count > source.size)
      checkFile(false, `the header must have ${count} more bytes`, source.size - at, {
        check: 'header-length',
        file: source.name,
        byte: at,
      });
    if (at < this.from || at + count > this.from + this.bytes.length) {
      this.missing = at + count;
      throw MORE;
    }
    this.at += count;
    return at - this.from;
  }

  /** Passes over bytes. */
  skip(count: number): void {
    this.take(count);
  }

  u32(littleEndian = this.littleEndian): number {
    return this.view.getUint32(this.take(4), littleEndian);
  }

  /** A count or an offset; version 1 has 32 bits for it. */
  size(what: string, limit = Number.MAX_SAFE_INTEGER): number {
    const { at, littleEndian } = this;
    let value: number;
    if (this.version === 1) value = this.u32();
    else {
      const place = this.take(8);
      const [first, second] = [this.view.getUint32(place, littleEndian), this.view.getUint32(place + 4, littleEndian)];
      value = littleEndian ? first + second * 2 ** 32 : first * 2 ** 32 + second;
    }
    if (value > limit)
      checkFile(false, `${what} must be ${limit} at most`, value, { check: 'limit', file: this.source.name, byte: at });
    return value;
  }

  text(): string {
    const { at } = this;
    const length = this.size('the length of a string', MAX_STRING);
    const place = this.take(length);
    try {
      return this.decoder.decode(this.bytes.subarray(place, place + length));
    } catch (cause) {
      throw new CheckpointError('text must be UTF-8', 'other bytes', this.fault('utf-8', at), { cause });
    }
  }

  private fault(check: string, byte: number): CheckpointFault {
    return { check, file: this.source.name, byte };
  }

  /**
   * As JSON.stringify has a list of texts, without making a string of each: vocabularies have hundreds of thousands. The bytes go
   * into one buffer between quotation marks, and are decoded together.
   */
  private textsAsJson(count: number): string {
    const begin = this.at;
    let out = new Uint8Array(WINDOW);
    let to = 0;
    out[to++] = 0x5b;
    for (let i = 0; i < count; i++) {
      const length = this.size('the length of a string', MAX_STRING);
      let from = this.take(length);
      const most = to + 6 * length + 4;
      if (most > out.length) {
        const wider = new Uint8Array(Math.max(most, 2 * out.length));
        wider.set(out);
        out = wider;
      }
      if (i > 0) out[to++] = 0x2c;
      out[to++] = QUOTE;
      for (const end = from + length; from < end; from++) {
        const byte = this.bytes[from]!;
        if (byte < 0x20) {
          // \n or \u0001, between the quotation marks that JSON.stringify adds.
          const escaped = JSON.stringify(String.fromCharCode(byte));
          for (let j = 1; j < escaped.length - 1; j++) out[to++] = escaped.charCodeAt(j);
          continue;
        }
        if (byte === QUOTE || byte === BACKSLASH) out[to++] = BACKSLASH;
        out[to++] = byte;
      }
      out[to++] = QUOTE;
    }
    out[to++] = 0x5d;
    try {
      return this.decoder.decode(out.subarray(0, to));
    } catch (cause) {
      // Which one it is.
      this.at = begin;
      for (let i = 0; i < count; i++) this.text();
      throw cause;
    }
  }

  private list(nesting: number, at: number): GgufValue {
    if (nesting >= MAX_NESTING)
      checkFile(false, `lists must be nested ${MAX_NESTING} deep at most`, nesting + 1, this.fault('metadata', at));
    const kind = this.u32();
    const count = this.size('the length of a list', MAX_ARRAY);
    if (kind === STRING && nesting === 0) return { json: this.textsAsJson(count) };
    const items: GgufValue[] = [];
    if (kind in SCALARS && kind !== BOOL) {
      const [method, bytes] = SCALARS[kind as keyof typeof SCALARS];
      const place = this.take(count * bytes);
      for (let i = 0; i < count; i++) items.push(this.view[method](place + i * bytes, this.littleEndian));
    } else for (let i = 0; i < count; i++) items.push(this.value(kind, nesting + 1));
    return items;
  }

  value(kind: number, nesting = 0): GgufValue {
    const { at } = this;
    if (kind === STRING) return this.text();
    if (kind === ARRAY) return this.list(nesting, at);
    checkFile(kind in SCALARS, 'a metadata value must be of a known kind', kind, this.fault('metadata', at));
    const [method, bytes] = SCALARS[kind as keyof typeof SCALARS];
    const value = this.view[method](this.take(bytes), this.littleEndian);
    if (kind !== BOOL) return value;
    checkFile(value === 0 || value === 1, 'a boolean must be 0 or 1', value, this.fault('metadata', at));
    return value === 1;
  }
}
