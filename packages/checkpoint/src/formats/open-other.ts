import type { ByteSource } from '../access/byte-source.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { CheckpointError } from '../checkpoint-error.ts';

/**
 * Opens what is neither JSON nor safetensors, or says what it is.
 *
 * @param head - the first bytes as text
 */
export async function openOther(source: ByteSource, head: string): Promise<Checkpoint> {
  if (head.startsWith('GGUF'))
    return (await import(/* webpackChunkName: "weightkit-open-gguf" */ './gguf/open-gguf.ts')).openGguf(source);
  if (head.startsWith('\x89WKC'))
    return (await import(/* webpackChunkName: "weightkit-open-compact" */ './compact/open-compact.ts')).openCompact(
      source,
    );
  if (head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06'))
    return (await import(/* webpackChunkName: "weightkit-open-npz" */ './npz/open-npz.ts')).openNpz(source);
  if (head.startsWith('\x93NUMPY'))
    return (await import(/* webpackChunkName: "weightkit-open-npz" */ './npz/open-npz.ts')).openNpy(source);
  const file = source.name;
  if (/^\s*<(!doctype|html|\?xml)/i.test(head))
    throw new CheckpointError('a file must hold weights', 'a page of HTML', { check: 'html', file, byte: 0 });
  const fault = { check: 'format', file, byte: 0 };
  if (head.startsWith('version https://'))
    throw new CheckpointError(
      'a file must hold weights',
      'a pointer of Git LFS (fetch the file itself: git lfs pull)',
      fault,
    );
  throw new CheckpointError(
    'a file must be model.json, safetensors, GGUF, compact, npz or npy',
    head.slice(0, 8),
    fault,
  );
}
