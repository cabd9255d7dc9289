import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface MarkdownNode {
  type: string;
  url?: string;
  alt?: string;
  children?: MarkdownNode[];
}

const PICTURE = /^(?:\.\.\/)?(?:viz\/|start\/)?(gallery|grids|bits)\/(\w+)\.svg$/;

const sizeOf = (svg: string) => /viewBox="0 0 (\S+) (\S+)"/.exec(svg)!.slice(1).join(' / ');

/** Puts a drawing of a page of pictures where Markdown has its image: `viz/gallery/<name>.svg`, `grids/<name>.svg` or `bits/<name>.svg`. */
export const galleryDrawings = () => (tree: MarkdownNode) => {
  const visit = ({ children = [] }: MarkdownNode) => {
    children.forEach((child, i) => {
      const found = child.type === 'image' ? PICTURE.exec(child.url ?? '') : null;
      if (found) children[i] = drawingOf(found[1]!, found[2]!) as MarkdownNode;
      else visit(child);
    });
  };
  visit(tree);
};

function drawingOf(page: string, name: string) {
  const pages = JSON.parse(readFileSync(join(__dirname, 'generated/drawings.json'), 'utf8')) as Record<
    string,
    Record<string, Record<string, string>>
  >;
  const { wide, narrow } = pages[page]![name] as { wide: string; narrow: string };
  const attributes = { page, name, wide: sizeOf(wide), narrow: sizeOf(narrow) };
  return {
    type: 'mdxJsxTextElement',
    name: 'StillDrawing',
    attributes: Object.entries(attributes).map(([key, value]) => ({ type: 'mdxJsxAttribute', name: key, value })),
    children: [],
  };
}
