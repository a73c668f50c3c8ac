import { useState } from "react";
import { useNavigate } from "react-router";
import { api } from "../../api/client";
import { useChange } from "../../api/queries";
import { useWords, type Key } from "../../i18n";
import { Alone } from "../../shell/alone";
import { ChangeForm, TextField } from "../../ui";

/** Choosing a password with the token after the #. */
export function Choose(props: {
  title: Key;
  text: Key;
  path: "/api/v1/invitations/accept" | "/api/v1/password-resets/accept";
}) {
  const { t } = useWords();
  const navigate = useNavigate();
  const token = location.hash.slice(1);
  const [password, setPassword] = useState("");
  const choose = useChange(() => api.POST(props.path, { body: { token, password } }), {
    onDone: () => void navigate("/sign-in?chosen=1", { replace: true }),
  });
  return (
    <Alone title={t(props.title)} text={t(props.text)}>
      <ChangeForm change={choose} submit={t("entry.choose")}>
        <TextField
          label={t("entry.new_password")}
          hint={t("entry.password_hint")}
          name="password"
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </ChangeForm>
    </Alone>
  );
}
