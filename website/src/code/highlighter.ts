import type { Block } from './block.ts';

/** In a browser the highlighter, 30 kB, comes when a block is shown that the page did not bring with it. */
export const highlightNow: ((block: Block) => string) | undefined = undefined;
export const loadHighlighter = (): Promise<typeof import('./highlight.ts')> => import('./highlight.ts');
