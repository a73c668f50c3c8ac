import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange, usePages } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  Badge, Button, Card, ChangeForm, Code, Empty, Note, Page, PagedTable, TextField, Time, useToast,
} from "../../ui";
import { QrCode } from "./qr";

const ME = "/api/v1/users/me";

export default function You() {
  const { t } = useWords();
  return (
    <Page title={t("you.title")} description={t("you.description")}>
      <div className="columns">
        <Card title={t("you.person")}>
          <PersonForm />
        </Card>
        <Card title={t("you.password")}>
          <PasswordForm />
        </Card>
        <Card title={t("you.second_factor")}>
          <SecondFactor />
        </Card>
      </div>
      <h2>{t("you.sessions")}</h2>
      <Sessions />
    </Page>
  );
}

function PersonForm() {
  const { t } = useWords();
  const { user } = useSession();
  const say = useToast();
  const [name, setName] = useState(user.name);
  const [phone, setPhone] = useState(user.phone ?? "");
  const save = useChange(() => api.PATCH(ME, { body: { name, phone: phone || null } }), {
    touches: [ME],
    onDone: () => say(t("common.saved")),
  });
  return (
    <ChangeForm change={save} submit={t("common.save")} look="plain">
      <TextField label={t("common.email")} readOnly value={user.email} />
      <TextField label={t("common.name")} name="name" autoComplete="name" value={name} onChange={(e) => setName(e.target.value)} />
      <TextField label={t("you.phone")} optional name="phone" type="tel" autoComplete="tel" value={phone} onChange={(e) => setPhone(e.target.value)} />
    </ChangeForm>
  );
}

/** Whoever changes how this person signs in says the password once more. */
function CurrentPassword(props: { label?: string; name?: string; value: string; onChange: (value: string) => void }) {
  const { t } = useWords();
  return (
    <TextField
      label={props.label ?? t("you.current_password")}
      name={props.name ?? "password"}
      type="password"
      autoComplete="current-password"
      value={props.value}
      onChange={(e) => props.onChange(e.target.value)}
    />
  );
}

function PasswordForm() {
  const { t } = useWords();
  const say = useToast();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const save = useChange(
    () => api.PUT("/api/v1/users/me/password", { body: { current_password: old, new_password: next } }),
    {
      touches: ["/api/v1/sessions"],
      onDone: () => {
        say(t("you.password_changed"));
        setOld("");
        setNext("");
      },
    },
  );
  return (
    <ChangeForm change={save} submit={t("common.save")} look="plain">
      <CurrentPassword name="current_password" value={old} onChange={setOld} />
      <TextField
        label={t("you.new_password")}
        hint={t("entry.password_hint")}
        name="new_password"
        type="password"
        autoComplete="new-password"
        value={next}
        onChange={(e) => setNext(e.target.value)}
      />
    </ChangeForm>
  );
}

function SecondFactor() {
  const { t } = useWords();
  const { user } = useSession();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (codes !== null) {
    return (
      <div className="stack">
        <Note tone="warn">{t("you.codes_text")}</Note>
        <Code text={codes.join("\n")} label={t("you.codes")} />
        <div>
          <Button onClick={() => setCodes(null)}>{t("you.codes_kept")}</Button>
        </div>
      </div>
    );
  }
  if (!user.second_factor) return <AddFactor onCodes={setCodes} />;
  return (
    <div className="stack">
      <RemoveFactor />
      <NewCodes onCodes={setCodes} />
    </div>
  );
}

/** New recovery codes in place of those that are used up or lost. */
function NewCodes(props: { onCodes: (codes: readonly string[]) => void }) {
  const { t } = useWords();
  const [password, setPassword] = useState("");
  const replace = useChange(() => data(api.POST("/api/v1/users/me/recovery-codes", { body: { password } })), {
    onDone: (made) => props.onCodes(made.recovery_codes),
  });
  return (
    <details>
      <summary>{t("you.codes_new")}</summary>
      <ChangeForm change={replace} submit={t("you.codes_replace")} look="plain">
        <p>{t("you.codes_new_text")}</p>
        <CurrentPassword label={t("you.codes_password")} value={password} onChange={setPassword} />
      </ChangeForm>
    </details>
  );
}

function AddFactor(props: { onCodes: (codes: readonly string[]) => void }) {
  const { t } = useWords();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const begin = useChange(() => data(api.POST("/api/v1/users/me/second-factor", { body: { password } })));
  const confirm = useChange(() => data(api.POST("/api/v1/users/me/second-factor/confirm", { body: { code } })), {
    touches: [ME],
    onDone: (made) => props.onCodes(made.recovery_codes),
  });
  if (begin.result === undefined) {
    return (
      <ChangeForm change={begin} submit={t("you.factor_add")} look="plain">
        <p>{t("you.factor_text")}</p>
        <CurrentPassword value={password} onChange={setPassword} />
      </ChangeForm>
    );
  }
  return (
    <ChangeForm change={confirm} submit={t("you.factor_confirm")}>
      <p>{t("you.factor_scan")}</p>
      <QrCode text={begin.result.otpauth_uri} label={t("you.factor_picture")} />
      <Code text={begin.result.secret} label={t("you.factor_secret")} />
      <TextField
        label={t("entry.code")}
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={(e) => setCode(e.target.value)}
      />
    </ChangeForm>
  );
}

function RemoveFactor() {
  const { t } = useWords();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const remove = useChange(() => api.POST("/api/v1/users/me/second-factor/remove", { body: { password, code } }), { touches: [ME] });
  return (
    <ChangeForm change={remove} submit={t("you.factor_remove")} look="danger">
      <Badge tone="good">{t("you.factor_on")}</Badge>
      <CurrentPassword value={password} onChange={setPassword} />
      <TextField label={t("entry.code")} name="code" autoComplete="one-time-code" value={code} onChange={(e) => setCode(e.target.value)} />
    </ChangeForm>
  );
}

function Sessions() {
  const { t } = useWords();
  const sessions = usePages("/api/v1/sessions", "sessions");
  const end = useChange(
    (id: string) => api.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id: id } } }),
    { touches: ["/api/v1/sessions"] },
  );
  return (
    <PagedTable
      label={t("you.sessions")}
      pages={sessions}
      id={(session) => session.session_id}
      columns={[
        {
          head: t("you.device"),
          cell: (session) => (
            <span className="row">
              {device(session.user_agent)}
              {session.current && <Badge tone="good">{t("you.this_device")}</Badge>}
            </span>
          ),
        },
        { head: t("audit.address"), cell: (session) => session.address ?? "" },
        { head: t("you.last_seen"), cell: (session) => <Time at={session.last_seen_at} /> },
        {
          head: t("common.actions"),
          hideHead: true,
          cell: (session) =>
            session.current ? (
              ""
            ) : (
              <Button small busy={end.busy} onClick={() => end.run(session.session_id)}>
                {t("shell.sign_out")}
              </Button>
            ),
        },
      ]}
      empty={<Empty title={t("you.sessions")} />}
    />
  );
}

/** "Firefox, Linux" out of what a browser says of itself. */
function device(agent: string | null): string {
  if (agent === null) return "?";
  const browser = /Edg\//.test(agent) ? "Edge" : (/(Firefox|Chrome|Safari)\//.exec(agent)?.[1] ?? agent.slice(0, 30));
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(agent)?.[1];
  return system === undefined ? browser : `${browser}, ${system}`;
}
