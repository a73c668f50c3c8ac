// Plays a recording: its waveform (above the person, below what they heard), marks on it, and a slider for the keyboard.
import { Pause, Play } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Button } from "../../ui";
import "./calls.css";

export interface Mark {
  /** Seconds from the beginning of the recording. */
  at: number;
  label: string;
}

const BARS = 400;
const HEIGHT = 100;

export function Player(props: {
  src: string;
  download?: string;
  marks?: readonly Mark[];
  seconds: number | null;
  /** What stands below and can move to a second of the recording. */
  children?: (seek: (seconds: number) => void) => ReactNode;
}) {
  const { t } = useWords();
  const format = useFormat();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(props.seconds ?? 0);
  const peaks = usePeaks(props.src);
  const share = length > 0 ? at / length : 0;
  const seek = (seconds: number) => {
    if (audio.current !== null) audio.current.currentTime = seconds;
    setAt(seconds);
  };
  return (
    <div className="player">
      <audio
        ref={audio}
        src={props.src}
        preload="metadata"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onLoadedMetadata={(event) => {
          const found = event.currentTarget.duration;
          if (Number.isFinite(found)) setLength(found);
        }}
      />
      <div
        className="wave"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          seek(((event.clientX - box.left) / box.width) * length);
        }}
      >
        <svg viewBox={`0 0 ${BARS} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {peaks !== null && <path className="wave-theirs" d={shape(peaks.theirs, peaks.ours === null ? "both" : "up")} />}
          {peaks !== null && peaks.ours !== null && <path className="wave-ours" d={shape(peaks.ours, "down")} />}
        </svg>
        {length > 0 &&
          inRows(props.marks ?? [], length).map(({ mark, row }) => (
            <span
              key={`${mark.at} ${mark.label}`}
              className={mark.at / length > 0.6 ? "wave-mark wave-mark-left" : "wave-mark"}
              style={{ left: `${Math.min(100, (mark.at / length) * 100)}%` }}
            >
              <span style={{ top: `${row * 1.4 + 0.125}rem` }}>
                {mark.label} · {format.tenths(mark.at)}
              </span>
            </span>
          ))}
        <span className="wave-now" style={{ left: `${share * 100}%` }} />
      </div>
      <div className="player-row">
        <Button
          icon
          aria-label={playing ? t("common.pause") : t("common.play")}
          onClick={() => {
            if (playing) audio.current?.pause();
            else void audio.current?.play();
          }}
        >
          {playing ? <Pause size={18} aria-hidden="true" /> : <Play size={18} aria-hidden="true" />}
        </Button>
        <input
          className="seek"
          type="range"
          min={0}
          max={Math.max(length, 0.1)}
          step={0.1}
          value={at}
          aria-label={t("player.position")}
          aria-valuetext={format.tenths(at)}
          onChange={(event) => seek(Number(event.target.value))}
        />
        <span className="tabular small">
          {format.tenths(at)} / {format.tenths(length)}
        </span>
      </div>
      <div className="row row-between">
        {peaks !== null && peaks.ours !== null ? (
          <span className="legend">
            <span>
              <i style={{ background: "var(--chart-2)" }} />
              {t("player.theirs")}
            </span>
            <span>
              <i style={{ background: "var(--chart-1)" }} />
              {t("player.ours")}
            </span>
          </span>
        ) : (
          <span />
        )}
        {props.download !== undefined && (
          <a href={props.download} download>
            {t("common.download")}
          </a>
        )}
      </div>
      {props.children?.(seek)}
    </div>
  );
}

const ROWS = 4;

/** Marks in the order of their times, each in the first row where no label before it is near. */
function inRows(marks: readonly Mark[], length: number): { mark: Mark; row: number }[] {
  // how far a label reaches, as a part of the whole: it is not measured
  const reach = 0.35;
  const last = Array<number>(ROWS).fill(-Infinity);
  return [...marks]
    .sort((one, other) => one.at - other.at)
    .map((mark) => {
      const place = mark.at / length;
      const free = last.findIndex((before) => place - before > reach);
      const row = free >= 0 ? free : last.indexOf(Math.min(...last));
      last[row] = place;
      return { mark, row };
    });
}

interface Peaks {
  theirs: Float32Array;
  /** What the person heard; a recording of one channel has none. */
  ours: Float32Array | null;
}

function usePeaks(src: string): Peaks | null {
  const [peaks, setPeaks] = useState<Peaks | null>(null);
  useEffect(() => {
    let gone = false;
    const stop = new AbortController();
    setPeaks(null);
    const read = async () => {
      const response = await fetch(src, { signal: stop.signal });
      if (!response.ok) return;
      const context = new OfflineAudioContext(1, 1, 8_000);
      const sound = await context.decodeAudioData(await response.arrayBuffer());
      if (gone) return;
      const ours = sound.numberOfChannels > 1 ? measure(sound.getChannelData(1)) : null;
      setPeaks({ theirs: measure(sound.getChannelData(0)), ours });
    };
    // without a waveform the recording can be played all the same
    read().catch(() => undefined);
    return () => {
      gone = true;
      stop.abort();
    };
  }, [src]);
  return peaks;
}

function measure(samples: Float32Array): Float32Array {
  const peaks = new Float32Array(BARS);
  const width = Math.max(1, Math.floor(samples.length / BARS));
  for (let bar = 0; bar < BARS; bar += 1) {
    let highest = 0;
    const end = Math.min(samples.length, (bar + 1) * width);
    for (let index = bar * width; index < end; index += 1) highest = Math.max(highest, Math.abs(samples[index] ?? 0));
    peaks[bar] = highest;
  }
  return peaks;
}

function shape(peaks: Float32Array, side: "up" | "down" | "both"): string {
  const middle = HEIGHT / 2;
  const parts: string[] = [];
  peaks.forEach((peak, index) => {
    // the square root lets quiet speech be seen
    const height = Math.max(0.6, Math.sqrt(peak) * (middle - 4));
    const top = side === "down" ? middle : middle - height;
    const bottom = side === "up" ? middle : middle + height;
    parts.push(`M${index} ${top.toFixed(1)}h0.7V${bottom.toFixed(1)}h-0.7z`);
  });
  return parts.join("");
}
