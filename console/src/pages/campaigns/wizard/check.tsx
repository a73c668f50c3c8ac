// What would happen; a test call; and the start.
import { useQuery } from "@tanstack/react-query";
import { Phone, Rocket } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { api, data, inSandbox } from "../../../api/client";
import { asProblem } from "../../../api/problem";
import { useChange } from "../../../api/queries";
import { useWords } from "../../../i18n";
import { useFormat } from "../../../i18n/format";
import { Button, Card, Facts, Form, Loading, Note, ProblemNote, Stat, TextField, Told, useToast } from "../../../ui";
import { contentOf, emailOf, requestOf } from "./form";
import { firstPerson, valuesFor } from "./message";
import { preflight, type Preflight } from "./preflight";
import type { Part } from "./wizard";

/** A handset of the lab that presses 1. */
const LAB_PHONE = "+12125550011";

export function Check({ form, put, onMade }: Part & { onMade: (campaignId: string) => Promise<unknown> }) {
  const { t } = useWords();
  const say = useToast();
  const unnamed = t("campaigns.wizard_unnamed");
  const seen = useQuery({
    queryKey: ["wizard preflight", form],
    queryFn: () => preflight(form, unnamed),
    retry: false,
    staleTime: 30_000,
  });
  const make = useChange(async (start: boolean) => {
    const headers = form.sandbox ? { headers: inSandbox } : {};
    const made = (await data(
      api.POST("/api/v1/campaigns", { body: { ...requestOf(form, unnamed), start }, ...headers } as never),
    )) as unknown as { campaign_id: string };
    say(t("campaigns.made"));
    await onMade(made.campaign_id);
  });
  return (
    <>
      <Card title={t("campaigns.looks")}>
        {seen.data !== undefined ? (
          <Looks seen={seen.data} />
        ) : seen.error !== null ? (
          <>
            <ProblemNote problem={asProblem(seen.error)} again={() => void seen.refetch()} />
            {!form.sandbox && (
              <div>
                <Button onClick={() => put({ sandbox: true })}>{t("campaigns.sandbox")}</Button>
              </div>
            )}
          </>
        ) : (
          <Loading />
        )}
      </Card>
      {form.channel === "call" ? <Test form={form} /> : <WrittenTest form={form} />}
      {make.problem !== null && <ProblemNote problem={make.problem} />}
      <div className="row row-end">
        <Button busy={make.busy} disabled={seen.data === undefined} onClick={() => make.run(false)}>
          {t("campaigns.start_later")}
        </Button>
        <Button look="primary" busy={make.busy} disabled={seen.data === undefined || seen.data.contacted === 0} onClick={() => make.run(true)}>
          <Rocket size={18} aria-hidden="true" />
          {t("campaigns.start_campaign")}
        </Button>
      </div>
    </>
  );
}

function Looks({ seen }: { seen: Preflight }) {
  const { t, maybe } = useWords();
  const format = useFormat();
  const skipped = Object.entries(seen.skipped);
  return (
    <>
      <div className="live-head">
        <Stat label={t("campaigns.called")} value={format.number(seen.contacted)} />
        <Stat
          label={t("campaigns.skipped")}
          value={format.number(skipped.reduce((sum, [, count]) => sum + count, 0) + seen.errors.length)}
          hint={skipped.map(([why, count]) => `${format.number(count)} ${maybe(`campaigns.skip_${why}`, why)}`).join(", ") || undefined}
        />
        <Stat label={t("campaigns.takes")} value={seen.calling_seconds === null ? "–" : format.length(seen.calling_seconds)} />
        <Stat
          label={t("campaigns.costs")}
          value={seen.cost === null ? t("campaigns.free") : format.money(seen.cost.amount, seen.cost.currency)}
        />
      </div>
      <Facts
        of={[
          [t("campaigns.opens"), seen.opens_at === null ? t("campaigns.opens_never") : format.short(seen.opens_at)],
          [t("campaigns.duplicates"), seen.duplicates > 0 ? format.number(seen.duplicates) : undefined],
          [t("campaigns.left_out"), seen.errors.length > 0 ? format.number(seen.errors.length) : undefined],
        ]}
      />
      {seen.errors.length > 0 && (
        <Note tone="warn">
          <ul>
            {seen.errors.slice(0, 5).map((error) => (
              <li key={error.field}>
                {/\[(\d+)\]/.exec(error.field) ? `${t("campaigns.line")} ${Number(/\[(\d+)\]/.exec(error.field)?.[1]) + 1}` : error.field}: <Told text={error.message} />
              </li>
            ))}
          </ul>
        </Note>
      )}
      {seen.samples.length > 0 && (
        <>
          <h3>{t("campaigns.samples")}</h3>
          {seen.samples.map((sample) => (
            <div key={sample.to} className="stack-small">
              <span className="soft small">{sample.to}</span>
              <p className="said">{sample.said}</p>
            </div>
          ))}
        </>
      )}
    </>
  );
}

function Test({ form }: { form: Part["form"] }) {
  const { t } = useWords();
  const [to, setTo] = useState("");
  const call = useChange(async (lab: boolean) => {
    const variables = valuesFor(JSON.stringify(contentOf(form)), firstPerson(form)?.variables ?? {});
    const body = { ...contentOf(form), to: lab ? LAB_PHONE : to, variables, ...(form.from && !lab ? { from: form.from } : {}) };
    const headers = lab || form.sandbox ? { headers: inSandbox } : {};
    return (await data(api.POST("/api/v1/calls", { body, ...headers } as never))) as unknown as { call_id: string };
  });
  return (
    <Card title={t("campaigns.test")}>
      <p className="soft">{t("campaigns.test_text")}</p>
      <Form
        problem={call.problem}
        onSubmit={() => call.run(false)}
        actions={
          <>
            <Button type="submit" busy={call.busy} disabled={to.trim() === ""}>
              <Phone size={18} aria-hidden="true" />
              {t("campaigns.test_call")}
            </Button>
            <Button busy={call.busy} onClick={() => call.run(true)}>
              {t("campaigns.test_lab")}
            </Button>
          </>
        }
      >
        <TextField label={t("campaigns.test_to")} name="to" type="tel" placeholder="+12125550100" value={to} onChange={(event) => setTo(event.target.value)} />
      </Form>
      {call.result !== undefined && (
        <p role="status">
          <Link to={`/calls/${call.result.call_id}`} target="_blank">
            {t("campaigns.test_watch")}
          </Link>
        </p>
      )}
    </Card>
  );
}

/** A text or an email to oneself first. */
function WrittenTest({ form }: { form: Part["form"] }) {
  const { t } = useWords();
  const say = useToast();
  const [to, setTo] = useState("");
  const email = form.channel === "email";
  const send = useChange(
    async () => {
      const variables = valuesFor(`${form.subject} ${form.text}`, firstPerson(form)?.variables ?? {});
      const headers = form.sandbox ? { headers: inSandbox } : {};
      return email
        ? api.POST("/api/v1/emails", { body: { to, ...emailOf(form), variables }, ...headers } as never)
        : api.POST("/api/v1/sms", { body: { to, message: form.text, variables }, ...headers } as never);
    },
    { onDone: () => say(t("campaigns.test_sent")) },
  );
  return (
    <Card title={t("campaigns.test")}>
      <p className="soft">{t("campaigns.test_written_text")}</p>
      <Form
        problem={send.problem}
        onSubmit={() => send.run()}
        actions={
          <Button type="submit" busy={send.busy} disabled={to.trim() === ""}>
            {t("campaigns.test_send")}
          </Button>
        }
      >
        <TextField
          label={t(email ? "campaigns.test_address" : "campaigns.test_to")}
          name="to"
          type={email ? "email" : "tel"}
          value={to}
          onChange={(event) => setTo(event.target.value)}
        />
      </Form>
    </Card>
  );
}
