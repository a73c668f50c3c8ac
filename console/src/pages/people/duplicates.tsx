// People who may be one person: found by what they share, compared, merged, and parted again.
import { Users } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api } from "../../api/client";
import { useChange, useGet, usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Button, Dialog, Empty, Form, Note, Page, PagedTable, ProblemNote, SelectField, useFilters } from "../../ui";
import { ContactTabs } from "./contacts";
import { nameOf } from "./names";

const PATH = "/api/v1/contacts/duplicates";
const CONTACT = "/api/v1/contacts/{contact_id}";
/** What is read again after a merge or its undoing. */
export const MERGE_TOUCHES = [PATH, CONTACT, "/api/v1/contacts", "/api/v1/contacts/{contact_id}/history"] as const;
type Duplicate = Entry<typeof PATH, "duplicates">;
type By = "number" | "email" | "name";

export default function Duplicates() {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const { asked, set } = useFilters(["by"]);
  const by = (asked.by ?? "number") as By;
  const [merged, setMerged] = useState<readonly string[]>([]);
  const list = usePages(PATH, "duplicates", { query: { by } });
  return (
    <Page title={t("nav.contacts")} description={t("duplicates.description")}>
      <ContactTabs />
      <div className="columns-narrow">
        <SelectField
          label={t("duplicates.by")}
          value={by}
          onChange={(event) => set("by", event.target.value === "number" ? "" : event.target.value)}
          options={[
            ["number", t("duplicates.by_number")],
            ["email", t("duplicates.by_email")],
            ["name", t("duplicates.by_name")],
          ]}
        />
      </div>
      {merged.map((id) => (
        <Merged key={id} id={id} onParted={() => setMerged((before) => before.filter((each) => each !== id))} />
      ))}
      <PagedTable
        label={t("duplicates.title")}
        pages={list}
        id={(each) => each.value}
        columns={[
          { head: t(`duplicates.by_${by}`), cell: (each) => each.value },
          { head: t("groups.members"), number: true, cell: (each) => format.number(each.people) },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) => <Compare of={each} writes={may("contacts:write")} onMerged={(id) => setMerged((before) => [...before, id])} />,
          },
        ]}
        empty={
          <Empty icon={<Users />} title={t("duplicates.empty")}>
            {t("duplicates.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

/** What was merged just now, and how to take it back. */
export function Merged(props: { id: string; onParted?: () => void }) {
  const { t } = useWords();
  const { may } = useSession();
  const part = useChange(
    () => api.POST("/api/v1/contacts/{contact_id}/unmerge", { params: { path: { contact_id: props.id } } }),
    { touches: MERGE_TOUCHES, ...(props.onParted === undefined ? {} : { onDone: props.onParted }) },
  );
  return (
    <Note tone="info" role="status" title={t("duplicates.merged")}>
      <span>{t("duplicates.merged_text")}</span>
      {part.problem !== null && <ProblemNote problem={part.problem} />}
      {may("contacts:write") && (
        <div>
          <Button small busy={part.busy} onClick={() => part.run()}>
            {t("duplicates.part")}
          </Button>
        </div>
      )}
    </Note>
  );
}

function Compare(props: { of: Duplicate; writes: boolean; onMerged: (id: string) => void }) {
  const { t } = useWords();
  return (
    <Dialog title={props.of.value} description={t("duplicates.compare_text")} trigger={<Button small>{t("duplicates.compare")}</Button>}>
      {(close) => (
        <People
          ids={props.of.contact_ids}
          writes={props.writes}
          onMerged={(id) => {
            close();
            props.onMerged(id);
          }}
        />
      )}
    </Dialog>
  );
}

function People(props: { ids: readonly string[]; writes: boolean; onMerged: (id: string) => void }) {
  const { t } = useWords();
  const { ids } = props;
  const [kept, setKept] = useState(ids[0] ?? "");
  const [lost, setLost] = useState(ids[1] ?? "");
  const merge = useChange(
    () =>
      api.POST("/api/v1/contacts/{contact_id}/merge", { params: { path: { contact_id: kept } }, body: { contact_id: lost } }),
    { touches: MERGE_TOUCHES, onDone: () => props.onMerged(lost) },
  );
  const options = ids.map((id, index) => [id, t("duplicates.person", { number: index + 1 })] as const);
  return (
    <div className="stack">
      <ol>
        {ids.map((id) => (
          <li key={id}>
            <Person id={id} />
          </li>
        ))}
      </ol>
      {props.writes && (
        <Form
          onSubmit={() => merge.run()}
          problem={merge.problem}
          actions={
            <Button type="submit" look="primary" busy={merge.busy} disabled={kept === lost}>
              {t("duplicates.merge")}
            </Button>
          }
        >
          <SelectField label={t("duplicates.keep")} value={kept} onChange={(e) => setKept(e.target.value)} options={options} />
          <SelectField
            label={t("duplicates.into")}
            hint={t("duplicates.into_hint")}
            name="contact_id"
            value={lost}
            onChange={(e) => setLost(e.target.value)}
            options={options}
          />
        </Form>
      )}
    </div>
  );
}

/** One of them, in a line: enough to tell two apart. */
function Person({ id }: { id: string }) {
  const { t } = useWords();
  const contact = useGet(CONTACT, { path: { contact_id: id } });
  return (
    <Await query={contact}>
      {(found) => (
        <span className="stack-small">
          <Link to={`/contacts/${id}`}>{nameOf(found, t("contacts.nameless"))}</Link>
          <span className="soft small">
            {[
              ...found.numbers.map((each) => each.number),
              ...found.emails.map((each) => each.address),
              found.company,
              [found.postcode, found.city].filter(Boolean).join(" "),
              found.tags.join(", "),
            ]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </span>
      )}
    </Await>
  );
}
