import { decodeCodes, unpackCodes } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import type { CodesEncoding } from './checkpoint.ts';
import { partsOf } from './codes-encoding.ts';
import { regroup } from './computed-tensor.ts';
import { sizeOf, viewAs } from './dtypes.ts';
import type { Codec } from './stored-tensor.ts';

/** What the parts in front of the codes hold. */
export interface CodeTables {
  scales: Float32Array;
  zeroPoints: Int32Array | Float32Array | null;
  codebook: Float32Array | null;
  factors?: Float32Array;
}

/** Throws for content that breaks a rule. */
export type Refuse = (check: string, rule: string, got: unknown) => never;

const floats = (bytes: Uint8Array): Float32Array => viewAs(Float32Array, bytes).slice();

function tablesOf(shape: readonly number[], encoding: CodesEncoding, head: Uint8Array, refuse: Refuse): CodeTables {
  const { bits, signed } = encoding;
  const lengths = partsOf(shape, encoding);
  const codebook = encoding.codebook > 0 ? floats(head.subarray(0, lengths.codebook)) : null;
  const stored = head.subarray(lengths.codebook, lengths.codebook + lengths.scales);
  if (encoding.scales === 'e8m0' && stored.includes(255)) refuse('scales', 'scales must be powers of two', 'NaN');
  const scales = encoding.scales === 'e8m0' ? Float32Array.from(stored, (byte) => 2 ** (byte - 127)) : floats(stored);
  checkPositive('scales', scales, refuse);
  const behind = lengths.codebook + lengths.scales + lengths.zeroPoints;
  const tables: CodeTables = { scales, zeroPoints: null, codebook };
  const zeros = head.subarray(behind - lengths.zeroPoints, behind);
  if (encoding.zeroPoints === 'float32') {
    const between = floats(zeros);
    const strange = between.findIndex((zero) => !Number.isFinite(zero));
    if (strange >= 0) refuse('zero-points', `zeroPoints must be finite at zeroPoints[${strange}]`, between[strange]);
    tables.zeroPoints = between;
  } else if (encoding.zeroPoints) {
    checkPadding(zeros, scales.length * bits, refuse);
    tables.zeroPoints = Int32Array.from(unpackCodes(zeros, { bits, length: scales.length, signed }));
  }
  if (encoding.factors) {
    tables.factors = floats(head.subarray(behind, behind + lengths.factors));
    checkPositive('factors', tables.factors, refuse);
  }
  return tables;
}

function checkPositive(name: string, numbers: Float32Array, refuse: Refuse): void {
  for (let k = 0; k < numbers.length; k++)
    if (!(numbers[k]! > 0 && numbers[k]! < Number.POSITIVE_INFINITY))
      refuse(name, `${name} must be finite and above 0 at ${name}[${k}]`, numbers[k]);
}

function checkPadding(packed: Uint8Array, bits: number, refuse: Refuse): void {
  const over = bits % 8;
  const last = packed.at(-1) ?? 0;
  if (over > 0 && last >>> over > 0) refuse('padding', 'bits behind the last code must be 0', last >>> over);
}

type SomeCodes = ReturnType<typeof unpackCodes>;

/** Codes of whole bytes, or of the end, that the codebook has. */
function codesOf(packed: Uint8Array, length: number, encoding: CodesEncoding, refuse: Refuse): SomeCodes {
  const { bits, signed, codebook } = encoding;
  checkPadding(packed, length * bits, refuse);
  const codes = unpackCodes(packed, { bits, length, signed });
  if (codebook > 0 && codebook < 2 ** bits)
    for (let i = 0; i < length; i++)
      if (codes[i]! >= codebook) refuse('codes', `codes must be 0 to ${codebook - 1}`, codes[i]);
  return codes;
}

/** Tables and codes of all bytes of a tensor. */
export function readParts(
  bytes: Uint8Array,
  shape: readonly number[],
  encoding: CodesEncoding,
  refuse: Refuse,
): CodeTables & { codes: SomeCodes } {
  const { total, codes } = partsOf(shape, encoding);
  const tables = tablesOf(shape, encoding, bytes.subarray(0, total - codes), refuse);
  return { ...tables, codes: codesOf(bytes.subarray(total - codes), sizeOf(shape), encoding, refuse) };
}

/** Fills the head from the first bytes and passes on what follows. */
async function* behind(stream: AsyncIterable<Uint8Array>, head: Uint8Array): AsyncGenerator<Uint8Array> {
  let filled = 0;
  for await (const piece of stream) {
    const mine = piece.subarray(0, head.length - filled);
    head.set(mine, filled);
    filled += mine.length;
    if (mine.length < piece.length) yield piece.subarray(mine.length);
  }
}

/** Values of codes, of the whole or of a part: decoded, and then divided by their factors. */
function valuesOf(
  codes: SomeCodes,
  { view, block, factors: edges }: CodesEncoding,
  { factors, ...tables }: CodeTables,
  from: number,
): Float32Array {
  const values = decodeCodes(codes, { shape: view, block, ...tables, from });
  if (factors === undefined) return values;
  const ones = new Uint8Array(codes.length).fill(1);
  const divisors = decodeCodes(ones, { shape: view, block: edges!, scales: factors, from });
  for (let i = 0; i < values.length; i++) values[i] = values[i]! / divisors[i]!;
  return values;
}

/**
 * How the bytes of a tensor of codes become numbers; in pieces too, of which none but the tables is kept.
 *
 * @param refuse - how bytes that break a rule are refused
 */
export function codesCodec(shape: readonly number[], encoding: CodesEncoding, refuse: Refuse): Codec {
  const { bits } = encoding;
  return {
    blockValues: 0,
    blockBytes: 0,
    decode(bytes) {
      const { codes, ...tables } = readParts(bytes, shape, encoding, refuse);
      return valuesOf(codes, encoding, tables, 0);
    },
    async *pieces(stream, count) {
      const { total, codes: codeBytes } = partsOf(shape, encoding);
      const head = new Uint8Array(total - codeBytes);
      const size = sizeOf(shape);
      // Eight codes take whole bytes.
      const step = Math.max(1, Math.floor(count / 8)) * bits;
      let tables: CodeTables | undefined;
      let from = 0;
      for await (const packed of regroup(behind(stream, head), step, bits)) {
        tables ??= tablesOf(shape, encoding, head, refuse);
        const length = Math.min(size - from, Math.floor((packed.length * 8) / bits));
        const codes = codesOf(packed, length, encoding, refuse);
        for (let at = 0; at < length; at += count)
          yield valuesOf(codes.subarray(at, at + count), encoding, tables, from + at);
        from += length;
      }
      checkRange(from === size, `chunks: bytes must hold ${size} codes`, from);
    },
  };
}
