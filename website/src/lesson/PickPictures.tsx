import { useRef, useState } from 'react';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

const naming = (files: readonly File[]): string =>
  files.length < 3 ? files.map(({ name }) => name).join(' and ') : `${files[0]!.name} and ${files.length - 1} more`;

/** Takes the reader's own pictures for the lesson's runs; they stay in the page. */
export function PickPictures() {
  const { busy, give, run } = useLesson();
  const [files, setFiles] = useState<readonly File[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const take = (given: readonly File[]) => {
    const sorted = [...given].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    setFiles(sorted);
    give(sorted);
  };
  return (
    <section className={styles.predict} aria-label="Your pictures">
      <p aria-live="polite">
        {files.length > 0
          ? `Runs learn from ${naming(files)}.`
          : 'Runs learn from digits. Choose data_batch_1.bin, or all five; the files stay in your browser.'}
      </p>
      <div className={styles.options}>
        <button type="button" className="button button--secondary" onClick={() => input.current?.click()}>
          Choose files
        </button>
        {files.length > 0 && (
          <>
            <button type="button" className="button button--primary" disabled={busy} onClick={() => run()}>
              Run with these pictures
            </button>
            <button type="button" className="button button--secondary" onClick={() => take([])}>
              Back to digits
            </button>
          </>
        )}
      </div>
      <input
        ref={input}
        type="file"
        accept=".bin"
        multiple
        hidden
        aria-label="Files of pictures"
        onChange={({ target }) => {
          // Copied before the list is emptied, so that the same files can be chosen again.
          const given = [...(target.files ?? [])];
          target.value = '';
          if (given.length > 0) take(given);
        }}
      />
    </section>
  );
}
