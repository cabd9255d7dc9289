import MDXComponents from '@theme-original/MDXComponents';
import { type ComponentProps, useEffect, useRef, useState } from 'react';
import { importsOf, MODULE_NAMES, needsNode } from '../playground/module-names.ts';
import TryIt from '../playground/TryIt.tsx';
import { StillDrawing } from '../StillDrawing.tsx';

/** A table that scrolls sideways where it is too wide, and can then be reached by keyboard. */
function Table(props: ComponentProps<'table'>) {
  const ref = useRef<HTMLDivElement>(null);
  const [wide, setWide] = useState(false);
  useEffect(() => {
    const box = ref.current;
    if (!box) return;
    const observer = new ResizeObserver(() => setWide(box.scrollWidth > box.clientWidth));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  const reachable = wide ? { tabIndex: 0 } : {};
  return (
    <div ref={ref} className="table-scroll" {...reachable}>
      <table {...props} />
    </div>
  );
}

type CodeProps = ComponentProps<typeof MDXComponents.code> & { metastring?: string };

/** Code; a program that can run in a page can be opened in an editor, and one that cannot says so. */
function Code(props: CodeProps) {
  const { children, className = '', metastring = '' } = props;
  const code = <MDXComponents.code {...props} />;
  if (typeof children !== 'string' || !/\blanguage-(js|javascript)\b/.test(className)) return code;
  const imports = importsOf(children);
  if (imports.some(needsNode)) return <div className="needs-node">{code}</div>;
  const runs =
    imports.length > 0 &&
    !/\b(browser|continue)\b/.test(metastring) &&
    imports.every((name) => (MODULE_NAMES as readonly string[]).includes(name));
  return runs ? <TryIt program={children}>{code}</TryIt> : code;
}

export default { ...MDXComponents, StillDrawing, code: Code, table: Table };
