import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { Alone } from "../../shell/alone";
import { Await, Button, ButtonLink, ChangeForm, Form, SelectField, TextField } from "../../ui";
import { regions, timeZones } from "../../ui/places";

/** The first owner. The token stands after the #, so that no server's log has it. */
export default function Setup() {
  const { t } = useWords();
  const setup = useGet("/api/v1/setup");
  const [token, setToken] = useState(() => location.hash.slice(1));
  const [typed, setTyped] = useState("");
  return (
    <Await query={setup}>
      {({ open }) => {
        if (!open) {
          return (
            <Alone title={t("entry.setup")} text={t("entry.setup_done")}>
              <ButtonLink to="/sign-in" look="primary">
                {t("entry.sign_in")}
              </ButtonLink>
            </Alone>
          );
        }
        if (token === "") {
          return (
            <Alone title={t("entry.setup_link")} text={t("entry.setup_link_text")}>
              <Form
                onSubmit={() => setToken(typed.trim().split("#").at(-1) ?? "")}
                actions={
                  <Button type="submit" look="primary">
                    {t("common.next")}
                  </Button>
                }
              >
                <TextField label={t("entry.token")} value={typed} onChange={(event) => setTyped(event.target.value)} />
              </Form>
            </Alone>
          );
        }
        return <Claim token={token} />;
      }}
    </Await>
  );
}

function Claim(props: { token: string }) {
  const { t, language } = useWords();
  const navigate = useNavigate();
  const client = useQueryClient();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const [organisation, setOrganisation] = useState("");
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [zone, setZone] = useState(here);
  const [region, setRegion] = useState(() => new Intl.Locale(navigator.language).maximize().region ?? "US");
  const claim = useChange(
    async () => {
      await api.POST("/api/v1/setup", {
        body: { token: props.token, organisation, name, email, password, time_zone: zone, region },
      });
      await api.POST("/api/v1/sessions", { body: { email, password, cookie: true, sandbox: false } });
    },
    {
      onDone: () => {
        client.clear();
        void navigate("/start", { replace: true });
      },
    },
  );
  return (
    <Alone title={t("entry.setup")} text={t("entry.setup_text")}>
      <ChangeForm change={claim} submit={t("entry.begin")}>
        <TextField
          label={t("entry.organisation")}
          hint={t("entry.organisation_hint")}
          name="organisation"
          autoComplete="organization"
          value={organisation}
          onChange={(event) => setOrganisation(event.target.value)}
        />
        <TextField
          label={t("entry.your_name")}
          name="name"
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label={t("entry.email")}
          name="email"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label={t("entry.new_password")}
          hint={t("entry.password_hint")}
          name="password"
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <SelectField
          label={t("entry.time_zone")}
          name="time_zone"
          options={timeZones(here)}
          value={zone}
          onChange={(event) => setZone(event.target.value)}
        />
        <SelectField
          label={t("entry.region")}
          name="region"
          options={regions(language)}
          value={region}
          onChange={(event) => setRegion(event.target.value)}
        />
      </ChangeForm>
    </Alone>
  );
}
