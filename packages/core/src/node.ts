export { fileSystem } from './io/file-system.ts';
export { makeFolder } from './io/make-folder.ts';
