import { type RefObject, useEffect, useState } from 'react';

/** Whether the element has been near the window once. */
export function useInView(element: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        setSeen(true);
        observer.disconnect();
      },
      { rootMargin: '300px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return seen;
}

/** The element's width; a change is told when it has lasted a moment. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(() => Math.min(window.innerWidth - 32, 900));
  useEffect(() => {
    if (!element.current) return;
    let wait: ReturnType<typeof setTimeout> | undefined;
    setWidth(element.current.clientWidth);
    const observer = new ResizeObserver(([entry]) => {
      clearTimeout(wait);
      wait = setTimeout(() => entry && setWidth(Math.round(entry.contentRect.width)), 200);
    });
    observer.observe(element.current);
    return () => {
      clearTimeout(wait);
      observer.disconnect();
    };
  }, [element]);
  return width;
}
