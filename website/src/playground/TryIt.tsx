import { lazy, type ReactNode, Suspense, useState } from 'react';

const Playground = lazy(() => import('./Playground.tsx'));

interface TryItProps {
  /** The whole program: what stands here, after what the blocks before it began. */
  program: string;
  /** The block as it is read. */
  children: ReactNode;
}

/** A block of code that can be opened in an editor in its place, and run there. */
export default function TryIt({ program, children }: TryItProps) {
  const [open, setOpen] = useState(false);
  return open ? (
    <div>
      <Suspense fallback={children}>
        <Playground code={program} focus />
      </Suspense>
      <button type="button" className="try-it" onClick={() => setOpen(false)}>
        Close the editor
      </button>
    </div>
  ) : (
    <div>
      {children}
      <button type="button" className="try-it" onClick={() => setOpen(true)}>
        Edit and run
      </button>
    </div>
  );
}
