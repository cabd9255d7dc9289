import SearchPage from '@theme-original/SearchPage';
import { useEffect } from 'react';

/** The page of search results, whose content is the main landmark as on every other page. */
export default function LandmarkedSearchPage() {
  useEffect(() => {
    const content = document.querySelector('.main-wrapper');
    content?.setAttribute('role', 'main');
    return () => content?.removeAttribute('role');
  }, []);
  return <SearchPage />;
}
