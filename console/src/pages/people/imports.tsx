import { FileUp } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { api, data } from "../../api/client";
import { useChange, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Badge, Button, Card, Empty, Field, Form, Page, PagedTable, Time, type Tone } from "../../ui";

export const TONES: Record<string, Tone> = {
  uploaded: "warn", queued: "info", running: "info", completed: "good", failed: "bad", undoing: "info",
};

export default function Imports() {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const imports = usePages("/api/v1/imports", "imports", {}, { every: 5_000 });
  return (
    <Page title={t("nav.imports")} description={t("imports.description")}>
      {may("imports:write") && <Upload />}
      <PagedTable
        label={t("nav.imports")}
        pages={imports}
        id={(each) => each.import_id}
        columns={[
          { head: t("imports.file"), cell: (each) => <Link to={`/imports/${each.import_id}`}>{each.file_name}</Link> },
          {
            head: t("common.status"),
            cell: (each) => (
              <Badge tone={TONES[each.state] ?? "plain"} live={each.state === "running"}>
                {t(`imports.state.${each.state}`)}
              </Badge>
            ),
          },
          { head: t("imports.created"), number: true, cell: (each) => format.number(each.created) },
          { head: t("imports.updated"), number: true, cell: (each) => format.number(each.updated) },
          { head: t("imports.refused"), number: true, cell: (each) => format.number(each.failed) },
          { head: t("calls.when"), cell: (each) => <Time at={each.created_at} /> },
        ]}
        empty={
          <Empty icon={<FileUp />} title={t("imports.empty")}>
            {t("imports.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function Upload() {
  const { t } = useWords();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const [file, setFile] = useState<File | null>(null);
  const upload = useChange(
    async () => {
      const form = new FormData();
      if (file !== null) form.append("file", file);
      return data(api.POST("/api/v1/imports", { body: form as never, bodySerializer: (body) => body as never }));
    },
    {
      touches: ["/api/v1/imports"],
      onDone: (made) => {
        const group = search.get("group_id");
        void navigate(`/imports/${made.import.import_id}${group === null ? "" : `?group_id=${group}`}`);
      },
    },
  );
  return (
    <Card>
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
              accept=".csv,.txt,.tsv,text/csv"
              {...control}
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
          )}
        </Field>
      </Form>
    </Card>
  );
}
