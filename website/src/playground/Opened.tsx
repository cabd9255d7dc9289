import Playground from './Playground.tsx';

interface OpenedProps {
  program: string;
  onClose: () => void;
}

/** The editor in the place of a block, and what closes it. */
export default function Opened({ program, onClose }: OpenedProps) {
  return (
    <div>
      <Playground code={program} focus />
      <button type="button" className="try-it" onClick={onClose}>
        Close the editor
      </button>
    </div>
  );
}
