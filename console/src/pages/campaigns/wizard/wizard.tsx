// A new campaign, step by step; every step is kept as a draft.
import { useEffect, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api } from "../../../api/client";
import { asProblem, type Problem } from "../../../api/problem";
import { queries, useGet } from "../../../api/queries";
import { useWords } from "../../../i18n";
import { Await, Button, Card, Note, Page, ProblemNote, TextField } from "../../../ui";
import { Audience, Channel } from "./audience";
import { Check } from "./check";
import { FRESH, STEPS, isDone, type CampaignForm } from "./form";
import { Message } from "./message";
import { When } from "./when";
import "../campaigns.css";

const PAUSE_MS = 600;

export interface Part {
  form: CampaignForm;
  /** What is to change; what follows from what is there by then, where something was waited for. */
  put: (change: Partial<CampaignForm> | ((before: CampaignForm) => Partial<CampaignForm>)) => void;
}

export default function WizardPage() {
  const { draftId = "" } = useParams();
  const draft = useGet("/api/v1/campaign-drafts/{draft_id}", { path: { draft_id: draftId } }, { staleTime: Infinity });
  return (
    <Await query={draft}>
      {(found) => <Wizard key={found.draft_id} id={found.draft_id} first={{ ...FRESH, ...(found.form as Partial<CampaignForm>) }} />}
    </Await>
  );
}

function Wizard({ id, first }: { id: string; first: CampaignForm }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [form, setForm] = useState(first);
  const keeper = useKept(id, form, t("campaigns.wizard_unnamed"));
  const put: Part["put"] = (change) =>
    setForm((before) => ({ ...before, ...(typeof change === "function" ? change(before) : change) }));
  const at = STEPS.indexOf(form.step);
  const missing = STEPS.slice(0, at).find((step) => !isDone(form, step));
  const go = (step: number) => put({ step: STEPS[step] ?? "check" });
  const part = { form, put };
  return (
    <Page
      title={form.name.trim() || t("campaigns.wizard")}
      from={[t("campaigns.title"), "/campaigns"]}
      description={
        <span className="small" role="status">
          {keeper.kept ? t("campaigns.wizard_saved") : t("campaigns.wizard_saving")}
        </span>
      }
      actions={
        <Button onClick={() => void keeper.flush().then(() => navigate("/campaigns"))}>{t("campaigns.wizard_later")}</Button>
      }
    >
      <ol className="wizard-steps" aria-label={t("campaigns.wizard")}>
        {STEPS.map((step, index) => (
          <li key={step}>
            <button
              type="button"
              aria-current={step === form.step ? "step" : undefined}
              disabled={STEPS.slice(0, index).some((each) => !isDone(form, each))}
              onClick={() => go(index)}
            >
              {index + 1}. {t(`campaigns.step_${step}`)}
            </button>
          </li>
        ))}
      </ol>
      {keeper.problem !== null && <ProblemNote problem={keeper.problem} />}
      {missing !== undefined ? (
        <Note tone="warn" title={t("campaigns.missing", { step: t(`campaigns.step_${missing}`) })}>
          <div>
            <Button onClick={() => put({ step: missing })}>{t("campaigns.back_to", { step: t(`campaigns.step_${missing}`) })}</Button>
          </div>
        </Note>
      ) : (
        <>
          {form.step === "audience" && (
            <Card>
              <TextField
                label={t("campaigns.wizard_name")}
                hint={t("campaigns.wizard_name_hint")}
                value={form.name}
                maxLength={200}
                onChange={(event) => put({ name: event.target.value })}
              />
              <Channel {...part} />
            </Card>
          )}
          {form.step === "audience" && <Audience {...part} />}
          {form.step === "message" && <Message {...part} />}
          {form.step === "when" && <When {...part} />}
          {form.step === "check" && <Check {...part} onMade={(campaignId) => keeper.done().then(() => navigate(`/campaigns/${campaignId}`))} />}
        </>
      )}
      <div className="row row-between">
        {at > 0 ? <Button onClick={() => go(at - 1)}>{t("common.back")}</Button> : <span />}
        {form.step !== "check" && (
          <Button look="primary" disabled={!isDone(form, form.step)} onClick={() => go(at + 1)}>
            {t("common.next")}
          </Button>
        )}
      </div>
    </Page>
  );
}

/** Keeps the form on the server a moment after each change. */
function useKept(draft_id: string, form: CampaignForm, unnamed: string) {
  const [kept, setKept] = useState(form);
  const [problem, setProblem] = useState<Problem | null>(null);
  const latest = useRef(form);
  latest.current = form;
  const sent = useRef(form);
  const running = useRef<Promise<void>>(Promise.resolve());
  const over = useRef(false);
  const path = { params: { path: { draft_id } } };
  const flush = (): Promise<void> => {
    running.current = running.current.then(async () => {
      const wanted = latest.current;
      if (over.current || sent.current === wanted) return;
      try {
        // what was pasted stands in the recipients, of whom the server takes those out who are erased
        const body = { name: (wanted.name.trim() || unnamed).slice(0, 200), form: { ...wanted, pasted: "" } as never };
        await api.PATCH("/api/v1/campaign-drafts/{draft_id}", { ...path, body });
        sent.current = wanted;
        setKept(wanted);
        setProblem(null);
      } catch (error) {
        setProblem(asProblem(error));
      }
    });
    return running.current;
  };
  const save = useRef(flush);
  save.current = flush;
  useEffect(() => {
    if (form === sent.current) return;
    const timer = setTimeout(() => void save.current(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [form]);
  useEffect(
    () => () => {
      // whoever leaves at once loses nothing, and finds it again as it is
      void save.current().then(() => queries.removeQueries({ queryKey: ["/api/v1/campaign-drafts/{draft_id}"] }));
    },
    [],
  );
  return {
    kept: kept === form,
    problem,
    flush: async () => {
      await flush();
      await queries.invalidateQueries({ queryKey: ["/api/v1/campaign-drafts"] });
    },
    /** The campaign exists: the draft has done its work. */
    done: async () => {
      over.current = true;
      await running.current;
      await api.DELETE("/api/v1/campaign-drafts/{draft_id}", path);
      await queries.invalidateQueries({ queryKey: ["/api/v1/campaign-drafts"] });
      await queries.invalidateQueries({ queryKey: ["/api/v1/campaigns"] });
    },
  };
}
