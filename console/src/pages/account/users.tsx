import { Ellipsis, Users as UsersIcon } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, usePages, type Entry } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  AddDialog, Badge, Button, ChangeForm, CheckField, Code, Confirm, Dialog, Empty, Form, Menu, MenuItem, Note, Page,
  PagedTable, SelectField, TextField, Time, useToast, type Option,
} from "../../ui";

const PATH = "/api/v1/users";
type User = Entry<typeof PATH, "users">;
type Role = User["role"];
const ROLES: readonly Role[] = ["owner", "manager", "agent", "read-only"];

export default function Users() {
  const { t } = useWords();
  const { user: me, may } = useSession();
  const users = usePages(PATH, "users");
  const writes = may("users:write");
  return (
    <Page title={t("nav.users")} description={t("users.description")} actions={writes && <Invite />}>
      <PagedTable
        label={t("nav.users")}
        pages={users}
        id={(user) => user.user_id}
        columns={[
          {
            head: t("common.name"),
            cell: (user) => (
              <span className="row">
                {user.name || user.email}
                {user.user_id === me.user_id && <Badge>{t("users.you")}</Badge>}
              </span>
            ),
          },
          { head: t("common.email"), cell: (user) => user.email },
          {
            head: t("users.role"),
            cell: (user) => (
              <span className="row">
                {t(`role.${user.role}`)}
                {user.subuser && <Badge>{t("users.subuser")}</Badge>}
              </span>
            ),
          },
          {
            head: t("common.status"),
            cell: (user) =>
              user.disabled_at !== null ? (
                <Badge tone="bad">{t("users.disabled")}</Badge>
              ) : !user.has_password ? (
                <Badge tone="warn">{t("users.invited")}</Badge>
              ) : (
                <Badge tone="good">{user.second_factor ? t("users.two_factors") : t("users.active")}</Badge>
              ),
          },
          { head: t("users.last_login"), cell: (user) => <Time at={user.last_login_at} /> },
          {
            head: t("common.actions"),
            hideHead: true,
            cell: (user) => (writes && user.user_id !== me.user_id ? <Manage user={user} /> : ""),
          },
        ]}
        empty={<Empty icon={<UsersIcon />} title={t("users.empty")} />}
      />
    </Page>
  );
}

function roleOptions(t: ReturnType<typeof useWords>["t"]): Option[] {
  return ROLES.map((role) => [role, t(`role.${role}`)] as const);
}

function Invite() {
  const { t } = useWords();
  return (
    <AddDialog title={t("users.invite")}>
      {(close) => <InviteForm onDone={close} />}
    </AddDialog>
  );
}

function InviteForm(props: { onDone: () => void }) {
  const { t } = useWords();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const [subuser, setSubuser] = useState(false);
  const invite = useChange(() => data(api.POST(PATH, { body: { email, name, role, subuser } })), { touches: [PATH] });
  if (invite.result !== undefined) return <Link token={invite.result.invitation_token} email={email} onDone={props.onDone} />;
  return (
    <ChangeForm change={invite} submit={t("users.invite")}>
      <TextField label={t("common.email")} name="email" type="email" value={email} onChange={(e) => setEmail(e.target.value)} />
      <TextField label={t("common.name")} name="name" value={name} onChange={(e) => setName(e.target.value)} />
      <SelectField
        label={t("users.role")}
        hint={t(`users.role_${role === "read-only" ? "reads" : role}`)}
        name="role"
        value={role}
        onChange={(e) => setRole(e.target.value as Role)}
        options={roleOptions(t)}
      />
      {(role === "agent" || role === "read-only") && (
        <CheckField
          label={t("users.only_own")}
          hint={t("users.only_own_hint")}
          name="subuser"
          checked={subuser}
          onChange={(e) => setSubuser(e.target.checked)}
        />
      )}
    </ChangeForm>
  );
}

/** The invitation's link, to be passed on where no mail goes out. */
function Link(props: { token: string | null; email: string; onDone: () => void }) {
  const { t } = useWords();
  return (
    <div className="stack">
      {props.token === null ? (
        <Note tone="good">{t("users.mailed", { email: props.email })}</Note>
      ) : (
        <>
          <Note tone="good">{t("users.pass_on", { email: props.email })}</Note>
          <Code text={`${location.origin}/app/invitation#${props.token}`} label={t("users.link")} />
        </>
      )}
      <div className="row row-end">
        <Button onClick={props.onDone}>{t("common.close")}</Button>
      </div>
    </div>
  );
}

function Manage({ user }: { user: User }) {
  const { t } = useWords();
  const say = useToast();
  const [open, setOpen] = useState<"role" | "disable" | "delete" | "invite" | null>(null);
  const path = { user_id: user.user_id };
  const [role, setRole] = useState<Role>(user.role);
  const close = (next: boolean) => !next && setOpen(null);
  const change = useChange(
    (body: { role?: Role; disabled?: boolean }) => api.PATCH("/api/v1/users/{user_id}", { params: { path }, body }),
    { touches: [PATH], onDone: () => say(t("common.saved")) },
  );
  const again = useChange(() => data(api.POST("/api/v1/users/{user_id}/invitation", { params: { path } })));
  const remove = useChange(() => api.DELETE("/api/v1/users/{user_id}", { params: { path } }), { touches: [PATH] });
  return (
    <>
      <Menu
        trigger={
          <Button small icon aria-label={t("users.manage", { name: user.name || user.email })}>
            <Ellipsis size={16} aria-hidden="true" />
          </Button>
        }
      >
        <MenuItem onSelect={() => setOpen("role")}>{t("users.change_role")}</MenuItem>
        {!user.has_password && (
          <MenuItem
            onSelect={() => {
              again.run();
              setOpen("invite");
            }}
          >
            {t("users.invite_again")}
          </MenuItem>
        )}
        <MenuItem onSelect={() => (user.disabled_at === null ? setOpen("disable") : change.run({ disabled: false }))}>
          {user.disabled_at === null ? t("users.disable") : t("users.enable")}
        </MenuItem>
        <MenuItem danger onSelect={() => setOpen("delete")}>
          {t("common.delete")}
        </MenuItem>
      </Menu>
      <Dialog title={t("users.change_role")} open={open === "role"} onOpenChange={close}>
        <Form
          onSubmit={() => void change.runAsync({ role }).then(() => setOpen(null), () => undefined)}
          problem={change.problem}
          actions={
            <Button type="submit" look="primary" busy={change.busy}>
              {t("common.save")}
            </Button>
          }
        >
          <SelectField
            label={t("users.role")}
            name="role"
            value={role}
            onChange={(e) => setRole(e.target.value as Role)}
            options={roleOptions(t)}
          />
        </Form>
      </Dialog>
      <Dialog title={t("users.invite_again")} open={open === "invite" && again.result !== undefined} onOpenChange={close}>
        <Link token={again.result?.invitation_token ?? null} email={user.email} onDone={() => setOpen(null)} />
      </Dialog>
      <Confirm
        title={t("users.disable_title", { name: user.name || user.email })}
        action={t("users.disable")}
        open={open === "disable"}
        onOpenChange={close}
        onConfirm={() => change.runAsync({ disabled: true })}
      >
        <p>{t("users.disable_text")}</p>
      </Confirm>
      <Confirm
        title={t("users.delete_title", { name: user.name || user.email })}
        action={t("common.delete")}
        open={open === "delete"}
        onOpenChange={close}
        onConfirm={() => remove.runAsync()}
      >
        <p>{t("users.delete_text")}</p>
      </Confirm>
    </>
  );
}
