// Who is called: a pasted list, a file, a group or a filter; wrong lines are shown in their place.
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { api, data, inSandbox } from "../../../api/client";
import { asProblem, Problem } from "../../../api/problem";
import { usePages } from "../../../api/queries";
import { useWords } from "../../../i18n";
import { useFormat } from "../../../i18n/format";
import { Card, CheckField, Note, ProblemNote, SelectField, TextArea, TextField, Told } from "../../../ui";
import { Choices } from "./choices";
import { nameOf, read, write } from "./csv";
import { CHANNELS, MOST_PEOPLE, OTHER, SKIP, TO, isList, personOf, writtenOf, type CampaignForm } from "./form";

import type { Part } from "./wizard";

/** How people are reached: by a call, a text or an email. Numbers and addresses are different lists. */
export function Channel({ form, put }: Part) {
  const { t } = useWords();
  return (
    <Choices
      legend={t("campaigns.channel")}
      value={form.channel}
      onChange={(channel) =>
        put({
          channel,
          ...((channel === "email") !== (form.channel === "email")
            ? { pasted: "", recipients: [], columns: [], mapping: [], fileName: "" }
            : channel === "sms"
              ? { mapping: form.mapping.map((each) => (each === OTHER ? SKIP : each)) }
              : {}),
        })
      }
      options={CHANNELS.map((channel) => [channel, t(`campaigns.channel_${channel}`)] as const)}
    />
  );
}

export function Audience({ form, put }: Part) {
  const { t } = useWords();
  return (
    <>
      <Card>
        <Choices
          legend={t("campaigns.who")}
          value={form.who}
          onChange={(who) => put({ who, ...(who === "paste" || who === "file" ? { pasted: "", recipients: [], columns: [], mapping: [], fileName: "" } : {}) })}
          options={(["paste", "file", "group", "segment"] as const).map((who) => [who, t(`campaigns.who_${who}`)] as const)}
        />
        {form.who === "paste" && <Paste form={form} put={put} />}
        {form.who === "file" && <File form={form} put={put} />}
        {form.who === "group" && <Group form={form} put={put} />}
        {form.who === "segment" && <Segment form={form} put={put} />}
      </Card>
      {isList(form) && form.recipients.length > 0 && <List form={form} put={put} />}
    </>
  );
}

function take(text: string, { form, put }: Part, header?: boolean): void {
  const sheet = read(text, header, form.channel === "email" ? "addresses" : "numbers");
  // only a call goes on to a second number
  const mapping = sheet.mapping.map((each) => (each === OTHER && form.channel !== "call" ? SKIP : each));
  put({ recipients: sheet.rows, columns: sheet.columns, mapping });
}

function Paste({ form, put }: Part) {
  const { t } = useWords();
  return (
    <TextArea
      label={t(form.channel === "email" ? "campaigns.paste_addresses" : "campaigns.paste")}
      hint={t(form.channel === "email" ? "campaigns.paste_addresses_hint" : "campaigns.paste_hint")}
      rows={8}
      spellCheck={false}
      placeholder={form.channel === "email" ? "email, NAME\nada@example.com, Ada" : "phone, NAME\n+12125550100, Ada"}
      value={form.pasted || (form.recipients.length > 0 ? write(form.columns, form.recipients) : "")}
      onChange={(event) => {
        put({ pasted: event.target.value });
        take(event.target.value, { form, put });
      }}
    />
  );
}

function File({ form, put }: Part) {
  const { t } = useWords();
  const [text, setText] = useState<string | null>(null);
  return (
    <>
      <TextField
        label={t("campaigns.file")}
        hint={form.fileName || t("campaigns.file_hint")}
        type="file"
        accept=".csv,.txt,.tsv,text/csv,text/plain"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file === undefined) return;
          void file.text().then((content) => {
            setText(content);
            put({ fileName: file.name });
            take(content, { form, put });
          });
        }}
      />
      {text !== null && (
        <CheckField
          label={t("campaigns.header")}
          checked={form.columns.some((column) => column !== "")}
          onChange={(event) => take(text, { form, put }, event.target.checked)}
        />
      )}
    </>
  );
}

interface Checked {
  of: string;
  errors: ReadonlyMap<number, string>;
  problem: Problem | null;
}

/** Lines that cannot be called, by their place; what else is wrong with the account is said later. */
async function look(form: CampaignForm): Promise<Omit<Checked, "of">> {
  const body = {
    ...(form.channel === "call" ? { message: "x" } : writtenOf({ ...form, subject: "x", text: "x" })),
    recipients: form.recipients.map((row) => personOf(form, row)),
    on_bad_recipients: "skip" as const,
    dry_run: true,
  };
  const found = (errors: readonly { field: string; message: string }[]) => {
    const lines = new Map<number, string>();
    for (const error of errors) {
      const line = /^recipients\[(\d+)\]/.exec(error.field)?.[1];
      if (line !== undefined && !lines.has(Number(line))) lines.set(Number(line), error.message);
    }
    return lines;
  };
  const ask = async (headers?: Record<string, string>) => {
    try {
      const answer = (await data(
        api.POST("/api/v1/campaigns", { body: body as never, ...(headers ? { headers } : {}) }),
      )) as unknown as { errors: { field: string; message: string }[] };
      return { errors: found(answer.errors), problem: null };
    } catch (error) {
      const problem = asProblem(error);
      const errors = found(problem.errors);
      return { errors, problem: errors.size > 0 ? null : problem };
    }
  };
  const live = form.sandbox ? null : await ask();
  // without a number of its own the organisation can rehearse only: its list is looked at all the same
  return live !== null && live.problem === null ? live : ask(inSandbox);
}

function List({ form, put }: Part) {
  const { t } = useWords();
  const format = useFormat();
  const [checked, setChecked] = useState<Checked | null>(null);
  const count = form.recipients.length;
  const long = count > MOST_PEOPLE;
  const key = JSON.stringify([form.mapping, form.recipients]);
  const ready = form.mapping.includes(TO) && !long;
  useEffect(() => {
    if (!ready) return;
    let gone = false;
    const timer = setTimeout(
      () => void look(form).then((found) => gone || setChecked({ of: key, ...found })),
      500,
    );
    return () => {
      gone = true;
      clearTimeout(timer);
    };
    // the list decides, not the rest of the form
    // eslint-disable-next-line
  }, [key, ready]);
  const current = checked !== null && checked.of === key ? checked : null;
  const wrong = current?.errors ?? new Map<number, string>();
  // wrong lines first, so that nobody has to look for them
  const order = [...new Set([...wrong.keys(), ...form.recipients.slice(0, 50).keys()])].slice(0, 50);
  return (
    <Card title={t("campaigns.preview")}>
      <div className="columns-narrow">
        {form.columns.map((column, index) => {
          const name = column || t("campaigns.column_first", { number: index + 1 });
          const own = nameOf(column, index);
          const now = form.mapping[index] ?? SKIP;
          return (
            <SelectField
              key={index}
              label={t("campaigns.column", { name })}
              value={now}
              onChange={(event) => {
                const chosen = event.target.value;
                put({
                  // one column has the number
                  mapping: form.mapping.map((each, place) =>
                    place === index ? chosen : chosen === TO && each === TO ? nameOf(form.columns[place] ?? "", place) : each,
                  ),
                });
              }}
              options={[
                [TO, t(form.channel === "email" ? "campaigns.column_address" : "campaigns.column_to")],
                ...(form.channel === "call" ? [[OTHER, t("campaigns.column_other")] as const] : []),
                [own, t("campaigns.column_variable", { name: own })],
                [SKIP, t("campaigns.column_skip")],
              ]}
            />
          );
        })}
      </div>
      {!form.mapping.includes(TO) && <Note tone="warn">{t(form.channel === "email" ? "campaigns.no_address_column" : "campaigns.no_column")}</Note>}
      {long && <Note tone="warn">{t("campaigns.file_long", { count: format.number(count) })}</Note>}
      {current?.problem && <ProblemNote problem={current.problem} />}
      {wrong.size > 0 && <Note tone="warn" role="status">{t("campaigns.bad_rows", { count: wrong.size })}</Note>}
      {current !== null && current.problem === null && wrong.size === 0 && (
        <Note tone="good" role="status">
          {t("campaigns.all_good")}
        </Note>
      )}
      <p className="soft">{t("campaigns.rows", { count })}</p>
      <div className="cells" tabIndex={0} role="region" aria-label={t("campaigns.preview")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("campaigns.line")}</th>
              {form.columns.map((column, index) => (
                <th key={index} scope="col">
                  {column || t("campaigns.column_first", { number: index + 1 })}
                </th>
              ))}
              {wrong.size > 0 && <th scope="col">{t("campaigns.problem")}</th>}
            </tr>
          </thead>
          <tbody>
            {order.map((line) => (
              <tr key={line} className={wrong.has(line) ? "wrong" : undefined}>
                <td className="tabular">{line + 1}</td>
                {form.columns.map((_, index) => (
                  <td key={index}>{form.recipients[line]?.[index]}</td>
                ))}
                {wrong.size > 0 && <td className="reason"><Told text={wrong.get(line) ?? ""} /></td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Group({ form, put }: Part) {
  const { t } = useWords();
  const format = useFormat();
  const groups = usePages("/api/v1/groups", "groups", {}, { limit: 200 });
  if (!groups.loading && groups.items.length === 0)
    return (
      <p className="soft">
        {t("campaigns.no_groups")} <Link to="/imports">{t("nav.imports")}</Link>
      </p>
    );
  return (
    <SelectField
      label={t("campaigns.group")}
      value={form.group}
      onChange={(event) => put({ group: event.target.value })}
      options={[
        ["", t("campaigns.choose")],
        ...groups.items.map((group) => [group.group_id, `${group.name} (${format.number(group.members)})`] as const),
      ]}
    />
  );
}

function Segment({ form, put }: Part) {
  const { t } = useWords();
  const segments = usePages("/api/v1/segments", "segments", {}, { limit: 200 });
  if (!segments.loading && segments.items.length === 0)
    return (
      <p className="soft">
        {t("campaigns.no_segments")} <Link to="/segments">{t("nav.segments")}</Link>
      </p>
    );
  return (
    <SelectField
      label={t("campaigns.segment")}
      value={form.segment}
      onChange={(event) => put({ segment: event.target.value })}
      options={[["", t("campaigns.choose")], ...segments.items.map((each) => [each.segment_id, each.name] as const)]}
    />
  );
}

