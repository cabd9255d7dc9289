import { useMemo, useRef } from 'react';
import { exampleProgram } from './example-program.ts';
import Playground from './Playground.tsx';

interface OpenedProps {
  program: string;
  /** What the program takes for granted, as `exampleProgram` reads it. */
  needs: string;
  onClose: () => void;
}

/** The editor in the place of a block, and what closes it. */
export default function Opened({ program, needs, onClose }: OpenedProps) {
  const box = useRef<HTMLDivElement>(null);
  /** Whoever closes the editor goes on reading where it was opened. */
  const close = () => {
    const { parentElement, previousElementSibling } = box.current!;
    onClose();
    requestAnimationFrame(() => {
      const block = previousElementSibling?.nextElementSibling ?? parentElement;
      block?.querySelector<HTMLElement>('.try-it')?.focus();
    });
  };
  const whole = useMemo(() => exampleProgram(program, needs), [program, needs]);
  return (
    <div ref={box}>
      <Playground code={whole} focus />
      <button type="button" className="try-it" onClick={close}>
        Close the editor
      </button>
    </div>
  );
}
