import { useEffect, useState } from 'react';

/** Now, kept fresh while there is something to count down to. */
export function useCountdownNow(untilMs: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (untilMs === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [untilMs]);
  return now;
}
