import { useQuery } from "@tanstack/react-query";
import { useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Badge, Card, Facts, Note, Page, Stat } from "../../ui";

interface Ready {
  status: string;
  parts: Record<string, boolean>;
}

export default function Health() {
  const { t, maybe } = useWords();
  const format = useFormat();
  // not of the API: it answers 503 with the same body when a part is missing
  const ready = useQuery({
    queryKey: ["/readyz"],
    queryFn: async ({ signal }) => (await (await fetch("/readyz", { signal })).json()) as Ready,
    refetchInterval: 3_000,
    retry: false,
  });
  const account = useGet("/api/v1/account", {}, { every: 3_000 });
  const used = account.data?.limits.concurrent_calls;
  const parts = Object.entries(ready.data?.parts ?? {});
  const missing = parts.filter(([, there]) => !there);
  return (
    <Page title={t("nav.health")} description={t("health.description")}>
      {ready.error !== null ? (
        <Note tone="bad" role="alert">
          {t("error.offline")}
        </Note>
      ) : (
        <Note tone={missing.length === 0 ? "good" : "bad"} role="status">
          {missing.length === 0 ? t("health.good") : t("health.missing")}
        </Note>
      )}
      <div className="columns">
        <Card title={t("health.parts")}>
          <Facts
            of={parts.map(
              ([name, there]) =>
                [
                  maybe(`health.part_${name}`, name),
                  <Badge key={name} tone={there ? "good" : "bad"}>
                    {there ? t("health.runs") : t("health.waits")}
                  </Badge>,
                ] as const,
            )}
          />
        </Card>
        {used !== undefined && (
          <Card title={t("health.calls")}>
            <Stat
              label={t("health.in_the_air")}
              value={format.number(used.used)}
              hint={t("health.at_most", { count: used.capacity })}
            />
          </Card>
        )}
      </div>
    </Page>
  );
}
