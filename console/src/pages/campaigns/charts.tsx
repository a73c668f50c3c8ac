// Charts of a report; each has its numbers as a table below it.
import { memo, useMemo } from "react";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { components } from "../../api/schema";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Table } from "../../ui";
import { COLOURS, GROUPS, grouped, type Group } from "./outcomes";
import "./campaigns.css";

type Report = components["schemas"]["ReportView"];
type Row = { label: string; title: string } & Record<Group, number>;
/** More columns than this cannot be told apart. */
const MOST = 400;

/** Drawn again when the report is another, not whenever the page around it says something new. */
export default memo(function Charts({ report, only }: { report: Report; only?: "time" }) {
  const { t, language } = useWords();
  const format = useFormat();
  const time = useMemo<Row[]>(() => {
    const known = new Map(report.over_time.map((step) => [new Date(step.at).getTime(), step.outcomes]));
    const times = [...known.keys()];
    const [first, last, step] = [Math.min(...times), Math.max(...times), report.step_seconds * 1000];
    const all =
      times.length > 0 && (last - first) / step < MOST
        ? Array.from({ length: Math.round((last - first) / step) + 1 }, (_, index) => first + index * step)
        : times;
    const day = last - first > 86_400_000;
    const short = new Intl.DateTimeFormat(language, day ? { dateStyle: "short" } : { timeStyle: "short" });
    return all.map((at) => ({
      label: short.format(at),
      title: format.short(new Date(at).toISOString()),
      ...grouped(known.get(at) ?? {}),
    }));
  }, [report, language, format]);
  const hours = useMemo<Row[]>(
    () =>
      Array.from({ length: 24 }, (_, hour) => {
        const outcomes: Record<string, number> = {};
        for (const each of report.by_zone_and_hour)
          if (each.hour === hour)
            for (const [name, count] of Object.entries(each.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + count;
        const label = `${String(hour).padStart(2, "0")}:00`;
        return { label, title: label, ...grouped(outcomes) };
      }),
    [report],
  );
  const zones = useMemo<Row[]>(() => {
    const sums = new Map<string, Record<string, number>>();
    for (const each of report.by_zone_and_hour) {
      const outcomes = sums.get(each.zone) ?? {};
      for (const [name, count] of Object.entries(each.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + count;
      sums.set(each.zone, outcomes);
    }
    return [...sums].map(([zone, outcomes]) => ({ label: zone.replaceAll("_", " "), title: zone, ...grouped(outcomes) }));
  }, [report]);
  if (time.length === 0) return <p className="soft">{t("campaigns.no_chart")}</p>;
  return (
    <div className="stack">
      <Figure rows={time} title={t("campaigns.over_time")} plain={only !== undefined} />
      {only === undefined && (
        <>
          <Figure rows={hours} title={t("campaigns.by_hour")} />
          <Figure rows={zones} title={t("campaigns.by_zone")} sideways />
        </>
      )}
    </div>
  );
});

/** `sideways`: a row for each bar, for names that find no room below a column. */
function Figure({ rows, title, plain, sideways }: { rows: Row[]; title: string; plain?: boolean; sideways?: boolean }) {
  const { t } = useWords();
  const text = { stroke: "var(--text-soft)", fontSize: 12, tickLine: false } as const;
  const names = { ...text, dataKey: "label" };
  const counts = { ...text, type: "number", axisLine: false, allowDecimals: false } as const;
  return (
    <section className="stack-small">
      {!plain && <h3>{title}</h3>}
      <div className="chart" aria-hidden="true" style={sideways ? { height: 40 + 32 * rows.length } : undefined}>
        <ResponsiveContainer width="100%" height="100%">
          <BarChart
            data={rows}
            layout={sideways ? "vertical" : "horizontal"}
            accessibilityLayer={false}
            margin={{ top: 4, right: 4, bottom: 0, left: sideways ? 0 : -16 }}
          >
            <CartesianGrid vertical={sideways === true} horizontal={sideways !== true} stroke="var(--line)" />
            {sideways ? <XAxis {...counts} /> : <XAxis {...names} minTickGap={24} />}
            {sideways ? <YAxis {...names} type="category" width={132} interval={0} /> : <YAxis {...counts} />}
            <Tooltip
              cursor={{ fill: "var(--sunken)" }}
              contentStyle={{ background: "var(--surface)", border: "1px solid var(--line)", borderRadius: 8, color: "var(--text)" }}
            />
            {GROUPS.map((group) => (
              <Bar key={group} dataKey={group} name={t(`campaigns.group_${group}`)} stackId="all" fill={COLOURS[group]} isAnimationActive={false} maxBarSize={48} />
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
      <details>
        <summary>{t("campaigns.as_table")}</summary>
        <Numbers rows={rows} head={title} />
      </details>
    </section>
  );
}

function Numbers({ rows, head, title }: { rows: Row[]; head: string; title?: string }) {
  const { t } = useWords();
  const format = useFormat();
  return (
    <>
      {title !== undefined && <h3>{title}</h3>}
      <Table
        label={title ?? head}
        rows={rows}
        id={(row) => row.title}
        columns={[
          { head, cell: (row) => row.label },
          ...GROUPS.map((group) => ({
            head: t(`campaigns.group_${group}`),
            number: true,
            cell: (row: Row) => format.number(row[group]),
          })),
        ]}
      />
    </>
  );
}
