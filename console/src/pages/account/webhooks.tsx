import { RotateCw, Webhook } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api, data } from "../../api/client";
import { useChange, useGet, usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import {
  Await, Badge, Button, Card, Code, Confirm, Dialog, Empty, Facts, FilterText, Page, PagedTable, SelectField, Time,
  useFilters, useToast,
} from "../../ui";

const PATH = "/api/v1/deliveries";
type Delivery = Entry<typeof PATH, "deliveries">;
const STATES = ["pending", "delivered", "failed"] as const;
const TONES = { pending: "warn", delivered: "good", failed: "bad" } as const;

/** What signs webhooks, every delivery of the organisation, and sending one or many again. */
export default function Webhooks() {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const { asked, set, filtered } = useFilters(["state", "event", "url", "subject"]);
  const deliveries = usePages(PATH, "deliveries", { query: asked }, { every: 10_000 });
  const writes = may("deliveries:write");
  return (
    <Page
      title={t("nav.webhooks")}
      description={t("webhooks.description")}
      actions={
        <>
          <a className="button" href="/api/docs" target="_blank" rel="noreferrer">
            {t("shell.api_docs")}
          </a>
          {writes && <ReplayFailed event={asked.event} url={asked.url} />}
        </>
      }
    >
      {may("webhooks:read") && <Secret />}
      <div className="columns-narrow">
        <SelectField
          label={t("common.status")}
          value={asked.state ?? ""}
          onChange={(event) => set("state", event.target.value)}
          options={[["", t("common.all")], ...STATES.map((each) => [each, t(`webhooks.state_${each}`)] as const)]}
        />
        <FilterText
          label={t("webhooks.event")}
          placeholder="call.completed"
          value={asked.event ?? ""}
          onChange={(value) => set("event", value)}
        />
        <FilterText
          label={t("webhooks.url_begins")}
          placeholder="https://example.com/"
          value={asked.url ?? ""}
          onChange={(value) => set("url", value)}
        />
        <FilterText
          label={t("webhooks.subject")}
          placeholder="cal_…"
          value={asked.subject ?? ""}
          onChange={(value) => set("subject", value)}
        />
      </div>
      <PagedTable
        label={t("webhooks.deliveries")}
        pages={deliveries}
        id={(each) => each.delivery_id}
        columns={[
          {
            head: t("webhooks.event"),
            cell: (each) => (
              <>
                <code className="nowrap">{each.event}</code>
                <br />
                <Subject id={each.subject} />
              </>
            ),
          },
          { head: t("webhooks.url"), cell: (each) => <code>{each.url}</code> },
          {
            head: t("common.status"),
            cell: (each) => (
              <span className="stack-small">
                <span>
                  <Badge tone={TONES[each.state as keyof typeof TONES] ?? "plain"}>
                    {t(`webhooks.state_${each.state as (typeof STATES)[number]}`)}
                  </Badge>
                </span>
                {each.error !== null && <span className="small soft">{each.error}</span>}
              </span>
            ),
          },
          { head: t("webhooks.answer"), number: true, cell: (each) => each.response_status ?? "–" },
          { head: t("webhooks.tries"), number: true, cell: (each) => format.number(each.tries) },
          { head: t("calls.when"), cell: (each) => <Time at={each.created_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) => (
              <span className="row">
                <Details delivery={each} />
                {writes && <Replay id={each.delivery_id} />}
              </span>
            ),
          },
        ]}
        empty={
          <Empty icon={<Webhook />} title={filtered ? t("webhooks.none") : t("webhooks.empty")}>
            {filtered ? t("webhooks.none_text") : t("webhooks.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function Subject({ id }: { id: string }) {
  if (id.startsWith("cal_")) return <Link className="small" to={`/calls/${id}`}>{id}</Link>;
  if (id.startsWith("cmp_")) return <Link className="small" to={`/campaigns/${id}`}>{id}</Link>;
  return <span className="small soft">{id}</span>;
}

function Replay({ id }: { id: string }) {
  const { t } = useWords();
  const say = useToast();
  const replay = useChange(
    () => api.POST("/api/v1/deliveries/{delivery_id}/replay", { params: { path: { delivery_id: id } } }),
    { touches: [PATH], onDone: () => say(t("webhooks.replayed", { count: 1 })) },
  );
  return (
    <Button small busy={replay.busy} onClick={() => replay.run()}>
      {t("webhooks.replay")}
    </Button>
  );
}

/** All that failed, of the event and the address that are filtered by. */
function ReplayFailed(props: { event: string | undefined; url: string | undefined }) {
  const { t } = useWords();
  const say = useToast();
  const replay = useChange(
    () =>
      data(
        api.POST("/api/v1/deliveries/replay", {
          body: {
            ...(props.event === undefined ? {} : { event: props.event }),
            ...(props.url === undefined ? {} : { url: props.url }),
          },
        }),
      ),
    { touches: [PATH], onDone: (done) => say(t("webhooks.replayed", { count: done.replayed })) },
  );
  return (
    <Confirm
      title={t("webhooks.replay_title")}
      action={t("webhooks.replay_all")}
      danger={false}
      trigger={
        <Button>
          <RotateCw size={18} aria-hidden="true" />
          {t("webhooks.replay_all")}
        </Button>
      }
      onConfirm={() => replay.runAsync()}
    >
      <p>{t("webhooks.replay_text")}</p>
      <Facts
        of={[
          [t("webhooks.event"), props.event],
          [t("webhooks.url_begins"), props.url],
        ]}
      />
    </Confirm>
  );
}

function Details({ delivery }: { delivery: Delivery }) {
  const { t } = useWords();
  return (
    <Dialog wide title={delivery.event} trigger={<Button small>{t("common.details")}</Button>}>
      <Facts
        of={[
          [t("webhooks.url"), <code key="url">{delivery.url}</code>],
          [t("webhooks.answer"), delivery.response_status ?? delivery.error],
          [t("webhooks.next_try"), delivery.next_try_at === null ? undefined : <Time key="next" at={delivery.next_try_at} />],
          [t("webhooks.taken"), delivery.delivered_at === null ? undefined : <Time key="taken" at={delivery.delivered_at} exact />],
          ["webhook-id", <code key="id">{delivery.delivery_id}</code>],
        ]}
      />
      <Code label={t("webhooks.body")} text={JSON.stringify(delivery.body, null, 2)} />
    </Dialog>
  );
}

function Secret() {
  const { t } = useWords();
  const [shown, setShown] = useState(false);
  const secret = useGet("/api/v1/account/webhook-secret", {}, { enabled: shown });
  return (
    <Card title={t("webhooks.secret")}>
      <p>{t("webhooks.secret_text")}</p>
      {shown ? (
        <Await query={secret}>{(found) => <Code text={found.webhook_secret} label={t("webhooks.secret")} />}</Await>
      ) : (
        <div>
          <Button onClick={() => setShown(true)}>{t("webhooks.show")}</Button>
        </div>
      )}
    </Card>
  );
}
