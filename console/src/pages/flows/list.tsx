import { Workflow } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, data } from "../../api/client";
import { useChange, useGet, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { AddDialog, Await, Badge, Empty, Form, Page, PagedTable, TextField, Time } from "../../ui";
import "./flows.css";

export default function Flows() {
  const { t } = useWords();
  const { may } = useSession();
  const flows = usePages("/api/v1/flows", "flows");
  const make = may("flows:write") ? <NewFlow /> : undefined;
  return (
    <Page title={t("flows.title")} description={t("flows.description")} actions={make}>
      <PagedTable
        label={t("flows.title")}
        pages={flows}
        id={(flow) => flow.flow_id}
        columns={[
          { head: t("common.name"), cell: (flow) => <Link to={`/flows/${flow.flow_id}`}>{flow.name}</Link> },
          {
            head: t("flows.version_head"),
            cell: (flow) =>
              flow.published_version === null ? (
                <Badge>{t("flows.never_published")}</Badge>
              ) : (
                <Badge tone="good">{t("flows.version", { version: String(flow.published_version) })}</Badge>
              ),
          },
          { head: t("flows.changed"), cell: (flow) => <Time at={flow.updated_at} /> },
        ]}
        empty={
          <Empty icon={<Workflow />} title={t("flows.empty")} action={make}>
            {t("flows.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function NewFlow() {
  const { t } = useWords();
  return (
    <AddDialog title={t("flows.new")} description={t("flows.new_text")} wide>
      <Starters />
    </AddDialog>
  );
}

function Starters() {
  const { t, language } = useWords();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const starters = useGet("/api/v1/flows/starters", { query: { language } }, { staleTime: 300_000 });
  const create = useChange(
    async (starter: { id: string; name: string } | null) => {
      const called = name.trim() || (starter?.name ?? t("flows.unnamed"));
      const body = starter === null ? { name: called } : { name: called, starter: starter.id, language };
      return data(api.POST("/api/v1/flows", { body: body as never }));
    },
    { touches: ["/api/v1/flows"], onDone: (made) => void navigate(`/flows/${made.flow_id}`) },
  );
  return (
    <Form problem={create.problem} onSubmit={() => create.run(null)} wide>
      <TextField label={t("common.name")} name="name" optional value={name} onChange={(event) => setName(event.target.value)} />
      <Await query={starters}>
        {(found) => (
          <div className="starters">
            <button type="button" className="starter" disabled={create.busy} onClick={() => create.run(null)}>
              <strong>{t("flows.blank")}</strong>
              <span className="soft small">{t("flows.blank_text")}</span>
            </button>
            {found.starters.map((each) => (
              <button
                key={each.starter}
                type="button"
                className="starter"
                disabled={create.busy}
                onClick={() => create.run({ id: each.starter, name: each.name })}
              >
                <strong>{each.name}</strong>
                <span className="soft small">{each.description}</span>
              </button>
            ))}
          </div>
        )}
      </Await>
    </Form>
  );
}
