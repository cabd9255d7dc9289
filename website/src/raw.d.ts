/** The text of a file, by `import source from './file.ts?raw'`. */
declare module '*?raw' {
  const source: string;
  export default source;
}
