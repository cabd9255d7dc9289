import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';

interface EditorProps {
  /** What it begins with; a new text replaces what was written. */
  code: string;
  /** Called with the whole text after each change. */
  onChange: (code: string) => void;
  /** Ctrl-Enter, or Cmd-Enter. */
  onRun: () => void;
  label: string;
  /** Whether the cursor goes there at once. */
  focus: boolean;
}

// The colors are variables of the style sheet, for light and dark.
const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: 'var(--code-function)' },
]);

const look = EditorView.theme({
  '&': { fontSize: '0.875rem', backgroundColor: 'var(--code-ground)', color: 'var(--code-ink)' },
  '&.cm-focused': { outline: '2px solid var(--ifm-color-primary)', outlineOffset: '-2px' },
  '.cm-content': { fontFamily: 'var(--ifm-font-family-monospace)', caretColor: 'var(--code-ink)', padding: '12px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--code-ink)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--code-comment)', border: '0' },
  '.cm-scroller': { overflow: 'auto', lineHeight: '1.5' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--code-selection) !important',
  },
});

/** A text editor for JavaScript. Tab leaves it, as in every field of a page. */
export default function Editor({ code, onChange, onRun, label, focus }: EditorProps) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const calls = useRef({ onChange, onRun });
  calls.current = { onChange, onRun };

  useEffect(() => {
    const run = () => {
      calls.current.onRun();
      return true;
    };
    const made = new EditorView({
      parent: box.current!,
      state: EditorState.create({
        extensions: [
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
          lineNumbers(),
          history(),
          indentOnInput(),
          bracketMatching(),
          javascript(),
          syntaxHighlighting(colors),
          look,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) calls.current.onChange(update.state.doc.toString());
          }),
          keymap.of([...defaultKeymap, ...historyKeymap]),
        ],
      }),
    });
    view.current = made;
    if (focus) made.focus();
    return () => made.destroy();
  }, [label, focus]);

  useEffect(() => {
    const { state } = view.current!;
    if (state.doc.toString() !== code)
      view.current!.dispatch({ changes: { from: 0, to: state.doc.length, insert: code } });
  }, [code]);

  return <div ref={box} />;
}
