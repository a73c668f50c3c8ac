// The window on the clocks of the people: a bar for each of their zones, drawn on one's own day.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useWords } from "../../../i18n";
import { useFormat } from "../../../i18n/format";
import { useSession } from "../../../shell/session";
import type { CampaignForm } from "./form";
import { preflight } from "./preflight";

const DAY = 1440;
const minutes = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** Minutes that a zone's clock is ahead of the other one's. */
function ahead(zone: string, other: string): number {
  const at = new Date();
  const read = (name: string) => {
    const parts = new Intl.DateTimeFormat("en-US", {
      timeZone: name, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
    }).formatToParts(at);
    const part = (kind: string) => Number(parts.find((each) => each.type === kind)?.value ?? 0);
    return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute")) / 60_000;
  };
  try {
    return Math.round(read(zone) - read(other));
  } catch {
    return 0;
  }
}

/** Parts of one's own day in which a window of another zone is open, in percent. */
function bars(from: number, until: number, shift: number): { left: number; width: number }[] {
  const length = until > from ? until - from : until + DAY - from;
  const begin = (((from - shift) % DAY) + DAY) % DAY;
  const first = Math.min(length, DAY - begin);
  const parts = [{ left: begin, width: first }];
  if (length > first) parts.push({ left: 0, width: length - first });
  return parts.map((part) => ({ left: (100 * part.left) / DAY, width: (100 * part.width) / DAY }));
}

export function Clocks({ form }: { form: CampaignForm }) {
  const { t } = useWords();
  const format = useFormat();
  const { account } = useSession();
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  // who is called decides the zones; the hours do not
  const audience = JSON.stringify([form.who, form.group, form.segment, form.mapping, form.recipients.length, form.recipients.slice(0, 3)]);
  const seen = useQuery({
    queryKey: ["wizard zones", audience],
    queryFn: () => preflight({ ...form, hours: false, startsAt: "", endsAt: "", what: "text", text: "x", keys: [], machine: "off", goal: "", from: "", sandbox: true }, "x"),
    retry: false,
    staleTime: 60_000,
  });
  const found = Object.entries(seen.data?.time_zones ?? {}).filter(([zone]) => zone !== "");
  const zones = (found.length > 0 ? found : [[account.organisation.time_zone, 0] as [string, number]])
    .sort(([, one], [, other]) => other - one)
    .slice(0, 8);
  const at = (100 * (now.getHours() * 60 + now.getMinutes())) / DAY;
  return (
    <section className="stack-small" aria-label={t("campaigns.clocks")}>
      <h3>{t("campaigns.clocks")}</h3>
      <p className="soft small">{t("campaigns.clocks_text", { zone: own.replaceAll("_", " ") })}</p>
      <div className="clocks">
        {zones.map(([zone, people]) => {
          const shift = ahead(zone, own);
          return (
            <div key={zone} className="clock">
              <span>
                {zone.replaceAll("_", " ")} {people > 0 && <span className="soft tabular">({format.number(people)})</span>}
              </span>
              <span
                className="clock-bar"
                role="img"
                aria-label={`${zone}: ${ownTime(form.windowFrom, shift)}–${ownTime(form.windowUntil, shift)} ${own}`}
              >
                {bars(minutes(form.windowFrom), minutes(form.windowUntil), shift).map((bar) => (
                  <span key={bar.left} style={{ left: `${bar.left}%`, width: `${bar.width}%` }} />
                ))}
                <i style={{ left: `${at}%` }} />
              </span>
            </div>
          );
        })}
        <div className="clock" aria-hidden="true">
          <span />
          <span className="clock-scale">
            <span>0</span>
            <span>6</span>
            <span>12</span>
            <span>18</span>
            <span>24</span>
          </span>
        </div>
      </div>
    </section>
  );
}

function ownTime(clock: string, shift: number): string {
  const at = (((minutes(clock) - shift) % DAY) + DAY) % DAY;
  return `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
}
