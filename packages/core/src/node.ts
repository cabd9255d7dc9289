export { fileSystem } from './io/file-system.ts';
