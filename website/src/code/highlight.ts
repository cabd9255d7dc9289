import includeLanguages from '@theme/prism-include-languages';
import { normalizeTokens, Prism } from 'prism-react-renderer';
import { type Block, escaped, lineHtml } from './block.ts';

includeLanguages(Prism as unknown as Parameters<typeof includeLanguages>[0]);

/** The HTML of a block's lines, each token with the classes of its kinds; custom.css and the configuration give these colors. */
export function highlight(block: Block): string {
  const grammar = Prism.languages[block.language];
  const lines = normalizeTokens(grammar ? Prism.tokenize(block.code, grammar) : [block.code]);
  const written = lines.map((tokens) =>
    tokens
      .filter(({ content }) => content !== '\n' && content !== '')
      .map(({ types, content }) => {
        const kinds = types.filter((kind) => kind !== 'plain');
        return kinds.length ? `<span class="token ${kinds.join(' ')}">${escaped(content)}</span>` : escaped(content);
      })
      .join(''),
  );
  return written.map((line, i) => lineHtml(line, block, i)).join('');
}
