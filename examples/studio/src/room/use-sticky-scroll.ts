import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';

// Less than a line from the end still counts as reading the newest.
const NEAR_PX = 48;

/**
 * Keeps a scrolling element at its end while it grows, as long as the reader is there; and keeps what is being read in
 * its place when something is added above.
 */
export function useStickyScroll(
  content: readonly { readonly id: string }[],
  sticky: boolean,
): {
  ref: RefObject<HTMLDivElement | null>;
  onScroll: () => void;
  isAtEnd: boolean;
  scrollToEnd: () => void;
} {
  const ref = useRef<HTMLDivElement>(null);
  const stuck = useRef(sticky);
  const before = useRef({ firstId: '', height: 0 });
  const lastTop = useRef(0);
  const [isAtEnd, setIsAtEnd] = useState(true);

  const onScroll = useCallback(() => {
    const element = ref.current;
    if (element === null) return;
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    // Only who goes up stops following: what grows below is a scroll away from the end too, and nobody's wish.
    if (near) stuck.current = sticky;
    else if (element.scrollTop < lastTop.current) stuck.current = false;
    lastTop.current = element.scrollTop;
    setIsAtEnd(near || stuck.current);
  }, [sticky]);

  const scrollToEnd = useCallback(() => {
    const element = ref.current;
    if (element === null) return;
    stuck.current = true;
    element.scrollTop = element.scrollHeight;
    setIsAtEnd(true);
  }, []);

  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const firstId = content[0]?.id ?? '';
    const grewAbove = before.current.firstId !== '' && firstId !== before.current.firstId;
    if (stuck.current) element.scrollTop = element.scrollHeight;
    else if (grewAbove) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { firstId, height: element.scrollHeight };
  }, [content]);

  // A composer that grows, a keyboard that opens or a banner that appears makes the element smaller; lines that wrap anew
  // make what is in it larger.
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (stuck.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);

  return { ref, onScroll, isAtEnd, scrollToEnd };
}
