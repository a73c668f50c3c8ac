import { Hash } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, Button, ChangeForm, CheckField, Dialog, Empty, Note, Page, PagedTable, TextField, Time, useToast,
} from "../../ui";

const PATH = "/api/v1/numbers";
type NumberView = Entry<typeof PATH, "numbers">;

export default function Numbers() {
  const { t, maybe } = useWords();
  const { may } = useSession();
  const numbers = usePages(PATH, "numbers");
  const writes = may("numbers:write");
  return (
    <Page title={t("nav.numbers")} description={t("numbers.description")} actions={writes && <AddNumber />}>
      <PagedTable
        label={t("nav.numbers")}
        pages={numbers}
        id={(each) => each.number_id}
        columns={[
          { head: t("common.number"), cell: (each) => <span className="tabular nowrap">{each.e164}</span> },
          {
            head: t("common.status"),
            cell: (each) =>
              !each.enabled ? (
                <Badge tone="bad">{t("numbers.disabled")}</Badge>
              ) : each.verified_at === null ? (
                <Badge tone="warn">{t("numbers.unproven")}</Badge>
              ) : (
                <Badge tone="good">{t("numbers.proven")}</Badge>
              ),
          },
          {
            head: t("numbers.by"),
            cell: (each) => (each.verified_by === null ? "" : maybe(`numbers.by_${each.verified_by}`, each.verified_by)),
          },
          {
            head: t("numbers.inbound"),
            cell: (each) =>
              each.inbound_enabled
                ? each.forward_to === null
                  ? t("numbers.inbound_replay")
                  : t("numbers.inbound_forward", { to: each.forward_to })
                : t("numbers.inbound_off"),
          },
          { head: t("common.created"), cell: (each) => <Time at={each.created_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) =>
              writes ? (
                <span className="row">
                  {each.verified_at === null && <Prove number={each.e164} numberId={each.number_id} />}
                  <Inbound number={each} />
                </span>
              ) : (
                ""
              ),
          },
        ]}
        empty={
          <Empty icon={<Hash />} title={t("numbers.empty")} action={writes && <AddNumber />}>
            {t("numbers.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function AddNumber() {
  const { t } = useWords();
  return (
    <AddDialog title={t("numbers.add")} description={t("numbers.add_text")}>
      {(close) => <ProveForm onDone={close} />}
    </AddDialog>
  );
}

function Prove(props: { number: string; numberId: string }) {
  const { t } = useWords();
  return (
    <Dialog title={t("numbers.prove")} description={t("numbers.add_text")} trigger={<Button small>{t("numbers.prove")}</Button>}>
      {(close) => <ProveForm number={props.number} onDone={close} />}
    </Dialog>
  );
}

/** The number is called with a code, which is typed in here. */
function ProveForm(props: { number?: string; onDone: () => void }) {
  const { t } = useWords();
  const say = useToast();
  const [number, setNumber] = useState(props.number ?? "");
  const [code, setCode] = useState("");
  const call = useChange(() => data(api.POST(PATH, { body: { number } })), { touches: [PATH] });
  const sent = call.result;
  const check = useChange(
    () =>
      data(
        api.POST("/api/v1/numbers/{number_id}/verify", {
          params: { path: { number_id: sent?.number.number_id ?? "" } },
          body: { code },
        }),
      ),
    {
      touches: [PATH],
      onDone: (checked) => {
        if (!checked.valid) return;
        say(t("numbers.done"));
        props.onDone();
      },
    },
  );
  if (sent === undefined) {
    return (
      <ChangeForm change={call} submit={t("numbers.call_it")}>
        <TextField
          label={t("common.number")}
          name="number"
          type="tel"
          placeholder="+12125550177"
          readOnly={props.number !== undefined}
          value={number}
          onChange={(event) => setNumber(event.target.value)}
        />
      </ChangeForm>
    );
  }
  return (
    <ChangeForm change={check} submit={t("numbers.check")}>
      <Note tone="info" role="status">
        {t("numbers.ringing", { number: sent.number.e164 })}
      </Note>
      <TextField
        label={t("numbers.code")}
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        error={check.result?.valid === false ? t("numbers.wrong", { count: check.result.attempts_left }) : undefined}
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
    </ChangeForm>
  );
}

function Inbound({ number }: { number: NumberView }) {
  const { t } = useWords();
  return (
    <Dialog title={number.e164} description={t("numbers.inbound_text")} trigger={<Button small>{t("numbers.inbound")}</Button>}>
      {(close) => <InboundForm number={number} onDone={close} />}
    </Dialog>
  );
}

function InboundForm(props: { number: NumberView; onDone: () => void }) {
  const { t } = useWords();
  const { number } = props;
  const [on, setOn] = useState(number.inbound_enabled);
  const [forward, setForward] = useState(number.forward_to ?? "");
  const [url, setUrl] = useState(number.inbound_webhook_url ?? "");
  const save = useChange(
    () =>
      api.PATCH("/api/v1/numbers/{number_id}", {
        params: { path: { number_id: number.number_id } },
        body: { inbound_enabled: on, forward_to: forward || null, inbound_webhook_url: url || null },
      }),
    { touches: [PATH], onDone: props.onDone },
  );
  return (
    <ChangeForm change={save} submit={t("common.save")}>
      <CheckField
        label={t("numbers.inbound_on")}
        name="inbound_enabled"
        checked={on}
        onChange={(event) => setOn(event.target.checked)}
      />
      <TextField
        label={t("numbers.forward")}
        optional
        name="forward_to"
        value={forward}
        onChange={(event) => setForward(event.target.value)}
      />
      <TextField
        label={t("numbers.webhook")}
        optional
        name="inbound_webhook_url"
        type="url"
        value={url}
        onChange={(event) => setUrl(event.target.value)}
      />
    </ChangeForm>
  );
}
