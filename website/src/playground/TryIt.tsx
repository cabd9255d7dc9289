import { lazy, type ReactNode, Suspense, useState } from 'react';

const Opened = lazy(() => import('./Opened.tsx'));

interface TryItProps {
  /** The program, whole but for what it needs. */
  program: string;
  /** What is written above it in the editor, as `exampleProgram` reads it. @defaultValue nothing */
  needs?: string | undefined;
  /** The block as it is read. */
  children: ReactNode;
}

/** A block of code that can be opened in an editor in its place, and run there. */
export default function TryIt({ program, needs = '', children }: TryItProps) {
  const [open, setOpen] = useState(false);
  if (open)
    return (
      <Suspense fallback={children}>
        <Opened program={program} needs={needs} onClose={() => setOpen(false)} />
      </Suspense>
    );
  return (
    <div>
      {children}
      <button type="button" className="try-it" onClick={() => setOpen(true)}>
        Edit and run
      </button>
    </div>
  );
}
