import { useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { api } from "../../api/client";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords, type Key } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import {
  Await, Badge, Button, Card, Confirm, Facts, Form, Note, Page, Progress, SelectField, Stat, Table, Time,
} from "../../ui";
import { TONES } from "./imports";

const PATH = "/api/v1/imports/{import_id}";
const PREVIEW = "/api/v1/imports/{import_id}/preview";
type ImportView = Answer<"/api/v1/imports/{import_id}">;
type Preview = Answer<typeof PREVIEW>["preview"];

export default function Import() {
  const { t } = useWords();
  const { importId = "" } = useParams();
  const path = { import_id: importId };
  const found = useGet(
    PATH,
    { path },
    { every: (each) => (each !== undefined && ["queued", "running", "undoing"].includes(each.state) ? 1_000 : false) },
  );
  const preview = useGet(PREVIEW, { path }, { enabled: found.data?.state === "uploaded" });
  return (
    <Await query={found}>
      {(each) => (
        <Page
          title={each.file_name}
          from={[t("nav.imports"), "/imports"]}
          actions={
            <Badge tone={TONES[each.state] ?? "plain"} live={each.state === "running"}>
              {t(`imports.state.${each.state}`)}
            </Badge>
          }
        >
          {each.state === "uploaded" ? (
            <Await query={preview}>{(shown) => <Mapping id={each.import_id} preview={shown.preview} />}</Await>
          ) : (
            <Outcome of={each} />
          )}
        </Page>
      )}
    </Await>
  );
}

const FIELDS: readonly [string, Key][] = [
  ["number", "imports.number"], ["number:mobile", "imports.number_mobile"], ["number:home", "imports.number_home"],
  ["number:work", "imports.number_work"], ["email", "common.email"], ["title", "contacts.title"],
  ["first_name", "contacts.first_name"], ["last_name", "contacts.last_name"], ["company", "contacts.company"],
  ["street", "contacts.street"], ["postcode", "contacts.postcode"], ["city", "contacts.city"],
  ["language", "contacts.language"], ["time_zone", "contacts.time_zone"], ["external_id", "contacts.external_id"],
  ["tags", "contacts.tags"],
];

/** A column's name as the name of an own field: small letters, digits and underscores. */
function fieldName(column: string): string {
  const name = column.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return /^[a-z]/.test(name) ? name.slice(0, 60) : `field_${name}`.slice(0, 60);
}

function Mapping(props: { id: string; preview: Preview }) {
  const { t } = useWords();
  const [search] = useSearchParams();
  const columns = Object.keys(props.preview.mapping);
  const [mapping, setMapping] = useState<Record<string, string>>(() =>
    Object.fromEntries(Object.entries(props.preview.mapping).map(([column, meaning]) => [column, meaning ?? ""])),
  );
  const [duplicates, setDuplicates] = useState<"update" | "skip" | "create">("update");
  const [group, setGroup] = useState(search.get("group_id") ?? "");
  const groups = useGet("/api/v1/groups", { query: { limit: 200 } });
  const start = useChange(
    () =>
      api.POST("/api/v1/imports/{import_id}/start", {
        params: { path: { import_id: props.id } },
        body: {
          mapping: Object.fromEntries(columns.map((column) => [column, mapping[column] || null])),
          on_duplicate: duplicates,
          group_id: group || null,
        },
      }),
    { touches: [PATH, "/api/v1/imports"] },
  );
  return (
    <Card title={t("imports.mapping")}>
      <Form
        wide
        onSubmit={() => start.run()}
        problem={start.problem}
        actions={
          <Button type="submit" look="primary" busy={start.busy}>
            {t("imports.start")}
          </Button>
        }
      >
        <Table
          label={t("imports.mapping")}
          rows={columns}
          id={(column) => column}
          columns={[
            { head: t("imports.column"), cell: (column) => <strong>{column}</strong> },
            {
              head: t("imports.meaning"),
              cell: (column) => {
                const own = `fields.${fieldName(column)}:text`;
                const proposed = mapping[column] ?? "";
                const known = FIELDS.some(([value]) => value === proposed) || proposed === "" || proposed === own;
                return (
                  <SelectField
                    label={`${t("imports.meaning")}: ${column}`}
                    hideLabel
                    name={`mapping.${column}`}
                    value={proposed}
                    onChange={(event) => setMapping({ ...mapping, [column]: event.target.value })}
                    options={[
                      ["", t("imports.leave")],
                      ...FIELDS.map(([value, label]) => [value, t(label)] as const),
                      [own, t("imports.own_field", { name: fieldName(column) })],
                      ...(known ? [] : [[proposed, proposed] as const]),
                    ]}
                  />
                );
              },
            },
            {
              head: t("imports.examples"),
              cell: (column) => (
                <span className="soft">
                  {props.preview.rows
                    .slice(0, 3)
                    .map((row) => row[columns.indexOf(column)])
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              ),
            },
          ]}
        />
        <div className="columns-narrow">
          <SelectField
            label={t("imports.duplicates")}
            name="on_duplicate"
            value={duplicates}
            onChange={(event) => setDuplicates(event.target.value as typeof duplicates)}
            options={[
              ["update", t("imports.duplicates_update")],
              ["skip", t("imports.duplicates_skip")],
              ["create", t("imports.duplicates_create")],
            ]}
          />
          <SelectField
            label={t("imports.group")}
            name="group_id"
            value={group}
            onChange={(event) => setGroup(event.target.value)}
            options={[
              ["", t("imports.no_group")],
              ...(groups.data?.groups ?? []).map((each) => [each.group_id, each.name] as const),
            ]}
          />
        </div>
      </Form>
    </Card>
  );
}

function Outcome({ of: each }: { of: ImportView }) {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const path = { import_id: each.import_id };
  const live = each.state === "queued" || each.state === "running" || each.state === "undoing";
  const ended = each.state === "completed" || each.state === "cancelled";
  return (
    <>
      <Card>
        {live && <Progress part={each.progress} label={t(`imports.state.${each.state}`)} />}
        <div className="columns-narrow">
          <Stat label={t("imports.created")} value={format.number(each.created)} />
          <Stat label={t("imports.updated")} value={format.number(each.updated)} />
          <Stat label={t("imports.refused")} value={format.number(each.failed)} />
        </div>
        {each.error !== null && <Note tone="bad">{each.error}</Note>}
        <Facts of={[[t("calls.when"), <Time key="at" at={each.created_at} exact />]]} />
        {may("imports:write") && (
          <div className="row">
            {live && each.state !== "undoing" && (
              <Confirm
                title={t("common.cancel")}
                action={t("common.cancel")}
                trigger={<Button>{t("common.cancel")}</Button>}
                onConfirm={() => api.POST("/api/v1/imports/{import_id}/cancel", { params: { path } })}
              />
            )}
            {ended && <Undo id={each.import_id} />}
          </div>
        )}
      </Card>
      {each.failed > 0 && <Refused id={each.import_id} />}
    </>
  );
}

function Undo({ id }: { id: string }) {
  const { t } = useWords();
  const undo = useChange(() => api.POST("/api/v1/imports/{import_id}/undo", { params: { path: { import_id: id } } }), {
    touches: [PATH, "/api/v1/imports", "/api/v1/contacts"],
  });
  return (
    <Confirm
      title={t("imports.undo_title")}
      action={t("imports.undo")}
      trigger={<Button look="danger">{t("imports.undo")}</Button>}
      onConfirm={() => undo.runAsync()}
    >
      <p>{t("imports.undo_text")}</p>
    </Confirm>
  );
}

function Refused({ id }: { id: string }) {
  const { t } = useWords();
  return (
    <Card title={t("imports.errors")}>
      <p>{t("imports.errors_text")}</p>
      <div>
        <a className="button" href={`/api/v1/imports/${id}/errors`} download={`${id}-errors.csv`}>
          {t("imports.errors_download")}
        </a>
      </div>
    </Card>
  );
}
