import { type ByteSource, bytesSource } from '../../access/byte-source.ts';
import { CheckpointError, type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { isUtf8 } from './is-utf8.ts';

const WINDOW = 1 << 18;
/** What is read of a list at once, at most. */
const MOST_AHEAD = 1 << 23;
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
export type GgufValue = number | bigint | boolean | string | GgufValue[] | GgufTexts | GgufBytes;

/** A list of texts. */
export interface GgufTexts {
  /** As JSON. */
  readonly json: string;
}

/** A list that has been checked and is read when it is wanted: most who open a file want no vocabulary. */
export class GgufBytes {
  private readonly kind: number;
  private readonly count: number;
  private readonly bytes: Uint8Array;
  private readonly version: number;

  constructor(kind: number, count: number, bytes: Uint8Array, version: number) {
    this.kind = kind;
    this.count = count;
    this.bytes = bytes;
    this.version = version;
  }

  read(): GgufTexts | GgufValue[] {
    const reader = new GgufReader(bytesSource(this.bytes), this.bytes);
    reader.version = this.version;
    return reader.items(this.kind, this.count, 0);
  }
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

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
  private bytes: Uint8Array;
  private view: DataView;
  private from = 0;
  private missing = 0;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private readonly source: ByteSource;

  /** @param bytes - those of the source from its first one on that are there already */
  constructor(source: ByteSource, bytes = NO_BYTES) {
    this.source = source;
    this.bytes = bytes;
    this.view = viewOf(bytes);
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
      this.view = viewOf(this.bytes);
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

  /** Passes over texts and checks them. */
  private passTexts(count: number): void {
    const { source } = this;
    // What is about what they take is read at once, not in windows that grow.
    const about = Math.min(source.size, this.at + Math.min(32 * count, MOST_AHEAD));
    if (about > this.from + this.bytes.length) {
      this.missing = about;
      throw MORE;
    }
    const { bytes, view, from } = this;
    const prefix = this.version === 1 ? 4 : 8;
    let left = count;
    let broken = -1;
    // One after the other; where one has not the length that it may have, or the window ends, what follows says so.
    for (let at = this.at - from; left > 0; left--) {
      const begin = at + prefix;
      if (begin > bytes.length) break;
      const length = view.getUint32(at, true);
      const end = begin + length;
      if (length > MAX_STRING || end > bytes.length || (prefix === 8 && view.getUint32(at + 4, true) !== 0)) break;
      let all = 0;
      for (let i = begin; i < end; i++) all |= bytes[i]!;
      if (all >= 0x80 && broken < 0 && !isUtf8(bytes, begin, end)) broken = from + at;
      at = end;
      this.at = from + at;
    }
    for (; left > 0; left--) this.take(this.size('the length of a string', MAX_STRING));
    if (broken < 0) return;
    // Lengths come first. It throws.
    this.at = broken;
    this.text();
  }

  /** The items of a list. */
  items(kind: number, count: number, nesting: number): GgufTexts | GgufValue[] {
    if (kind === STRING && nesting === 0) return { json: this.textsAsJson(count) };
    const items: GgufValue[] = [];
    if (kind in SCALARS && kind !== BOOL) {
      const [method, bytes] = SCALARS[kind as keyof typeof SCALARS];
      const place = this.take(count * bytes);
      for (let i = 0; i < count; i++) items.push(this.view[method](place + i * bytes, this.littleEndian));
    } else for (let i = 0; i < count; i++) items.push(this.value(kind, nesting + 1));
    return items;
  }

  private list(nesting: number, at: number, later: boolean): GgufValue {
    if (nesting >= MAX_NESTING)
      checkFile(false, `lists must be nested ${MAX_NESTING} deep at most`, nesting + 1, this.fault('metadata', at));
    const kind = this.u32();
    const count = this.size('the length of a list', MAX_ARRAY);
    const isScalar = kind in SCALARS && kind !== BOOL;
    if (!later || !(isScalar || kind === STRING)) return this.items(kind, count, nesting);
    const begin = this.at;
    if (isScalar) this.take(count * SCALARS[kind as keyof typeof SCALARS][1]);
    else this.passTexts(count);
    const bytes = this.bytes.subarray(begin - this.from, this.at - this.from);
    // What is most of a window keeps it, less is copied.
    const own = 2 * bytes.length > this.bytes.length ? bytes : bytes.slice();
    return new GgufBytes(kind, count, own, this.version);
  }

  /** @param later - whether the items of a list may be made later, after it has been checked */
  value(kind: number, nesting = 0, later = false): GgufValue {
    const { at } = this;
    if (kind === STRING) return this.text();
    if (kind === ARRAY) return this.list(nesting, at, later);
    checkFile(kind in SCALARS, 'a metadata value must be of a known kind', kind, this.fault('metadata', at));
    const [method, bytes] = SCALARS[kind as keyof typeof SCALARS];
    const value = this.view[method](this.take(bytes), this.littleEndian);
    if (kind !== BOOL) return value;
    checkFile(value === 0 || value === 1, 'a boolean must be 0 or 1', value, this.fault('metadata', at));
    return value === 1;
  }
}
