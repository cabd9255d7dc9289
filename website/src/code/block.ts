/** A code block as it is shown. */
export interface Block {
  code: string;
  language: string;
  /** Classes of lines that are marked, by index. */
  lineClassNames: Record<number, string[]>;
  numbered: boolean;
}

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A line around what stands in it; the break is what a selection copies. */
export function lineHtml(inner: string, { lineClassNames, numbered }: Block, index: number): string {
  const classes = ['token-line', ...(numbered ? ['code-line'] : []), ...(lineClassNames[index] ?? [])].join(' ');
  const content = numbered ? `<span class="code-number"></span><span class="code-content">${inner}</span>` : inner;
  return `<div class="${classes}">${content}<br></div>`;
}

/** The lines without colors, until the highlighter is there. */
export const plainHtml = (block: Block): string =>
  block.code
    .split('\n')
    .map((line, i) => lineHtml(escaped(line), block, i))
    .join('');
