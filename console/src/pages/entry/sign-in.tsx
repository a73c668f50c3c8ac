import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { api, data } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { Alone } from "../../shell/alone";
import { Button, Form, Note, TextField } from "../../ui";

/** Email and password; the code is asked for when the password was right and there is a second factor. */
export default function SignIn() {
  const { t } = useWords();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [search] = useSearchParams();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const setup = useGet("/api/v1/setup");
  const signIn = useChange(
    () => data(api.POST("/api/v1/sessions", { body: { email, password, cookie: true, sandbox: false, code: code || null } })),
    {
      onDone: () => {
        client.clear();
        const next = search.get("next") ?? "/";
        void navigate(next.startsWith("/") && !next.startsWith("//") ? next : "/", { replace: true });
      },
    },
  );
  const needsCode = signIn.problem?.code === "second_factor_needed" || code !== "";
  const problem = signIn.problem?.code === "second_factor_needed" ? null : signIn.problem;
  return (
    <Alone title={t("entry.sign_in")}>
      {setup.data?.open && <Note tone="info">{t("entry.not_claimed")}</Note>}
      {search.has("chosen") && <Note tone="good">{t("entry.chosen")}</Note>}
      <Form
        onSubmit={() => signIn.run()}
        problem={problem}
        actions={
          <Button type="submit" look="primary" busy={signIn.busy}>
            {t("entry.sign_in")}
          </Button>
        }
      >
        <TextField
          label={t("entry.email")}
          name="email"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          required
        />
        <TextField
          label={t("entry.password")}
          name="password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          required
        />
        {needsCode && (
          <TextField
            label={t("entry.code")}
            hint={t("entry.code_hint")}
            name="code"
            autoComplete="one-time-code"
            autoFocus
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
      </Form>
      <Link to="/reset">{t("entry.forgotten")}</Link>
    </Alone>
  );
}
