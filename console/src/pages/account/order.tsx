import { Link, useParams } from "react-router";
import { api, data } from "../../api/client";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { Await, Badge, Button, Card, Code, Confirm, Facts, Note, Page, Table, Time, Told, useToast } from "../../ui";

const ONE = "/api/v1/orders/{order_id}";
type Detail = Answer<typeof ONE>;
const UNDER_WAY = new Set(["queued", "dialing", "ringing", "in_progress"]);

/** One request of a program: what it asked for, and what became of each number. */
export default function Order() {
  const { t, maybe } = useWords();
  const { may } = useSession();
  const { orderId = "" } = useParams();
  const order = useGet(ONE, { path: { order_id: orderId } });
  return (
    <Await query={order}>
      {(found) => (
        <Page
          title={found.name ?? found.external_id ?? String(found.number)}
          from={[t("nav.orders"), "/orders"]}
          actions={
            <>
              {found.campaign_id !== null && (
                <Link className="button" to={`/campaigns/${found.campaign_id}`}>
                  {t("calls.to_campaign")}
                </Link>
              )}
              {may("orders:write") && found.parts.some((part) => UNDER_WAY.has(part.status ?? "")) && <Cancel id={found.order_id} />}
            </>
          }
        >
          {found.ignored_fields.length > 0 && (
            <Note tone="warn" title={t("orders.ignored")}>
              <ul>
                {found.ignored_fields.map((each) => (
                  <li key={each}>
                    <code>{each}</code>
                  </li>
                ))}
              </ul>
            </Note>
          )}
          <div className="columns">
            <Parts order={found} />
            <div className="stack">
              <Card title={t("calls.summary")}>
                <Facts
                  of={[
                    [t("refused.interface"), maybe(`refused.interface_${found.dialect}`, found.dialect)],
                    [t("orders.number"), String(found.number)],
                    [t("orders.external"), found.external_id ?? undefined],
                    [t("calls.when"), <Time key="when" at={found.created_at} exact />],
                    [t("orders.hidden"), found.deleted_at === null ? undefined : <Time key="hidden" at={found.deleted_at} exact />],
                    [t("common.sandbox"), found.sandbox ? t("common.yes") : undefined],
                    [t("refused.key"), found.key_id === null ? undefined : <code key="key">{found.key_id}</code>],
                    ["ID", <code key="id">{found.order_id}</code>],
                  ]}
                />
              </Card>
              {Object.keys(found.asked).length > 0 && (
                <Card title={t("orders.asked")}>
                  <Code text={JSON.stringify(found.asked, null, 2)} label={t("orders.asked")} />
                </Card>
              )}
            </div>
          </div>
        </Page>
      )}
    </Await>
  );
}

function Parts({ order }: { order: Detail }) {
  const { t, maybe } = useWords();
  return (
    <Card title={t("orders.parts")} bare={order.parts.length > 0}>
      {order.parts.length === 0 ? (
        <p className="soft">{t("orders.no_parts")}</p>
      ) : (
        <Table
          label={t("orders.parts")}
          rows={order.parts}
          id={(part) => String(part.position)}
          columns={[
            {
              head: t("calls.to"),
              cell: (part) => {
                const to = pageOf(part);
                return to === null ? part.to : <Link to={to}>{part.to}</Link>;
              },
            },
            {
              head: t("common.status"),
              cell: (part) =>
                part.refused !== null ? (
                  <span className="stack-small">
                    <Badge tone="bad">{t("imports.refused")}</Badge>
                    <span className="small soft">
                      <Told text={part.refused} />
                    </span>
                  </span>
                ) : (
                  maybe(`state.${part.status ?? ""}`, maybe(`messages.state_${part.status ?? ""}`, part.status ?? "–"))
                ),
            },
          ]}
        />
      )}
    </Card>
  );
}

function pageOf(part: Detail["parts"][number]): string | null {
  if (part.call_id !== null) return `/calls/${part.call_id}`;
  if (part.message_id === null) return null;
  return part.message_id.startsWith("eml_") ? `/messages/emails/${part.message_id}` : `/messages/texts/${part.message_id}`;
}

function Cancel({ id }: { id: string }) {
  const { t } = useWords();
  const say = useToast();
  const cancel = useChange(
    async () => data(api.POST("/api/v1/orders/{order_id}/cancel", { params: { path: { order_id: id } } })),
    {
      touches: [ONE],
      onDone: (done) => say(t("orders.cancelled", { count: done.cancelled_calls + done.cancelled_messages })),
    },
  );
  return (
    <Confirm
      title={t("orders.cancel_title")}
      action={t("orders.cancel")}
      trigger={<Button look="danger">{t("orders.cancel")}</Button>}
      onConfirm={() => cancel.runAsync()}
    >
      <p>{t("orders.cancel_text")}</p>
    </Confirm>
  );
}
