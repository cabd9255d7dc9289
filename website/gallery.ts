import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface MarkdownNode {
  type: string;
  url?: string;
  alt?: string;
  children?: MarkdownNode[];
}

const sizeOf = (svg: string) => /viewBox="0 0 (\S+) (\S+)"/.exec(svg)!.slice(1).join(' / ');

/** Puts a drawing of the gallery where Markdown has its image, `viz/gallery/<name>.svg`. */
export const galleryDrawings = () => (tree: MarkdownNode) => {
  const visit = ({ children = [] }: MarkdownNode) => {
    children.forEach((child, i) => {
      const name =
        child.type === 'image' ? /^(?:\.\.\/)?(?:viz\/)?gallery\/(\w+)\.svg$/.exec(child.url ?? '')?.[1] : undefined;
      if (name !== undefined) children[i] = drawingOf(name) as MarkdownNode;
      else visit(child);
    });
  };
  visit(tree);
};

function drawingOf(name: string) {
  const { gallery } = JSON.parse(readFileSync(join(__dirname, 'generated/drawings.json'), 'utf8')) as {
    gallery: Record<string, Record<string, string>>;
  };
  const { wide, narrow } = gallery[name] as { wide: string; narrow: string };
  const attributes = { page: 'gallery', name, wide: sizeOf(wide), narrow: sizeOf(narrow) };
  return {
    type: 'mdxJsxTextElement',
    name: 'StillDrawing',
    attributes: Object.entries(attributes).map(([key, value]) => ({ type: 'mdxJsxAttribute', name: key, value })),
    children: [],
  };
}
