/** The bytes of each string of a stored string tensor: their number as a 32-bit integer, then themselves, one after the other. */
export function stringsIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + view.getUint32(at, true);
    strings.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return strings;
}
