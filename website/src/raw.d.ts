/** The text of a file, by `import source from './file.ts?raw'`. */
declare module '*?raw' {
  const source: string;
  export default source;
}

/** The drawings of pages by page, name and kind of screen, as scripts/drawings.mjs writes them; in a browser there are none. */
declare module 'still-drawings' {
  const drawings: Record<string, Record<string, { wide: string; narrow: string } | undefined> | undefined>;
  export default drawings;
}

/** What the home page shows at first, as scripts/home.mjs writes it when the site is built. */
declare module '*/generated/home/outcome.json' {
  const outcome: import('./home/protocol.ts').Prepared;
  export default outcome;
}

/** The claims of each lesson, as scripts/claims.mjs writes them when the site is built. */
declare module '*/generated/lessons/claims.json' {
  const claims: Readonly<Record<string, readonly import('./lesson/Claims.tsx').Told[]>>;
  export default claims;
}

/** The parts of the table of pages, as src/client/pages/loader.cjs writes them. */
declare module '@generated/routes?parts' {
  /** A route of Docusaurus; in a part the hash stands for its component. */
  export interface PageRoute {
    path: string;
    exact?: boolean;
    component: unknown;
    routes?: PageRoute[];
  }
  interface Part {
    registry: Record<string, unknown>;
    names: Record<string, unknown>;
    routes: { place: number[]; route: PageRoute }[];
    docs: { plugin: string; version: number; doc: unknown }[];
  }
  const parts: (() => Promise<{ default: Part }>)[];
  export default parts;
}
