import MDXComponents from '@theme-original/MDXComponents';
import { type ComponentProps, useEffect, useRef, useState } from 'react';
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

export default { ...MDXComponents, StillDrawing, table: Table };
