import { Mic } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api } from "../../api/client";
import { useChange, useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import {
  Await, Badge, Button, Card, ChangeForm, Confirm, Empty, Page, PagedTable, SelectField, TextField, Time, Told, useFilters, useToast,
} from "../../ui";
import { Sound } from "./sound";

const PATH = "/api/v1/recordings";

export default function Recordings() {
  const { t, maybe } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const { asked, set } = useFilters(["kind"]);
  const list = usePages(PATH, "recordings", { query: asked });
  const remove = useChange(
    (id: string) => api.DELETE("/api/v1/recordings/{recording_id}", { params: { path: { recording_id: id } } }),
    { touches: [PATH] },
  );
  return (
    <Page title={t("nav.recordings")} description={t("recordings.description")}>
      <div className="columns-narrow">
        <SelectField
          label={t("recordings.kind")}
          value={asked.kind ?? ""}
          onChange={(event) => set("kind", event.target.value)}
          options={[
            ["", t("common.all")],
            ["call", t("recordings.kind_call")],
            ["answer", t("recordings.kind_answer")],
          ]}
        />
      </div>
      <PagedTable
        label={t("nav.recordings")}
        pages={list}
        id={(each) => each.recording_id}
        columns={[
          { head: t("recordings.kind"), cell: (each) => <Link to={`/calls/${each.call_id}`}>{t(`recordings.kind_${each.kind}`)}</Link> },
          {
            head: t("common.status"),
            cell: (each) => (
              <span className="stack-small">
                <span className="row">
                  <Badge tone={each.state === "ready" ? "good" : each.state === "failed" ? "bad" : "info"}>
                    {each.state === "ready" ? t("recordings.ready") : maybe(`recording.${each.state}`, each.state)}
                  </Badge>
                  {each.sandbox && <Badge>{t("common.sandbox")}</Badge>}
                </span>
                {each.reason !== null && (
                  <span className="small soft">
                    <Told text={each.reason} />
                  </span>
                )}
              </span>
            ),
          },
          { head: t("calls.length"), number: true, cell: (each) => (each.seconds === null ? "" : format.length(each.seconds)) },
          { head: t("recordings.until"), cell: (each) => (each.expires_at === null ? "" : format.date(each.expires_at)) },
          { head: t("calls.when"), cell: (each) => <Time at={each.created_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) => (
              <span className="row">
                {each.links !== null && <Sound src={each.links.mp3} name={format.short(each.created_at)} />}
                {may("recordings:write") && each.state === "ready" && (
                  <Confirm
                    title={t("recordings.delete_title")}
                    action={t("common.delete")}
                    trigger={<Button small>{t("common.delete")}</Button>}
                    onConfirm={() => remove.runAsync(each.recording_id)}
                  />
                )}
              </span>
            ),
          },
        ]}
        empty={
          <Empty icon={<Mic />} title={t("recordings.empty")}>
            {t("recordings.empty_text")}
          </Empty>
        }
      />
      {may("recordings:write") && <Kept />}
    </Page>
  );
}

function Kept() {
  const { t } = useWords();
  const kept = useGet("/api/v1/recordings/settings");
  return (
    <Card title={t("recordings.kept")}>
      <Await query={kept}>{(found) => <KeptForm days={found.kept_days} />}</Await>
    </Card>
  );
}

function KeptForm(props: { days: number | null }) {
  const { t } = useWords();
  const say = useToast();
  const [days, setDays] = useState(props.days === null ? "" : String(props.days));
  const save = useChange(
    () => api.PATCH("/api/v1/recordings/settings", { body: { kept_days: days === "" ? null : Number(days) } }),
    { touches: ["/api/v1/recordings/settings"], onDone: () => say(t("common.saved")) },
  );
  return (
    <ChangeForm change={save} submit={t("common.save")} look="plain">
      <TextField
        label={t("recordings.kept_days")}
        hint={t("recordings.kept_hint")}
        name="kept_days"
        type="number"
        min={1}
        value={days}
        onChange={(event) => setDays(event.target.value)}
      />
    </ChangeForm>
  );
}
