import { Cable, Plus } from "lucide-react";
import { useState } from "react";
import { api } from "../../api/client";
import { useChange, useGet, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Button, Card, Confirm, Dialog, Empty, Note, Page, Switch, Table, useToast } from "../../ui";
import { TrunkForm } from "./trunk-form";
import { TrunkState } from "./trunk-state";
import { Test, Trace } from "./trunk-test";

export const TRUNKS = "/api/v1/trunks";
export type Trunk = Entry<typeof TRUNKS, "trunks">;

/** The lines to SIP providers: how each is, a test, and changing them for who looks after the installation. */
export default function Trunks() {
  const { t } = useWords();
  const format = useFormat();
  const { may, account } = useSession();
  const trunks = useGet(TRUNKS, {}, { every: 5_000 });
  const changes = may("trunks:write") && account.organisation.operates;
  return (
    <Page title={t("nav.trunks")} description={t("trunks.description")} actions={changes && <Add />}>
      {!account.organisation.operates && <Note tone="info">{t("trunks.not_yours")}</Note>}
      <Await query={trunks}>
        {(found) =>
          found.trunks.length === 0 ? (
            <Card>
              <Empty icon={<Cable />} title={t("trunks.empty")}>
                {changes ? t("trunks.empty_text") : t("trunks.empty_ask")}
              </Empty>
            </Card>
          ) : (
            <Card title={t("nav.trunks")} bare>
              <Table
                label={t("nav.trunks")}
                rows={found.trunks}
                id={(each) => each.trunk_id}
                columns={[
                  {
                    head: t("common.name"),
                    cell: (each) => (
                      <span className="stack-small">
                        <strong>{each.name}</strong>
                        <span className="soft small">{address(each) ?? t("trunks.shared_by")}</span>
                      </span>
                    ),
                  },
                  { head: t("common.status"), cell: (each) => <TrunkState trunk={each} /> },
                  {
                    head: t("trunks.carries"),
                    cell: (each) => (each.prefixes.length === 0 ? t("trunks.all_numbers") : each.prefixes.join(", ")),
                  },
                  {
                    head: t("trunks.calls"),
                    number: true,
                    cell: (each) =>
                      each.calls === null
                        ? format.number(each.channels)
                        : t("trunks.of", { used: each.calls, count: each.channels }),
                  },
                  {
                    head: t("common.actions"),
                    hideHead: true,
                    cell: (each) => (changes ? <Actions trunk={each} /> : ""),
                  },
                ]}
              />
            </Card>
          )
        }
      </Await>
    </Page>
  );
}

function address(trunk: Trunk): string | null {
  const { provider } = trunk;
  if (provider === null) return null;
  return `${provider.host}${provider.port === null ? "" : `:${provider.port}`} (${provider.transport.toUpperCase()})`;
}

function Actions({ trunk }: { trunk: Trunk }) {
  const { t } = useWords();
  const say = useToast();
  const path = { params: { path: { trunk_id: trunk.trunk_id } } };
  const change = useChange(
    (enabled: boolean) => api.PATCH("/api/v1/trunks/{trunk_id}", { ...path, body: { enabled } }),
    { touches: [TRUNKS] },
  );
  const remove = useChange(() => api.DELETE("/api/v1/trunks/{trunk_id}", path), { touches: [TRUNKS] });
  const reopen = useChange(() => api.POST("/api/v1/trunks/{trunk_id}/reopen", path), {
    touches: [TRUNKS],
    onDone: () => say(t("trunks.reopened", { name: trunk.name })),
  });
  return (
    <span className="row" style={{ flexWrap: "wrap" }}>
      {trunk.kind !== "lab" && (
        <Switch label={t("trunks.takes")} checked={trunk.enabled} onChange={(on) => change.run(on)} disabled={change.busy} />
      )}
      {trunk.enabled && <Test trunk={trunk} />}
      {trunk.enabled && <Trace trunk={trunk} />}
      {trunk.suspended !== null && (
        <Button small busy={reopen.busy} onClick={() => reopen.run()}>
          {t("trunks.reopen")}
        </Button>
      )}
      {trunk.kind !== "lab" && (
        <>
          <Dialog wide title={trunk.name} trigger={<Button small>{t("common.edit")}</Button>}>
            {(close) => <TrunkForm trunk={trunk} onDone={close} />}
          </Dialog>
          <Confirm
            title={t("trunks.remove_title", { name: trunk.name })}
            action={t("common.remove")}
            trigger={<Button small>{t("common.remove")}</Button>}
            onConfirm={() => remove.runAsync()}
          >
            <p>{t("trunks.remove_text")}</p>
          </Confirm>
        </>
      )}
    </span>
  );
}

function Add() {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <Dialog
      wide
      open={open}
      onOpenChange={setOpen}
      title={t("trunks.add")}
      description={t("trunks.add_text")}
      trigger={
        <Button look="primary">
          <Plus size={18} aria-hidden="true" />
          {t("trunks.add")}
        </Button>
      }
    >
      {(close) => <TrunkForm onDone={close} />}
    </Dialog>
  );
}
