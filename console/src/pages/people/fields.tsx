// The organisation's own fields of people: what filters, imports and placeholders know them by.
import { Tags } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Await, Button, Card, ChangeForm, Confirm, Empty, Page, SelectField, Table, TextField, Time, useToast,
} from "../../ui";
import { ContactTabs } from "./contacts";

const PATH = "/api/v1/contacts/fields";
const TYPES = ["text", "number", "boolean", "date"] as const;
type Type = (typeof TYPES)[number];

export default function Fields() {
  const { t } = useWords();
  const { may } = useSession();
  const fields = useGet(PATH);
  const writes = may("contacts:write");
  return (
    <Page title={t("nav.contacts")} description={t("fields.description")} actions={writes && <AddField />}>
      <ContactTabs />
      <Await query={fields}>
        {(found) => (
          <Card bare label={t("fields.title")}>
            {found.fields.length === 0 ? (
              <Empty icon={<Tags />} title={t("fields.empty")}>
                {t("fields.empty_text")}
              </Empty>
            ) : (
              <Table
                label={t("fields.title")}
                rows={found.fields}
                id={(field) => field.name}
                columns={[
                  { head: t("fields.label"), cell: (field) => field.label },
                  { head: t("common.name"), cell: (field) => <code>{field.name}</code> },
                  { head: t("fields.type"), cell: (field) => t(`fields.type_${field.type}`) },
                  { head: t("common.created"), cell: (field) => <Time at={field.created_at} /> },
                  {
                    head: t("common.actions"),
                    hideHead: true,
                    cell: (field) => (writes ? <RemoveField name={field.name} label={field.label} /> : ""),
                  },
                ]}
              />
            )}
          </Card>
        )}
      </Await>
    </Page>
  );
}

function AddField() {
  const { t } = useWords();
  return (
    <AddDialog title={t("fields.add")}>
      {(close) => <FieldForm onDone={close} />}
    </AddDialog>
  );
}

function FieldForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const [name, setName] = useState("");
  const [label, setLabel] = useState("");
  const [type, setType] = useState<Type>("text");
  const add = useChange(() => data(api.POST(PATH, { body: { name: name.trim(), label: label.trim() || null, type } })), {
    touches: [PATH],
    onDone: props.onDone,
  });
  return (
    <ChangeForm change={add} submit={t("common.add")}>
      <TextField label={t("common.name")} hint={t("fields.name_hint")} name="name" value={name} onChange={(e) => setName(e.target.value)} />
      <TextField label={t("fields.label")} optional name="label" value={label} onChange={(e) => setLabel(e.target.value)} />
      <SelectField
        label={t("fields.type")}
        name="type"
        value={type}
        onChange={(e) => setType(e.target.value as Type)}
        options={TYPES.map((each) => [each, t(`fields.type_${each}`)] as const)}
      />
    </ChangeForm>
  );
}

function RemoveField(props: { name: string; label: string }) {
  const { t } = useWords();
  const say = useToast();
  const remove = useChange(() => api.DELETE("/api/v1/contacts/fields/{name}", { params: { path: { name: props.name } } }), {
    touches: [PATH, "/api/v1/contacts/{contact_id}"],
    onDone: () => say(t("fields.removed")),
  });
  return (
    <Confirm
      title={t("fields.remove_title", { name: props.label })}
      action={t("common.remove")}
      trigger={<Button small>{t("common.remove")}</Button>}
      onConfirm={() => remove.runAsync()}
    >
      <p>{t("fields.remove_text")}</p>
    </Confirm>
  );
}
