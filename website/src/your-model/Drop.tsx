import useBaseUrl from '@docusaurus/useBaseUrl';
import { useEffect, useRef, useState } from 'react';
import { EXAMPLE, exampleFiles } from './example.ts';
import { chosenFiles, droppedFiles, type Given } from './given.ts';
import styles from './your-model.module.css';

interface DropProps {
  /** Takes files once they are known. */
  open: (files: () => Promise<readonly Given[]>) => void;
  /** Called when somebody is about to choose. */
  warm: () => void;
}

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false;

/** Takes files that are dropped anywhere in the page; a browser would open them in its place. */
function useDrop({ open, warm }: DropProps): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      warm();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      // At once: the event takes its files with it.
      const files = droppedFiles(event.dataTransfer!);
      open(() => files);
    };
    const listeners = { dragenter: drag, dragover: drag, dragleave: leave, drop } as const;
    for (const [type, listener] of Object.entries(listeners)) addEventListener(type as 'drop', listener);
    return () => {
      for (const [type, listener] of Object.entries(listeners)) removeEventListener(type as 'drop', listener);
    };
  }, [open, warm]);
  return over;
}

/** Where a model is dropped or chosen. */
export function Drop({ open, warm }: DropProps) {
  const over = useDrop({ open, warm });
  const [files, folder] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const example = useBaseUrl('/generated/your-model/');
  const take = (input: HTMLInputElement) => {
    const { files: list } = input;
    if (!list) return;
    // Asked for before the list is emptied, so that the same files can be chosen again.
    const given = [...list];
    input.value = '';
    open(async () => chosenFiles(given));
  };
  return (
    <div className={styles.zone} data-over={over}>
      <button type="button" className={styles.target} onClick={() => files.current?.click()}>
        <strong>{over ? 'Let go to open it' : 'Drop a model here, or choose its files'}</strong>
        <span>A folder, model.json with its weight files, .safetensors, .npz, .npy, .compact or .gguf</span>
      </button>
      <div className={styles.ways}>
        <button type="button" className="button button--secondary" onClick={() => folder.current?.click()}>
          Choose a folder
        </button>
        <button type="button" className="button button--secondary" onClick={() => open(() => exampleFiles(example))}>
          Try an example
        </button>
      </div>
      <p className={styles.note}>
        The example is <a href={EXAMPLE.address}>{EXAMPLE.title}</a>, 901 kB (
        <a href={`${example}LICENSE.txt`}>{EXAMPLE.license}</a>).
      </p>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Files of a model"
        onChange={({ target }) => take(target)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label="Folder of a model"
        {...{ webkitdirectory: '' }}
        onChange={({ target }) => take(target)}
      />
    </div>
  );
}
