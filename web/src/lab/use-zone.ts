import { useEffect, useRef, useState } from 'preact/hooks';
import type { ZoneRequest } from '../../../src/sim/lab/lab-protocol.js';
import type { ZoneFrame } from '../../../src/sim/lab/zone-session.js';
import { useLabRun } from './use-lab-run.js';

export interface ZonePlayer {
  readonly frame: ZoneFrame | undefined;
  readonly playing: boolean;
  readonly problem: string | undefined;
  play(): void;
  pause(): void;
  step(): void;
  /** From the beginning again. */
  restart(): void;
}

/** A zone in a worker: asked for its next picture when the last one has been drawn. */
export function useZone(request: ZoneRequest, stepsAFrame: number): ZonePlayer {
  const { problem, run, cancel } = useLabRun();
  const [frame, setFrame] = useState<ZoneFrame>();
  const [playing, setPlaying] = useState(false);
  const speed = useRef(stepsAFrame);
  speed.current = stepsAFrame;
  // The pictures of an earlier zone are nobody's.
  const serial = useRef(0);
  const wants = useRef(false);

  const advance = async (steps: number): Promise<boolean> => {
    const own = serial.current;
    let over = true;
    const outcome = await run({ kind: 'advance', steps }, (event) => {
      if (event.kind !== 'zone' || own !== serial.current) return;
      over = event.frame.phase === 'done';
      setFrame(event.frame);
    });
    return outcome === 'done' && own === serial.current && !over;
  };
  const open = async () => {
    cancel();
    serial.current++;
    const own = serial.current;
    wants.current = false;
    setPlaying(false);
    await run(request, (event) => {
      if (event.kind === 'zone' && own === serial.current) setFrame(event.frame);
    });
  };
  useEffect(() => {
    void open();
  }, [JSON.stringify(request)]);

  const play = async () => {
    wants.current = true;
    setPlaying(true);
    const own = serial.current;
    while (wants.current && own === serial.current && (await advance(speed.current))) await nextFrame();
    if (own !== serial.current) return;
    wants.current = false;
    setPlaying(false);
  };
  const pause = () => {
    wants.current = false;
  };
  return {
    frame,
    playing,
    problem,
    play: () => void play(),
    pause,
    step: () => {
      pause();
      if (!playing) void advance(speed.current);
    },
    restart: () => void open(),
  };
}

function nextFrame(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
