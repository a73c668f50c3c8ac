import { useParams } from "react-router";
import { useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { Await, Facts, Card, Page, Time } from "../../ui";
import { CallState } from "./state";

export default function Call() {
  const { t } = useWords();
  const { callId = "" } = useParams();
  const call = useGet("/api/v1/calls/{call_id}", { path: { call_id: callId } });
  return (
    <Await query={call}>
      {(found) => (
        <Page title={found.to} from={[t("calls.title"), "/calls"]}>
          <Card>
            <Facts
              of={[
                [t("calls.outcome"), <CallState key="" status={found.status} outcome={found.outcome} />],
                [t("calls.from"), found.from],
                [t("calls.when"), <Time key="" at={found.created_at} exact />],
              ]}
            />
          </Card>
        </Page>
      )}
    </Await>
  );
}
