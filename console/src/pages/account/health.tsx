import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Badge, Card, Facts, Loading, Note, Page, Stat } from "../../ui";
import { TrunkState } from "../lines/trunk-state";

interface Ready {
  status: string;
  parts: Record<string, boolean>;
}

export default function Health() {
  const { t, maybe } = useWords();
  const format = useFormat();
  const { may } = useSession();
  // not of the API: it answers 503 with the same body when a part is missing
  const ready = useQuery({
    queryKey: ["/readyz"],
    queryFn: async ({ signal }) => (await (await fetch("/readyz", { signal })).json()) as Ready,
    refetchInterval: 3_000,
    retry: false,
  });
  const account = useGet("/api/v1/account", {}, { every: 3_000 });
  const used = account.data?.limits.concurrent_calls;
  const trunks = useGet("/api/v1/trunks", {}, { every: 5_000, enabled: may("trunks:read") });
  const languages = useGet("/api/v1/languages", {}, { staleTime: 300_000, enabled: may("languages:read") });
  const failed = useGet("/api/v1/deliveries", { query: { state: "failed", limit: 1 } }, { every: 10_000, enabled: may("deliveries:read") });
  const parts = Object.entries(ready.data?.parts ?? {});
  const missing = parts.filter(([, there]) => !there);
  // all at once: what comes later would move what is there
  const waits = [ready, account, may("trunks:read") && trunks, may("languages:read") && languages, may("deliveries:read") && failed];
  const loading = waits.some((each) => each !== false && each.isPending);
  return (
    <Page title={t("nav.health")} description={t("health.description")}>
      {ready.error !== null ? (
        <Note tone="bad" role="alert">
          {t("error.offline")}
        </Note>
      ) : loading ? null : (
        <Note tone={missing.length === 0 ? "good" : "bad"} role="status">
          {missing.length === 0 ? t("health.good") : t("health.missing")}
        </Note>
      )}
      {loading && ready.error === null ? (
        <Loading />
      ) : (
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
          {trunks.data !== undefined && trunks.data.trunks.length > 0 && (
            <Card title={t("nav.trunks")} actions={<More to="/trunks" of={t("nav.trunks")} />}>
              <Facts of={trunks.data.trunks.map((trunk) => [trunk.name, <TrunkState key={trunk.trunk_id} trunk={trunk} />] as const)} />
            </Card>
          )}
          {languages.data !== undefined && (
            <Card title={t("nav.voices")} actions={<More to="/voices" of={t("nav.voices")} />}>
              <Stat
                label={t("health.voices")}
                value={format.number(languages.data.languages.reduce((sum, each) => sum + each.voices.length, 0))}
                hint={t("health.languages", { count: languages.data.languages.length })}
              />
            </Card>
          )}
          {failed.data !== undefined && (
            <Card title={t("nav.webhooks")} actions={<More to="/webhooks?state=failed" of={t("nav.webhooks")} />}>
              <div>
                {failed.data.deliveries.length === 0 ? (
                  <Badge tone="good">{t("health.no_failed")}</Badge>
                ) : (
                  <Badge tone="warn">{t("health.some_failed")}</Badge>
                )}
              </div>
            </Card>
          )}
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
      )}
    </Page>
  );
}

function More(props: { to: string; of: string }) {
  const { t } = useWords();
  return (
    <Link to={props.to} aria-label={`${t("common.details")}: ${props.of}`}>
      {t("common.details")}
    </Link>
  );
}
