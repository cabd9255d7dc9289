import { crc32 } from '../../access/crc32.ts';

// \x89 and \r\n tell what was changed as text on its way, as in PNG.
export const MARK = '\x89WKC\r\n\x1a\n';
export const VERSION = 1;

/** Mark, version, checksum and length of the header. */
export const PREAMBLE = 24;

/** The bytes of a checksum. */
export const CRC = 4;

/** A checksum as it is stored. */
export function crcBytes(crc: number): Uint8Array {
  const out = new Uint8Array(CRC);
  new DataView(out.buffer).setUint32(0, crc, true);
  return out;
}

/** What stands before the data: the preamble and the header, with spaces up to a multiple of eight. */
export function headBytes(header: string): Uint8Array {
  const json = new TextEncoder().encode(header);
  const out = new Uint8Array(PREAMBLE + Math.ceil(json.length / 8) * 8).fill(0x20);
  for (let i = 0; i < MARK.length; i++) out[i] = MARK.charCodeAt(i);
  out.set(json, PREAMBLE);
  const view = new DataView(out.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, crc32(out.subarray(PREAMBLE)), true);
  view.setBigUint64(16, BigInt(out.length - PREAMBLE), true);
  return out;
}
