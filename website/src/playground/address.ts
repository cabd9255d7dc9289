/** What an address may carry, in characters: browsers and chats cut longer ones. */
const MOST = 30_000;

const throughStream = async (
  bytes: Uint8Array<ArrayBuffer>,
  stream: TransformStream,
): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

/** A program as the part of an address after `#`; undefined for one that is too long. */
export async function toAddress(code: string): Promise<string | undefined> {
  const packed = await throughStream(new TextEncoder().encode(code), new CompressionStream('deflate-raw'));
  const text = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(''));
  const hash = `#code=${text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
  return hash.length > MOST ? undefined : hash;
}

/** The program of an address; undefined where it carries none. @throws Error for one that is cut off or changed. */
export async function fromAddress(hash: string): Promise<string | undefined> {
  const text = /^#code=(.*)$/.exec(hash)?.[1];
  if (text === undefined) return undefined;
  try {
    const packed = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const bytes = await throughStream(packed, new DecompressionStream('deflate-raw'));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('The address is cut off or changed: no program can be read from it.', { cause });
  }
}
