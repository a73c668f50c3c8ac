import { Ban } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api, data } from "../../api/client";
import { useChange, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, Button, ChangeForm, Dialog, Empty, Field, Form, Note, Page, PagedTable, SelectField, TextField, Time, Told,
} from "../../ui";
import { SuppressionTabs } from "./suppressions";

const PATH = "/api/v1/do-not-call";

export default function DoNotCall() {
  const { t } = useWords();
  const { may } = useSession();
  const lists = usePages(PATH, "lists");
  const writes = may("do-not-call:write");
  return (
    <Page title={t("nav.suppressions")} description={t("dnc.description")} actions={writes && <AddList />}>
      <SuppressionTabs />
      <PagedTable
        label={t("suppressions.tab_dnc")}
        pages={lists}
        id={(list) => list.list_id}
        columns={[
          { head: t("common.name"), cell: (list) => <Link to={`/do-not-call/${list.list_id}`}>{list.name}</Link> },
          { head: t("dnc.kind"), cell: (list) => t(`dnc.kind_${list.kind}`) },
          { head: t("dnc.binds"), cell: (list) => <Badge>{t(`dnc.binds_${list.binds}`)}</Badge> },
          {
            head: t("nav.imports"),
            cell: (list) => (list.imported_at === null ? t("dnc.never_imported") : <Time at={list.imported_at} />),
          },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (list) => (writes ? <ImportNumbers id={list.list_id} name={list.name} /> : ""),
          },
        ]}
        empty={
          <Empty icon={<Ban />} title={t("dnc.empty")}>
            {t("dnc.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function AddList() {
  const { t } = useWords();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"own" | "national" | "partner">("own");
  return (
    <AddDialog title={t("dnc.add")}>
      {(close) => <ListForm name={name} setName={setName} kind={kind} setKind={setKind} onDone={close} />}
    </AddDialog>
  );
}

type Kind = "own" | "national" | "partner";

function ListForm(props: {
  name: string;
  setName: (name: string) => void;
  kind: Kind;
  setKind: (kind: Kind) => void;
  onDone: () => void;
}) {
  const { t } = useWords();
  const add = useChange(() => data(api.POST(PATH, { body: { name: props.name, kind: props.kind } })), {
    touches: [PATH],
    onDone: props.onDone,
  });
  return (
    <ChangeForm change={add} submit={t("common.add")}>
      <TextField label={t("common.name")} name="name" value={props.name} onChange={(e) => props.setName(e.target.value)} />
      <SelectField
        label={t("dnc.kind")}
        name="kind"
        value={props.kind}
        onChange={(e) => props.setKind(e.target.value as Kind)}
        options={[
          ["own", t("dnc.kind_own")],
          ["national", t("dnc.kind_national")],
          ["partner", t("dnc.kind_partner")],
        ]}
      />
    </ChangeForm>
  );
}

/** Takes a file of numbers into a list. */
export function ImportNumbers(props: { id: string; name: string }) {
  const { t } = useWords();
  const [file, setFile] = useState<File | null>(null);
  const upload = useChange(
    () => {
      const form = new FormData();
      if (file !== null) form.append("file", file);
      return data(
        api.POST("/api/v1/do-not-call/imports", {
          params: { query: { list_id: props.id } },
          body: form as never,
          bodySerializer: (body) => body as never,
        }),
      );
    },
    { touches: [PATH, "/api/v1/do-not-call/{list_id}", "/api/v1/do-not-call/{list_id}/entries"] },
  );
  return (
    <Dialog title={props.name} trigger={<Button small>{t("dnc.import")}</Button>} onOpenChange={() => upload.reset()}>
      <Form
        onSubmit={() => upload.run()}
        problem={upload.problem}
        actions={
          <Button type="submit" look="primary" busy={upload.busy} disabled={file === null}>
            {t("imports.upload")}
          </Button>
        }
      >
        <Field label={t("imports.file")} name="file">
          {(control) => (
            <input
              className="input"
              type="file"
              accept=".csv,.txt,text/csv"
              {...control}
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
          )}
        </Field>
        {upload.result !== undefined && (
          <Note tone={upload.result.refused > 0 ? "warn" : "good"} role="status">
            <span>{t("dnc.imported", { count: upload.result.added })}</span>
            {upload.result.errors.slice(0, 10).map((error) => (
              <span key={error.line}>
                {error.line}: <Told text={error.reason} />
              </span>
            ))}
          </Note>
        )}
      </Form>
    </Dialog>
  );
}
