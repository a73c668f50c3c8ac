import { AudioLines } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, Button, ChangeForm, Confirm, Empty, Field, FilterText, Page, PagedTable, SelectField, TextArea, TextField, Time, Told, useFilters,
} from "../../ui";
import { Recorder } from "./recorder";
import { Sound } from "./sound";

const PATH = "/api/v1/audio";

export default function Audio() {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const { asked, set, filtered } = useFilters(["name", "source"]);
  const list = usePages(PATH, "audio", { query: asked }, { every: 5_000 });
  const remove = useChange((id: string) => api.DELETE("/api/v1/audio/{audio_id}", { params: { path: { audio_id: id } } }), {
    touches: [PATH],
  });
  const writes = may("audio:write");
  return (
    <Page title={t("nav.audio")} description={t("audio.description")} actions={writes && <AddAudio />}>
      <div className="columns-narrow">
        <FilterText label={t("common.name")} value={asked.name ?? ""} onChange={(value) => set("name", value)} />
        <SelectField
          label={t("audio.source")}
          value={asked.source ?? ""}
          onChange={(event) => set("source", event.target.value)}
          options={[
            ["", t("common.all")],
            ...(["upload", "text", "url", "phone"] as const).map((each) => [each, t(`audio.source_${each}`)] as const),
          ]}
        />
      </div>
      <PagedTable
        label={t("nav.audio")}
        pages={list}
        id={(each) => each.audio_id}
        columns={[
          { head: t("common.name"), cell: (each) => each.name },
          { head: t("audio.source"), cell: (each) => t(`audio.source_${each.source}`) },
          {
            head: t("common.status"),
            cell: (each) => (
              <span className="stack-small">
                <span>
                  <Badge
                    tone={each.state === "ready" ? "good" : each.state === "failed" ? "bad" : "info"}
                    live={each.state === "pending"}
                  >
                    {t(`audio.state_${each.state}`)}
                  </Badge>
                </span>
                {each.reason !== null && (
                  <span className="small soft">
                    <Told text={each.reason} />
                  </span>
                )}
              </span>
            ),
          },
          {
            head: t("calls.length"),
            number: true,
            cell: (each) => (each.duration_seconds === null ? "" : format.length(each.duration_seconds)),
          },
          { head: t("common.created"), cell: (each) => <Time at={each.created_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) => (
              <span className="row">
                {each.links !== null && <Sound src={each.links.mp3} name={each.name} />}
                {writes && (
                  <Confirm
                    title={t("audio.delete_title", { name: each.name })}
                    action={t("common.delete")}
                    trigger={<Button small>{t("common.delete")}</Button>}
                    onConfirm={() => remove.runAsync(each.audio_id)}
                  />
                )}
              </span>
            ),
          },
        ]}
        empty={
          <Empty icon={<AudioLines />} title={filtered ? t("audio.none") : t("audio.empty")}>
            {t("audio.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function AddAudio() {
  const { t } = useWords();
  return (
    <AddDialog title={t("audio.add")}>
      {(close) => <AddForm onDone={close} />}
    </AddDialog>
  );
}

type How = "upload" | "record" | "text" | "url" | "phone";

function AddForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const [how, setHow] = useState<How>("upload");
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [voice, setVoice] = useState("");
  const [url, setUrl] = useState("");
  const [to, setTo] = useState("");
  const [file, setFile] = useState<Blob | null>(null);
  const voices = useGet("/api/v1/voices", {}, { enabled: how === "text", staleTime: 600_000 });
  const add = useChange(
    () => {
      if (how === "upload" || how === "record") {
        const form = new FormData();
        if (file !== null) form.append("file", file, file instanceof File ? file.name : "recording.wav");
        if (name !== "") form.append("name", name);
        return data(api.POST(PATH, { body: form as never, bodySerializer: (body) => body as never }));
      }
      const common = { source: how, ...(name === "" ? {} : { name }) } as const;
      const body =
        how === "text" ? { ...common, text, ...(voice === "" ? {} : { voice }) } : how === "url" ? { ...common, url } : { ...common, to };
      return data(api.POST(PATH, { body }));
    },
    { touches: [PATH], onDone: props.onDone },
  );
  return (
    <ChangeForm change={add} submit={t("common.add")}>
      <SelectField
        label={t("audio.how")}
        value={how}
        onChange={(event) => {
          setHow(event.target.value as How);
          setFile(null);
        }}
        options={[
          ["upload", t("audio.how_upload")],
          ["record", t("audio.how_record")],
          ["text", t("audio.how_text")],
          ["phone", t("audio.how_phone")],
          ["url", t("audio.how_url")],
        ]}
      />
      {how === "upload" && (
        <Field label={t("audio.file")} name="file">
          {(control) => (
            <input
              className="input"
              type="file"
              accept="audio/*"
              {...control}
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
          )}
        </Field>
      )}
      {how === "record" && <Recorder onRecorded={setFile} />}
      {how === "text" && (
        <>
          <TextArea label={t("start.message")} name="text" value={text} onChange={(e) => setText(e.target.value)} />
          <SelectField
            label={t("start.voice")}
            name="voice"
            value={voice}
            onChange={(e) => setVoice(e.target.value)}
            options={[["", t("start.voice_account")], ...(voices.data?.voices ?? []).map((each) => [each.name, each.name] as const)]}
          />
        </>
      )}
      {how === "url" && <TextField label={t("audio.url")} name="url" type="url" value={url} onChange={(e) => setUrl(e.target.value)} />}
      {how === "phone" && (
        <TextField
          label={t("start.own_number")}
          hint={t("audio.phone_hint")}
          name="to"
          type="tel"
          value={to}
          onChange={(e) => setTo(e.target.value)}
        />
      )}
      <TextField label={t("common.name")} optional name="name" value={name} onChange={(e) => setName(e.target.value)} />
    </ChangeForm>
  );
}
