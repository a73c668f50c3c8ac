// Small pieces: badges, times, facts, code to copy.
import { Copy, Check } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useFormat } from "../i18n/format";
import { Button } from "./button";
import type { Tone } from "./feedback";

export function Badge(props: { tone?: Tone; live?: boolean; children: ReactNode }) {
  const { tone = "plain", live } = props;
  const classes = ["badge", tone !== "plain" && `badge-${tone}`, live && "badge-live"].filter(Boolean).join(" ");
  return <span className={classes}>{props.children}</span>;
}

/** A time: how long ago, and exactly when one looks closer. */
export function Time(props: { at: string | null | undefined; exact?: boolean }) {
  const format = useFormat();
  if (props.at === null || props.at === undefined) return <span className="soft">–</span>;
  return (
    <time dateTime={props.at} title={format.full(props.at)} className="tabular">
      {props.exact ? format.full(props.at) : format.ago(props.at)}
    </time>
  );
}

/** A sentence of the appliance's: in the chosen language where it is known, else as English among other words. */
export function Told(props: { text: string }) {
  const { told } = useWords();
  const said = told(props.text);
  return said === null ? <span lang="en">{props.text}</span> : <>{said}</>;
}

/** Name and value, one under the other. Values `undefined` are left out. */
export function Facts(props: { of: readonly (readonly [label: ReactNode, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {props.of
        .filter(([, value]) => value !== undefined)
        .map(([label, value], index) => (
          // the order never changes
          <FactRow key={index} label={label} value={value} />
        ))}
    </dl>
  );
}

function FactRow({ label, value }: { label: ReactNode; value: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value === null || value === "" ? <span className="soft">–</span> : value}</dd>
    </>
  );
}

export function Stat(props: { label: ReactNode; value: ReactNode; hint?: ReactNode }) {
  return (
    <div className="stat">
      <span className="soft small">{props.label}</span>
      <span className="stat-value">{props.value}</span>
      {props.hint !== undefined && <span className="soft small">{props.hint}</span>}
    </div>
  );
}

export function CopyButton(props: { text: string; label?: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button small onClick={() => void navigator.clipboard.writeText(props.text).then(() => setCopied(true))}>
      {copied ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />}
      {copied ? t("common.copied") : (props.label ?? t("common.copy"))}
    </Button>
  );
}

/** Text to be read or copied as it is. */
export function Code(props: { text: string; copy?: boolean; label?: string }) {
  return (
    <div className="stack-small">
      <pre className="code" tabIndex={0} aria-label={props.label}>
        {props.text}
      </pre>
      {props.copy !== false && (
        <div>
          <CopyButton text={props.text} />
        </div>
      )}
    </div>
  );
}

export function Progress(props: { part: number; label: string }) {
  const share = Math.min(1, Math.max(0, props.part));
  return (
    <div
      className="progress"
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
}
