export { makeFolder } from '@weightkit/checkpoint';
export { fileSystem } from './save/file-system.ts';
