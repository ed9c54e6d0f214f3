import { type ReactNode, type Ref, useCallback } from 'react';

interface LiveVideoProps {
  readonly stream: MediaStream | null;
  readonly source: 'camera' | 'screen';
  /** What is to be seen, for who cannot; absent for one's own preview. */
  readonly label?: string;
  readonly className?: string;
  readonly testId: string;
}

/** A video element that shows a stream as it comes. */
export function LiveVideo({ stream, source, label, className, testId }: LiveVideoProps): ReactNode {
  const attach: Ref<HTMLVideoElement> = useCallback(
    (video: HTMLVideoElement | null) => {
      if (video !== null) video.srcObject = stream;
    },
    [stream],
  );
  return (
    <video
      ref={attach}
      className={className}
      data-source={source}
      data-testid={testId}
      aria-label={label}
      autoPlay
      muted
      playsInline
    />
  );
}
