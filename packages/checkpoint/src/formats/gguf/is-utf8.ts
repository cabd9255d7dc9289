/**
 * Whether bytes are UTF-8 as the strict decoder of the Encoding standard takes it: no longer than need be, no surrogates, nothing above
 * U+10FFFF, no character cut off. It makes no string, of which a vocabulary would need hundreds of thousands.
 */
export function isUtf8(bytes: Uint8Array, begin: number, end: number): boolean {
  for (let i = begin; i < end; ) {
    const first = bytes[i++]!;
    if (first < 0x80) continue;
    // How many bytes follow, and between what the first of them lies.
    const more = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (more === 0 || i + more > end) return false;
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (bytes[i]! < low || bytes[i]! > high) return false;
    for (const last = i++ + more; i < last; i++) if ((bytes[i]! & 0xc0) !== 0x80) return false;
  }
  return true;
}
