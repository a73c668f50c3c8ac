// What people hear: a text in a voice, audio, or a flow; keys; and what answering machines get.
import { Plus, Trash2 } from "lucide-react";
import { Link } from "react-router";
import { useGet, usePages } from "../../../api/queries";
import { useWords } from "../../../i18n";
import { useSession } from "../../../shell/session";
import { Button, ButtonLink, Card, Note, SelectField, TextArea, TextField, type Option } from "../../../ui";
import { Choices } from "./choices";
import { Files } from "./files";
import { isList, personOf, placeholders, type CampaignForm, type KeyChoice } from "./form";
import { Hear } from "./hear";
import { Sound } from "./sound";
import type { Part } from "./wizard";

const ACTIONS = ["say", "repeat", "optout", "transfer", "hangup"] as const;
const MACHINES = ["off", "hangup", "same", "leave"] as const;

export function Message({ form, put }: Part) {
  const { t } = useWords();
  if (form.channel !== "call") return <Written form={form} put={put} />;
  return (
    <>
      <Card>
        <Choices
          legend={t("campaigns.what")}
          value={form.what}
          onChange={(what) => put({ what })}
          options={(["text", "audio", "flow"] as const).map((what) => [what, t(`campaigns.what_${what}`)] as const)}
        />
        {form.what === "text" && <Text form={form} put={put} />}
        {form.what === "audio" && <Sound value={form.audio} onChange={(audio) => put({ audio })} />}
        {form.what === "flow" && <Flow form={form} put={put} />}
      </Card>
      {form.what !== "flow" && <Keys form={form} put={put} />}
      {form.what !== "flow" && <Machine form={form} put={put} />}
      <From form={form} put={put} />
      <Fallback form={form} put={put} />
    </>
  );
}

/** What a text or an email says. */
function Written({ form, put }: Part) {
  const { t } = useWords();
  const names = placeholders(form);
  return (
    <Card title={t("campaigns.written")}>
      {form.channel === "email" && (
        <TextField
          label={t("campaigns.subject")}
          name="email.subject"
          value={form.subject}
          onChange={(event) => put({ subject: event.target.value })}
        />
      )}
      <TextArea
        label={t("campaigns.text")}
        name={form.channel === "email" ? "email.text" : "sms.message"}
        rows={form.channel === "email" ? 10 : 5}
        hint={
          names.length > 0
            ? t("campaigns.text_hint", { names: names.map((name) => `{${name}}`).join(" ") })
            : t("campaigns.text_hint_none")
        }
        value={form.text}
        onChange={(event) => put({ text: event.target.value })}
      />
      {form.channel === "email" && (
        <Files files={form.files} onChange={(change) => put((before) => ({ files: change(before.files) }))} />
      )}
    </Card>
  );
}

/** The text to whom the last call did not reach. */
function Fallback({ form, put }: Part) {
  const { t } = useWords();
  return (
    <Card>
      <TextArea
        label={t("campaigns.fallback")}
        hint={t("campaigns.fallback_hint")}
        name="fallback_sms.message"
        optional
        rows={2}
        value={form.fallback}
        onChange={(event) => put({ fallback: event.target.value })}
      />
    </Card>
  );
}

/** Values of the first person of the list, under the names that the text may use. */
export function firstPerson(form: CampaignForm): { to: string; variables: Record<string, string> } | null {
  const row = isList(form) ? form.recipients[0] : undefined;
  return row === undefined ? null : personOf(form, row);
}

/** Values for every placeholder of a text, so that it can always be heard. */
export function valuesFor(text: string, variables: Record<string, string>): Record<string, string> {
  const known = new Map(Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value]));
  const found: Record<string, string> = { ...variables };
  for (const match of text.matchAll(/\{\{?\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}?\}|#([A-Za-z_][A-Za-z0-9_.]*)#/g)) {
    const name = match[1] ?? match[2] ?? "";
    if (!known.has(name.toLowerCase())) found[name] = name;
  }
  return found;
}

function Text({ form, put }: Part) {
  const { t } = useWords();
  const names = placeholders(form);
  const voices = useGet("/api/v1/voices", {}, { staleTime: 300_000 });
  const person = firstPerson(form);
  const options: Option[] = (voices.data?.voices ?? []).map((voice) => [voice.name, `${voice.name} (${voice.language})`] as const);
  return (
    <>
      <TextArea
        label={t("campaigns.text")}
        name="message"
        rows={5}
        hint={
          names.length > 0
            ? t("campaigns.text_hint", { names: names.map((name) => `{${name}}`).join(" ") })
            : t("campaigns.text_hint_none")
        }
        value={form.text}
        onChange={(event) => put({ text: event.target.value })}
      />
      <SelectField
        label={t("campaigns.voice")}
        name="voice"
        value={form.voice}
        onChange={(event) => put({ voice: event.target.value })}
        options={[["", t("campaigns.voice_account")], ...options]}
      />
      <Hear
        text={form.text}
        voice={form.voice}
        values={valuesFor(form.text, person?.variables ?? {})}
        label={person === null ? t("campaigns.hear") : t("campaigns.hear_as", { to: person.to })}
      />
    </>
  );
}

function Flow({ form, put }: Part) {
  const { t } = useWords();
  const flows = usePages("/api/v1/flows", "flows", {}, { limit: 200 });
  const published = flows.items.filter((flow) => flow.published_version !== null);
  if (!flows.loading && published.length === 0)
    return (
      <Note title={t("campaigns.flow_none")}>
        <div>
          <ButtonLink to="/flows">{t("campaigns.flow_build")}</ButtonLink>
        </div>
      </Note>
    );
  return (
    <>
      <SelectField
        label={t("campaigns.flow")}
        name="flow"
        hint={t("campaigns.flow_version")}
        value={form.flow}
        onChange={(event) => put({ flow: event.target.value })}
        options={[
          ["", t("campaigns.choose")],
          ...published.map(
            (flow) => [flow.flow_id, `${flow.name} (${t("flows.version", { version: String(flow.published_version) })})`] as const,
          ),
        ]}
      />
      {form.flow !== "" && <Link to={`/flows/${form.flow}`}>{t("flows.show")}</Link>}
    </>
  );
}

function Keys({ form, put }: Part) {
  const { t } = useWords();
  const change = (index: number, next: Partial<KeyChoice>) =>
    put({ keys: form.keys.map((each, place) => (place === index ? { ...each, ...next } : each)) });
  const free = [..."123456789*0#"].filter((key) => !form.keys.some((each) => each.key === key));
  return (
    <Card title={t("campaigns.keys")}>
      {form.keys.map((each, index) => (
        <div key={each.key} className="columns-narrow">
          <SelectField
            label={t("campaigns.key")}
            value={each.key}
            onChange={(event) => change(index, { key: event.target.value })}
            options={[each.key, ...free].map((key) => [key, key] as const)}
          />
          <SelectField
            label={t("campaigns.key_does")}
            value={each.action}
            onChange={(event) => change(index, { action: event.target.value as KeyChoice["action"] })}
            options={ACTIONS.map((action) => [action, t(`campaigns.key_${action}`)] as const)}
          />
          {each.action === "say" && (
            <TextField
              label={t("campaigns.key_say_text")}
              name={`dtmf.${each.key}.text`}
              value={each.text}
              onChange={(event) => change(index, { text: event.target.value })}
            />
          )}
          {each.action === "transfer" && (
            <TextField
              label={t("campaigns.key_to")}
              name={`dtmf.${each.key}.to`}
              type="tel"
              value={each.to}
              onChange={(event) => change(index, { to: event.target.value })}
            />
          )}
          <Button
            look="quiet"
            aria-label={t("campaigns.remove_key", { key: each.key })}
            onClick={() => put({ keys: form.keys.filter((_, place) => place !== index) })}
          >
            <Trash2 size={16} aria-hidden="true" />
          </Button>
        </div>
      ))}
      <div>
        <Button
          disabled={free.length === 0}
          onClick={() =>
            put({ keys: [...form.keys, { key: free[0] ?? "1", action: "say", text: t("campaigns.thanks"), to: "" }] })
          }
        >
          <Plus size={18} aria-hidden="true" />
          {t("campaigns.add_key")}
        </Button>
      </div>
    </Card>
  );
}

function Machine({ form, put }: Part) {
  const { t } = useWords();
  return (
    <Card>
      <SelectField
        label={t("campaigns.machine")}
        value={form.machine}
        onChange={(event) => put({ machine: event.target.value as CampaignForm["machine"] })}
        options={MACHINES.map((mode) => [mode, t(`campaigns.machine_${mode}`)] as const)}
      />
      {form.machine === "leave" && (
        <TextArea
          label={t("campaigns.machine_message")}
          value={form.machineMessage}
          onChange={(event) => put({ machineMessage: event.target.value })}
        />
      )}
    </Card>
  );
}

function From({ form, put }: Part) {
  const { t } = useWords();
  const { may } = useSession();
  const numbers = usePages("/api/v1/numbers", "numbers", {}, { limit: 200, enabled: may("numbers:read") });
  if (numbers.items.length < 2) return null;
  return (
    <Card>
      <SelectField
        label={t("campaigns.from")}
        name="from"
        value={form.from}
        onChange={(event) => put({ from: event.target.value })}
        options={[["", t("campaigns.from_first")], ...numbers.items.map((each) => [each.e164, each.e164] as const)]}
      />
    </Card>
  );
}
