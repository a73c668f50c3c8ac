import { Filter } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api, data } from "../../api/client";
import { useChange, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { AddDialog, Button, Confirm, Empty, Form, Note, Page, PagedTable, TextArea, TextField } from "../../ui";

export default function Segments() {
  const { t } = useWords();
  const { may } = useSession();
  const segments = usePages("/api/v1/segments", "segments");
  const remove = useChange(
    (id: string) => api.DELETE("/api/v1/segments/{segment_id}", { params: { path: { segment_id: id } } }),
    { touches: ["/api/v1/segments"] },
  );
  return (
    <Page title={t("nav.segments")} description={t("segments.description")} actions={may("segments:write") && <AddSegment />}>
      <PagedTable
        label={t("nav.segments")}
        pages={segments}
        id={(segment) => segment.segment_id}
        columns={[
          { head: t("common.name"), cell: (segment) => segment.name },
          { head: t("segments.filter"), cell: (segment) => <code>{segment.filter}</code> },
          {
            head: t("segments.show"),
            hideHead: true,
            cell: (segment) => <Link to={`/contacts?segment_id=${segment.segment_id}`}>{t("segments.show")}</Link>,
          },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (segment) =>
              may("segments:write") ? (
                <Confirm
                  title={t("segments.delete_title")}
                  action={t("common.delete")}
                  trigger={<Button small>{t("common.delete")}</Button>}
                  onConfirm={() => remove.runAsync(segment.segment_id)}
                />
              ) : (
                ""
              ),
          },
        ]}
        empty={
          <Empty icon={<Filter />} title={t("segments.empty")}>
            {t("segments.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function AddSegment() {
  const { t } = useWords();
  return (
    <AddDialog title={t("segments.add")}>
      {(close) => <SegmentForm onDone={close} />}
    </AddDialog>
  );
}

function SegmentForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const [name, setName] = useState("");
  const [filter, setFilter] = useState("");
  const preview = useChange(() => data(api.POST("/api/v1/segments/preview", { body: { filter } })));
  const add = useChange(() => data(api.POST("/api/v1/segments", { body: { name, filter } })), {
    touches: ["/api/v1/segments"],
    onDone: props.onDone,
  });
  return (
    <Form
      onSubmit={() => add.run()}
      problem={add.problem ?? preview.problem}
      actions={
        <>
          <Button type="submit" look="primary" busy={add.busy}>
            {t("common.save")}
          </Button>
          <Button busy={preview.busy} onClick={() => preview.run()}>
            {t("segments.try")}
          </Button>
        </>
      }
    >
      <TextField label={t("common.name")} name="name" value={name} onChange={(e) => setName(e.target.value)} />
      <TextArea
        label={t("segments.filter")}
        hint={t("segments.filter_hint")}
        name="filter"
        rows={3}
        spellCheck={false}
        value={filter}
        onChange={(e) => setFilter(e.target.value)}
      />
      {preview.result !== undefined && (
        <Note tone="good" role="status">
          {t("segments.found", { count: preview.result.count })}
        </Note>
      )}
    </Form>
  );
}
