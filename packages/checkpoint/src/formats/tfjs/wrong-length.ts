import type { ByteSource } from '../../access/byte-source.ts';
import { CheckpointError, checkFile } from '../../checkpoint-error.ts';

/** What a server sends in place of a file that is not there. */
async function looksLikeHtml(sources: readonly ByteSource[]): Promise<string | undefined> {
  for (const source of sources) {
    const begin = new TextDecoder('latin1').decode(await source.read(0, Math.min(source.size, 64)));
    if (/^\s*<(!doctype|html|\?xml|head|body)/i.test(begin)) return source.name;
  }
  return undefined;
}

/** Throws for weight files that do not have the bytes that a manifest says: says what they have in their place. */
export async function wrongLength(
  size: number,
  least: number,
  exact: boolean,
  files: readonly ByteSource[],
  file: string,
): Promise<never> {
  const html = await looksLikeHtml(files);
  checkFile(html === undefined, 'a weight file must hold weights', 'a page of HTML', {
    check: 'html',
    file: html,
    byte: 0,
  });
  const away = least > size ? `${least - size} more` : `${size - least} less`;
  throw new CheckpointError(
    `the weight files must have ${exact ? '' : 'at least '}${least} bytes as the manifest says, ${away}`,
    size,
    { check: 'weights-length', file },
  );
}
