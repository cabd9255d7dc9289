import { useLocation } from '@docusaurus/router';
import useBaseUrl from '@docusaurus/useBaseUrl';
import { type About, fromSearch, initialValues, toSearch, type Values } from '@weightkit/lesson/page';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Value } from './Controls.tsx';
import { LessonContext, type LiveLesson, type Pick, type Sketch } from './context.ts';
import { Further } from './Further.tsx';
import { isFollowed } from './followed.ts';
import styles from './lesson.module.css';
import { Place } from './Place.tsx';
import { PHONE, type Pictures } from './pictures.ts';
import type { Backend, Wanted } from './protocol.ts';
import { useRun } from './use-run.ts';

/** Milliseconds after the last change of a control before a run starts by itself. */
const SETTLES = 300;

/** How wide each figure is drawn: as its file, so that a live one takes exactly its place; narrow ones stand beside a pinned one. */
const widthsOf = ({ figures }: Pictures, narrow: boolean): Record<string, number> =>
  Object.fromEntries(figures.map((figure) => [figure.name, (narrow ? figure.narrow : figure.wide)[0]]));

/** Shows the values in the address; the browser's history gets no entry for each turn of a control. */
function writeAddress(about: About, values: Values): void {
  const { pathname, search, hash } = window.location;
  const wanted = toSearch(about, values, search);
  if (wanted !== search) window.history.replaceState(window.history.state, '', `${pathname}${wanted}${hash}`);
}

const sameValues = (a: Values, b: Values): boolean => Object.keys(a).every((name) => a[name] === b[name]);

interface LessonProps {
  about: About;
  /** `pictures.json` of the lesson. */
  pictures: Pictures;
  /** The text of experiment.ts. */
  source: string;
  /** The texts of files beside it that it imports, by name. @defaultValue none */
  beside?: Readonly<Record<string, string>>;
  /** Draws what it can of changed values at once, before their run; must be the same function in every rendering. */
  sketch?: Sketch;
  /** Makes the main figure one that is clicked on. */
  pick?: Pick;
  children: ReactNode;
}

/** Everything on a lesson's page that belongs to it: what stands inside shares its one live run. */
export function Lesson({ about, pictures, source, beside = {}, sketch, pick, children }: LessonProps) {
  const base = useBaseUrl('/');
  const location = useLocation();
  const initial = useMemo(() => initialValues<Values>(about), [about]);
  const live = useRun(about.name, base);
  const { view } = live;
  const [values, setValues] = useState(initial);
  const [said, setSaid] = useState<readonly string[]>([]);
  const [backend, setBackend] = useState<Backend>('auto');
  const [moment, setMoment] = useState<number>();
  const [phone, setPhone] = useState(false);
  const inView = useRef(new Set<string>());
  const settling = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const busy = view.state === 'running' || view.state === 'timing';
  const { drawn, pinned } = view;
  const narrow = phone || pinned !== undefined;

  const wantedNow = (at: number | undefined): Wanted => ({
    // The state of the window, which a run of the address asks for before it is known here.
    widths: widthsOf(pictures, pinned !== undefined || window.matchMedia(PHONE).matches),
    inView: [...inView.current],
    moment: at,
  });
  const latest = useRef({ wantedNow, values, backend, live, drawn, moment });
  latest.current = { wantedNow, values, backend, live, drawn, moment };

  useEffect(() => {
    const query = window.matchMedia(PHONE);
    const tell = () => setPhone(query.matches);
    tell();
    query.addEventListener('change', tell);
    return () => {
      query.removeEventListener('change', tell);
      clearTimeout(settling.current);
    };
  }, []);

  const start = useCallback((asked: Values, auto: boolean) => {
    clearTimeout(settling.current);
    setMoment(undefined);
    const { live, backend, wantedNow } = latest.current;
    live.run(asked, backend, wantedNow(undefined), auto);
  }, []);

  // When the page opens, and when a link or the browser's buttons change the address: what the address asks for.
  const opened = useRef(false);
  useEffect(() => {
    const asked = fromSearch<Values>(about, window.location.search);
    // A link to another part of the page changes the address as well, and asks for nothing.
    if (opened.current && sameValues(asked.values, latest.current.values)) return;
    opened.current = true;
    setSaid(asked.said);
    setValues(asked.values);
    if (!sameValues(asked.values, initial)) start(asked.values, false);
    else if (latest.current.drawn) latest.current.live.clear();
  }, [about, initial, location, start]);

  // What is shown already is drawn again where it is to be narrower or wider.
  useEffect(() => {
    const { drawn, live, wantedNow, moment } = latest.current;
    if (drawn) live.draw(wantedNow(moment));
  }, [narrow]);

  const changeAll = useCallback(
    (some: Values) => {
      const changed = { ...latest.current.values, ...some };
      if (sameValues(changed, latest.current.values)) return;
      latest.current.values = changed;
      setSaid([]);
      setValues(changed);
      clearTimeout(settling.current);
      const { live, backend, wantedNow, moment, drawn } = latest.current;
      const follows = isFollowed(about, drawn?.values ?? initial, changed);
      if (follows) live.follow(changed, backend, wantedNow(moment));
      settling.current = setTimeout(() => {
        // Not at once: browsers refuse to write it a hundred times in a few seconds.
        writeAddress(about, latest.current.values);
        if (!follows) start(latest.current.values, true);
      }, SETTLES);
    },
    [about, initial, start],
  );
  const change = useCallback((name: string, value: Value) => changeAll({ [name]: value }), [changeAll]);

  const actions = useMemo(
    () => ({
      change,
      changeAll,
      run: (asked?: Values) => {
        const chosen = asked ?? latest.current.values;
        if (asked) setValues(asked);
        writeAddress(about, chosen);
        setSaid([]);
        start(chosen, false);
      },
      stop: () => {
        clearTimeout(settling.current);
        latest.current.live.stop();
      },
      reset: () => {
        clearTimeout(settling.current);
        setValues(initial);
        setSaid([]);
        setMoment(undefined);
        writeAddress(about, initial);
        latest.current.live.clear();
      },
      pin: () => {
        const { live, wantedNow, moment } = latest.current;
        // The worker learns first at which moment it stands.
        if (!latest.current.drawn) live.draw(wantedNow(moment));
        live.pin(Math.min(...pictures.figures.map(({ narrow: [width] }) => width)));
      },
      unpin: () => latest.current.live.unpin(),
      goTo: (to: number) => {
        setMoment(to);
        latest.current.live.draw(latest.current.wantedNow(to));
      },
      pickBackend: setBackend,
      prepare: () => latest.current.live.prepare(),
      give: (files: readonly File[]) => latest.current.live.give(files),
      look: (name: string, isInView: boolean) => {
        if (inView.current.has(name) === isInView) return;
        if (isInView) inView.current.add(name);
        else inView.current.delete(name);
        const { drawn, live, wantedNow, moment } = latest.current;
        if (isInView && drawn && !drawn.pictures[name]) live.draw(wantedNow(moment));
      },
    }),
    [about, change, changeAll, initial, pictures, start],
  );

  const shown = drawn?.values ?? initial;
  const other = !sameValues(shown, values);
  const sketched = useMemo(() => (other ? sketch?.(values) : undefined), [other, sketch, values]);
  const lesson: LiveLesson = {
    about,
    pictures,
    source,
    beside,
    view,
    values,
    said,
    narrow,
    sketched,
    sketch,
    pick,
    // What follows a control is there before anybody could call it old.
    stale:
      !busy &&
      other &&
      !(
        isFollowed(about, shown, values) &&
        (view.state === 'idle' || view.state === 'done' || (view.state === 'held' && view.light))
      ),
    busy,
    moments: drawn?.moments ?? pictures.moments,
    moment,
    backend,
    ...actions,
  };
  return (
    <LessonContext.Provider value={lesson}>
      <div
        className={styles.lesson}
        data-lesson={about.name}
        data-state={view.state}
        data-stale={lesson.stale || !view.whole}
        data-tensors={view.finish?.tensors}
      >
        <Place about={about} />
        {children}
        <Further about={about} />
      </div>
    </LessonContext.Provider>
  );
}
