/** The fields of a protobuf message, in the order in which they are put: https://protobuf.dev/programming-guides/encoding/ */
export class Message {
  private readonly parts: Uint8Array[] = [];

  private varint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    // Not by bits, which are cut off at 32.
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    bytes.push(rest);
    this.parts.push(Uint8Array.from(bytes));
  }

  private key(field: number, wire: 0 | 1 | 2 | 5): void {
    this.varint(8 * field + wire);
  }

  /** A whole number from 0 to 2^53 - 1. As everywhere in protobuf, 0 is what is left out. */
  integer(field: number, value: number): this {
    if (value === 0) return this;
    this.key(field, 0);
    this.varint(value);
    return this;
  }

  /** A float64; positive zero is left out. */
  double(field: number, value: number): this {
    if (Object.is(value, 0)) return this;
    this.key(field, 1);
    this.parts.push(doubles([value]));
    return this;
  }

  /** A float32 of a `oneof`, where zero is written. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.key(field, 5);
    this.parts.push(bytes);
    return this;
  }

  /** Bytes, those of a text or of a message among them. */
  bytes(field: number, value: Uint8Array | Message | string): this {
    const bytes =
      typeof value === 'string' ? new TextEncoder().encode(value) : value instanceof Message ? value.encoded() : value;
    this.key(field, 2);
    this.varint(bytes.length);
    this.parts.push(bytes);
    return this;
  }

  /** Float64 values, packed. */
  packed(field: number, values: readonly number[]): this {
    return values.length === 0 ? this : this.bytes(field, doubles(values));
  }

  encoded(): Uint8Array {
    return joined(this.parts);
  }
}

function doubles(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat64(8 * i, value, true);
  return bytes;
}

/** Pieces of bytes, one after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
