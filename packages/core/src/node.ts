export { fileSystem } from './save/file-system.ts';
export { makeFolder } from './save/make-folder.ts';
