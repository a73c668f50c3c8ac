import { UsersRound } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, data } from "../../api/client";
import { useChange, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { AddDialog, ChangeForm, Empty, Page, PagedTable, TextField, Time } from "../../ui";

export default function Groups() {
  const { t } = useWords();
  const format = useFormat();
  const { may } = useSession();
  const groups = usePages("/api/v1/groups", "groups");
  return (
    <Page title={t("nav.groups")} description={t("groups.description")} actions={may("groups:write") && <AddGroup />}>
      <PagedTable
        label={t("nav.groups")}
        pages={groups}
        id={(group) => group.group_id}
        columns={[
          { head: t("common.name"), cell: (group) => <Link to={`/groups/${group.group_id}`}>{group.name}</Link> },
          { head: t("groups.description_field"), cell: (group) => group.description },
          { head: t("groups.members"), number: true, cell: (group) => format.number(group.members) },
          { head: t("common.created"), cell: (group) => <Time at={group.created_at} /> },
        ]}
        empty={
          <Empty icon={<UsersRound />} title={t("groups.empty")}>
            {t("groups.empty_text")}
          </Empty>
        }
      />
    </Page>
  );
}

function AddGroup() {
  const { t } = useWords();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const add = useChange(() => data(api.POST("/api/v1/groups", { body: { name, description } })), {
    touches: ["/api/v1/groups"],
    onDone: (made) => void navigate(`/groups/${made.group_id}`),
  });
  return (
    <AddDialog title={t("groups.add")}>
      <ChangeForm change={add} submit={t("common.add")}>
        <TextField label={t("common.name")} name="name" value={name} onChange={(e) => setName(e.target.value)} />
        <TextField
          label={t("groups.description_field")}
          optional
          name="description"
          value={description}
          onChange={(e) => setDescription(e.target.value)}
        />
      </ChangeForm>
    </AddDialog>
  );
}
