// A sign of life from a provider, and what is said over its line.
import { useState } from "react";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Button, ChangeForm, Code, Dialog, Facts, Loading, Note, ProblemNote, TextField } from "../../ui";
import type { Trunk } from "./trunks";

export function Test({ trunk }: { trunk: Trunk }) {
  const { t } = useWords();
  const test = useChange(() =>
    data(api.POST("/api/v1/trunks/{trunk_id}/test", { params: { path: { trunk_id: trunk.trunk_id } } })),
  );
  const found = test.result;
  return (
    <Dialog
      title={t("trunks.test_title", { name: trunk.name })}
      trigger={<Button small>{t("trunks.test")}</Button>}
      onOpenChange={(open) => (open ? test.run() : test.reset())}
    >
      {test.busy && (
        <>
          <p role="status">{t("trunks.testing")}</p>
          <Loading />
        </>
      )}
      {test.problem !== null && <ProblemNote problem={test.problem} again={() => test.run()} />}
      {found !== undefined && !test.busy && (
        <>
          <Note tone={found.good ? "good" : "bad"} role="status">
            {found.good
              ? t("trunks.good")
              : found.certificate !== null
                ? t("trunks.bad_certificate")
                : found.reachable
                  ? t("trunks.not_registered")
                  : t("trunks.silent")}
          </Note>
          <Facts
            of={[
              [t("trunks.answer"), found.answer],
              [t("trunks.registration"), found.registration ?? undefined],
              [t("trunks.certificate"), found.certificate ?? undefined],
            ]}
          />
          <div>
            <Button onClick={() => test.run()}>{t("common.again")}</Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

export function Trace({ trunk }: { trunk: Trunk }) {
  const { t } = useWords();
  const format = useFormat();
  const [seconds, setSeconds] = useState("10");
  const trace = useChange(() =>
    data(
      api.POST("/api/v1/trunks/{trunk_id}/trace", {
        params: { path: { trunk_id: trunk.trunk_id } },
        body: { seconds: Number(seconds) },
      }),
    ),
  );
  const messages = trace.result?.messages;
  return (
    <Dialog
      wide
      title={t("trunks.trace_title", { name: trunk.name })}
      description={t("trunks.trace_text")}
      trigger={<Button small>{t("trunks.trace")}</Button>}
      onOpenChange={() => trace.reset()}
    >
      <ChangeForm change={trace} submit={t("trunks.listen")}>
        <TextField
          label={t("trunks.seconds")}
          name="seconds"
          type="number"
          min={1}
          max={60}
          value={seconds}
          onChange={(event) => setSeconds(event.target.value)}
        />
      </ChangeForm>
      {messages !== undefined && !trace.busy && (
        <>
          <p role="status">{t("trunks.messages", { count: messages.length })}</p>
          {messages.length > 0 && (
            <Code
              label={t("trunks.trace")}
              text={messages
                .map((each) => `--- ${format.clock(each.at)}  ${each.source} → ${each.target}\n${each.text.trim()}\n`)
                .join("\n")}
            />
          )}
        </>
      )}
    </Dialog>
  );
}
