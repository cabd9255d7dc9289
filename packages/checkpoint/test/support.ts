import { readFileSync } from 'node:fs';
import { type Checkpoint, CheckpointError, openCheckpoint } from '@weightkit/checkpoint';

/** The cases of a golden file. */
export function golden<T>(name: string, call?: string): T[] {
  const text = readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8');
  const { cases } = JSON.parse(text) as { cases: (T & { call: string })[] };
  return cases.filter((one) => call === undefined || one.call === call);
}

/** Bytes from base64. */
export const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

/** A number of a golden: NaN and infinities stand as text. */
export const numberOf = (value: number | string): number =>
  typeof value === 'number' ? value : Number(value.replace('inf', 'Infinity'));

/** Text and lists of numbers as bytes, one after the other. */
export function joined(...parts: (string | readonly number[] | Uint8Array)[]): Uint8Array {
  const bytes = parts.map((part) =>
    typeof part === 'string' ? new TextEncoder().encode(part) : Uint8Array.from(part),
  );
  return Uint8Array.from(Buffer.concat(bytes));
}

/** A number as little-endian bytes. */
export function little(value: number | bigint, bytes = 8): number[] {
  let rest = BigInt(value);
  return Array.from({ length: bytes }, () => {
    const byte = Number(rest & 255n);
    rest >>= 8n;
    return byte;
  });
}

/** Opens bytes under a name. */
export const openBytes = (name: string, bytes: Uint8Array): Promise<Checkpoint> =>
  openCheckpoint(new Map([[name, bytes]]));

/** The error of opening, which must be one of a broken file. */
export async function faultOf(open: Promise<Checkpoint>): Promise<CheckpointError> {
  const error = await open.then(
    () => new Error('it opened'),
    (caught: Error) => caught,
  );
  if (!(error instanceof CheckpointError)) throw error;
  return error;
}
