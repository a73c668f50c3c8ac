// One do-not-call list: its numbers, looked up, entered and taken off.
import { Ban } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api, data } from "../../api/client";
import { useChange, useGet, usePages, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import {
  AddDialog, Await, Button, Card, Confirm, Empty, Facts, FilterText, Form, Page, PagedTable, TextArea, Time,
  useFilters, useToast,
} from "../../ui";
import { ImportNumbers } from "./do-not-call";

const PATH = "/api/v1/do-not-call/{list_id}";
const ENTRIES = "/api/v1/do-not-call/{list_id}/entries";
const TOUCHES = [PATH, ENTRIES] as const;
type List = Answer<typeof PATH>;

export default function DoNotCallList() {
  const { t } = useWords();
  const { may } = useSession();
  const { listId = "" } = useParams();
  const list = useGet(PATH, { path: { list_id: listId } });
  return (
    <Await query={list}>
      {(found) => (
        <Page
          title={found.name}
          from={[t("suppressions.tab_dnc"), "/do-not-call"]}
          actions={
            may("do-not-call:write") && (
              <>
                <ImportNumbers id={found.list_id} name={found.name} />
                <AddNumbers id={found.list_id} />
                <DeleteList list={found} />
              </>
            )
          }
        >
          <Card>
            <ListFacts list={found} />
          </Card>
          <Numbers id={found.list_id} />
        </Page>
      )}
    </Await>
  );
}

function ListFacts({ list }: { list: List }) {
  const { t } = useWords();
  const format = useFormat();
  return (
    <Facts
      of={[
        [t("dnc.kind"), t(`dnc.kind_${list.kind}`)],
        [t("dnc.binds"), t(`dnc.binds_${list.binds}`)],
        [t("dnc.where"), t(list.everywhere ? "dnc.everywhere" : "dnc.attached")],
        [t("dnc.entries"), format.number(list.entries)],
        [
          t("dnc.expires_after"),
          list.expires_after_days === null ? t("dnc.for_good") : t("campaigns.days", { count: list.expires_after_days }),
        ],
        [t("nav.imports"), list.imported_at === null ? t("dnc.never_imported") : <Time key="imported" at={list.imported_at} />],
      ]}
    />
  );
}

function Numbers({ id }: { id: string }) {
  const { t } = useWords();
  const { may } = useSession();
  const say = useToast();
  const { asked, set, filtered } = useFilters(["to"]);
  const entries = usePages(ENTRIES, "entries", { path: { list_id: id }, query: asked });
  const remove = useChange(
    (to: string) => api.DELETE(ENTRIES, { params: { path: { list_id: id }, query: { to } } }),
    { touches: TOUCHES, onDone: () => say(t("dnc.number_removed")) },
  );
  return (
    <>
      <FilterText label={t("dnc.look_up")} type="tel" value={asked.to ?? ""} onChange={(value) => set("to", value)} />
      <PagedTable
        label={t("dnc.entries")}
        pages={entries}
        id={(entry) => entry.to}
        columns={[
          { head: t("common.number"), cell: (entry) => <span className="tabular nowrap">{entry.to}</span> },
          {
            head: t("dnc.until"),
            cell: (entry) => (entry.expires_at === null ? t("dnc.for_good") : <Time at={entry.expires_at} />),
          },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (entry) =>
              may("do-not-call:write") ? (
                <Confirm
                  title={t("dnc.number_remove_title", { to: entry.to })}
                  action={t("common.remove")}
                  trigger={<Button small>{t("common.remove")}</Button>}
                  onConfirm={() => remove.runAsync(entry.to)}
                />
              ) : (
                ""
              ),
          },
        ]}
        empty={
          filtered ? (
            <Empty icon={<Ban />} title={t("dnc.not_on_it")} />
          ) : (
            <Empty icon={<Ban />} title={t("dnc.no_numbers")}>
              {t("dnc.no_numbers_text")}
            </Empty>
          )
        }
      />
    </>
  );
}

function AddNumbers({ id }: { id: string }) {
  const { t } = useWords();
  return (
    <AddDialog title={t("dnc.add_numbers")}>
      {(close) => <NumbersForm id={id} onDone={close} />}
    </AddDialog>
  );
}

function NumbersForm(props: { id: string; onDone: () => void }) {
  const { t } = useWords();
  const say = useToast();
  const [numbers, setNumbers] = useState("");
  const add = useChange(
    () =>
      data(
        api.POST(ENTRIES, {
          params: { path: { list_id: props.id } },
          body: { numbers: numbers.split("\n").map((line) => line.trim()).filter(Boolean) },
        }),
      ),
    {
      touches: TOUCHES,
      onDone: (done) => {
        say(t("dnc.imported", { count: done.added }));
        props.onDone();
      },
    },
  );
  return (
    <Form
      onSubmit={() => add.run()}
      problem={add.problem}
      actions={
        <Button type="submit" look="primary" busy={add.busy} disabled={numbers.trim() === ""}>
          {t("common.add")}
        </Button>
      }
    >
      <TextArea label={t("dnc.numbers")} hint={t("dnc.numbers_hint")} name="numbers" rows={6} value={numbers} onChange={(e) => setNumbers(e.target.value)} />
    </Form>
  );
}

function DeleteList({ list }: { list: List }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const remove = useChange(() => api.DELETE(PATH, { params: { path: { list_id: list.list_id } } }), {
    touches: ["/api/v1/do-not-call"],
    onDone: () => void navigate("/do-not-call"),
  });
  return (
    <Confirm
      title={t("dnc.delete_title", { name: list.name })}
      action={t("common.delete")}
      trigger={<Button look="danger">{t("common.delete")}</Button>}
      onConfirm={() => remove.runAsync()}
    >
      <p>{t("dnc.delete_text")}</p>
    </Confirm>
  );
}
