import Head from '@docusaurus/Head';
import MDXA from '@theme/MDXComponents/A';
import MDXCode from '@theme/MDXComponents/Code';
import MDXDetails from '@theme/MDXComponents/Details';
import MDXHeading from '@theme/MDXComponents/Heading';
import MDXImg from '@theme/MDXComponents/Img';
import MDXLi from '@theme/MDXComponents/Li';
import MDXPre from '@theme/MDXComponents/Pre';
import MDXUl from '@theme/MDXComponents/Ul';
import { type ComponentProps, useEffect, useRef, useState } from 'react';
import { importsOf, needsNode, runsInPages } from '../playground/imports.ts';
import TryIt from '../playground/TryIt.tsx';
import { StillDrawing } from '../StillDrawing.tsx';

type Level = 'h1' | 'h2' | 'h3' | 'h4' | 'h5' | 'h6';
const heading = (as: Level) =>
  function Heading(props: Omit<ComponentProps<typeof MDXHeading>, 'as'>) {
    return <MDXHeading as={as} {...props} />;
  };

/** A table that scrolls sideways where it is too wide, can then be reached by keyboard, and fades out on the side where there is more. */
function Table(props: ComponentProps<'table'>) {
  const ref = useRef<HTMLDivElement>(null);
  const [wide, setWide] = useState(false);
  const [more, setMore] = useState(false);
  const look = () => {
    const box = ref.current;
    if (!box) return;
    setWide(box.scrollWidth > box.clientWidth);
    // Places between two pixels are rounded.
    setMore(box.scrollLeft + box.clientWidth < box.scrollWidth - 2);
  };
  useEffect(() => {
    const box = ref.current;
    if (!box) return;
    const observer = new ResizeObserver(look);
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  const reachable = wide ? { tabIndex: 0 } : {};
  return (
    <div ref={ref} className="table-scroll" data-more={more || undefined} onScroll={look} {...reachable}>
      <table {...props} />
    </div>
  );
}

type CodeProps = ComponentProps<typeof MDXCode> & { metastring?: string };

/** Code; a program that can run in a page can be opened in an editor, and one that cannot says so. */
function Code(props: CodeProps) {
  const { children, className = '', metastring = '' } = props;
  const code = <MDXCode {...props} />;
  if (typeof children !== 'string' || !/\blanguage-(js|javascript)\b/.test(className)) return code;
  const imports = importsOf(children);
  if (imports.some(needsNode)) return <div className="needs-node">{code}</div>;
  const [, needs] = /\bneeds="(.*?)"/.exec(metastring) ?? [];
  const runs = (needs !== undefined || runsInPages(imports)) && !/\b(browser|continue)\b/.test(metastring);
  return runs ? (
    <TryIt program={children} needs={needs}>
      {code}
    </TryIt>
  ) : (
    code
  );
}

/** Those of Docusaurus, but for admonitions, which load when there is one, and tables. */
export default {
  Head,
  details: MDXDetails,
  Details: MDXDetails,
  code: Code,
  a: MDXA,
  pre: MDXPre,
  ul: MDXUl,
  li: MDXLi,
  img: MDXImg,
  h1: heading('h1'),
  h2: heading('h2'),
  h3: heading('h3'),
  h4: heading('h4'),
  h5: heading('h5'),
  h6: heading('h6'),
  StillDrawing,
  table: Table,
};
