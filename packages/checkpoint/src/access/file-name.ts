import { checkFile } from '../checkpoint-error.ts';

/** Throws unless a name in an index is that of a file below the index: never absolute, never with `..`, never a URL. */
export function checkFileName(name: unknown, file: string): asserts name is string {
  const ok =
    typeof name === 'string' &&
    name !== '' &&
    !/^[/\\]|^[A-Za-z][A-Za-z0-9+.-]*:|[\\\0?#]/.test(name) &&
    name.split('/').every((part) => part !== '' && part !== '..' && part !== '.');
  checkFile(ok, 'a file named in an index must lie beside it', name, { check: 'file-name', file });
}
