import { BadgeCheck } from "lucide-react";
import { useState } from "react";
import { api } from "../../api/client";
import { useChange, useGet, usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  Await, Badge, Button, Card, CheckField, Dialog, Empty, Form, Page, PagedTable, SelectField, TextArea, Time, useFilters,
  useToast,
} from "../../ui";
import { Sound } from "./sound";

const PATH = "/api/v1/approvals";
type Approval = Entry<typeof PATH, "approvals">;

export default function Approvals() {
  const { t } = useWords();
  const { may } = useSession();
  const { asked, set, filtered } = useFilters(["state"]);
  const list = usePages(PATH, "approvals", { query: asked }, { every: 10_000 });
  const writes = may("approvals:write");
  return (
    <Page title={t("nav.approvals")} description={t("approvals.description")}>
      <div className="columns-narrow">
        <SelectField
          label={t("common.status")}
          value={asked.state ?? ""}
          onChange={(event) => set("state", event.target.value)}
          options={[
            ["", t("common.all")],
            ...(["pending", "approved", "rejected"] as const).map((each) => [each, t(`approvals.state_${each}`)] as const),
          ]}
        />
      </div>
      <PagedTable
        label={t("nav.approvals")}
        pages={list}
        id={(each) => each.approval_id}
        columns={[
          {
            head: t("approvals.content"),
            cell: (each) => (each.kind === "audio" && each.audio_id !== null ? <Heard id={each.audio_id} /> : each.content),
          },
          {
            head: t("common.status"),
            cell: (each) => (
              <Badge tone={each.state === "approved" ? "good" : each.state === "rejected" ? "bad" : "warn"}>
                {t(`approvals.state_${each.state}`)}
              </Badge>
            ),
          },
          { head: t("approvals.comments"), cell: (each) => each.comments.at(-1)?.comment ?? "" },
          { head: t("calls.when"), cell: (each) => <Time at={each.requested_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (each) =>
              writes && each.state === "pending" ? (
                <span className="row">
                  <Decide approval={each} verdict="approve" />
                  <Decide approval={each} verdict="reject" />
                </span>
              ) : (
                ""
              ),
          },
        ]}
        empty={
          <Empty icon={<BadgeCheck />} title={filtered ? t("approvals.none") : t("approvals.empty")}>
            {t("approvals.empty_text")}
          </Empty>
        }
      />
      {writes && <Rules />}
    </Page>
  );
}

function Heard(props: { id: string }) {
  const audio = useGet("/api/v1/audio/{audio_id}", { path: { audio_id: props.id } }, { staleTime: 600_000 });
  if (audio.data === undefined) return null;
  return (
    <span className="row">
      {audio.data.links !== null && <Sound src={audio.data.links.mp3} name={audio.data.name} />}
      {audio.data.name}
    </span>
  );
}

function Decide(props: { approval: Approval; verdict: "approve" | "reject" }) {
  const { t } = useWords();
  const [comment, setComment] = useState("");
  const path = `/api/v1/approvals/{approval_id}/${props.verdict}` as const;
  const decide = useChange(
    () =>
      api.POST(path, {
        params: { path: { approval_id: props.approval.approval_id } },
        body: { comment: comment || null },
      }),
    { touches: [PATH] },
  );
  const label = t(`approvals.${props.verdict}`);
  return (
    <Dialog title={label} trigger={<Button small>{label}</Button>} onOpenChange={() => decide.reset()}>
      {(close) => (
        <Form
          onSubmit={() => void decide.runAsync().then(close, () => undefined)}
          problem={decide.problem}
          actions={
            <Button type="submit" look={props.verdict === "approve" ? "primary" : "danger"} busy={decide.busy}>
              {label}
            </Button>
          }
        >
          <TextArea label={t("approvals.comment")} optional name="comment" value={comment} onChange={(e) => setComment(e.target.value)} />
        </Form>
      )}
    </Dialog>
  );
}

function Rules() {
  const { t } = useWords();
  const say = useToast();
  const path = "/api/v1/approvals/settings";
  const rules = useGet(path);
  const save = useChange((body: { texts?: boolean; audio?: boolean; second_person?: boolean }) => api.PATCH(path, { body }), {
    touches: [path],
    onDone: () => say(t("common.saved")),
  });
  return (
    <Card title={t("approvals.rules")}>
      <Await query={rules}>
        {(found) => (
          <>
            <CheckField
              label={t("approvals.rule_texts")}
              checked={found.texts ?? false}
              onChange={(event) => save.run({ texts: event.target.checked })}
            />
            <CheckField
              label={t("approvals.rule_audio")}
              checked={found.audio ?? false}
              onChange={(event) => save.run({ audio: event.target.checked })}
            />
            <CheckField
              label={t("approvals.rule_second")}
              checked={found.second_person ?? false}
              onChange={(event) => save.run({ second_person: event.target.checked })}
            />
          </>
        )}
      </Await>
    </Card>
  );
}
