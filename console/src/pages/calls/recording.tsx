import { Pause, Play } from "lucide-react";
import { api } from "../../api/client";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { useSession } from "../../shell/session";
import { Await, Badge, Button, Note, ProblemNote, Told } from "../../ui";
import { Player, type Mark } from "./player";

const PATH = "/api/v1/recordings/{recording_id}";
const DONE = new Set(["ready", "failed", "deleted"]);

/** A recording with its waveform; while it is being made it is asked for again. */
export function Recording(props: { id: string; marks?: readonly Mark[] }) {
  const { t, maybe } = useWords();
  const recording = useGet(
    PATH,
    { path: { recording_id: props.id } },
    // its links hold for an hour: other links would load the sound again
    { every: (data) => (DONE.has(data?.state ?? "") ? false : 2_000), staleTime: 600_000 },
  );
  return (
    <Await query={recording}>
      {(found) =>
        found.state === "recording" && found.kind === "call" ? (
          <Running recording={found} />
        ) : found.links === null ? (
          <Note>{found.reason === null ? maybe(`recording.${found.state}`, found.state) : <Told text={found.reason} />}</Note>
        ) : (
          <div className="stack">
            <Player src={found.links.wav} download={found.links.mp3} marks={props.marks ?? []} seconds={found.seconds}>
              {(seek) => found.transcript !== null && <Transcript transcript={found.transcript} onSeek={seek} />}
            </Player>
            {found.transcript_state === "waiting" && <p className="soft small">{t("recordings.transcribing")}</p>}
          </div>
        )
      }
    </Await>
  );
}

/** A call in the air is being recorded: silence can take its place, as while a card number is read out. */
function Running({ recording }: { recording: Answer<typeof PATH> }) {
  const { t, maybe } = useWords();
  const { may } = useSession();
  const params = { params: { path: { call_id: recording.call_id } } };
  const turn = useChange(
    (pause: boolean) =>
      pause ? api.POST("/api/v1/calls/{call_id}/recording/pause", params) : api.POST("/api/v1/calls/{call_id}/recording/resume", params),
    { touches: [PATH] },
  );
  return (
    <div className="stack-small">
      <div className="row row-between">
        <Badge tone={recording.paused ? "warn" : "info"} live={!recording.paused}>
          {recording.paused ? t("event.call.recording_paused") : maybe("recording.recording", recording.state)}
        </Badge>
        {may("calls:write") && (
          <Button busy={turn.busy} onClick={() => turn.run(!recording.paused)}>
            {recording.paused ? <Play size={18} aria-hidden="true" /> : <Pause size={18} aria-hidden="true" />}
            {recording.paused ? t("recordings.resume") : t("recordings.pause")}
          </Button>
        )}
      </div>
      {recording.paused && <p className="soft small">{t("recordings.paused_text")}</p>}
      {turn.problem !== null && <ProblemNote problem={turn.problem} />}
    </div>
  );
}

/** What was said, by whom and when; a time moves the player there. */
function Transcript(props: { transcript: Record<string, unknown>; onSeek: (seconds: number) => void }) {
  const { t } = useWords();
  const format = useFormat();
  const pieces = props.transcript.pieces as { at: number; side: string; text: string }[] | undefined;
  if (pieces === undefined) return null;
  return (
    <details>
      <summary>{t("recordings.transcript")}</summary>
      <ol className="said-words">
        {pieces.map((piece) => (
          <li key={`${piece.at} ${piece.side}`}>
            <Button small look="quiet" aria-label={t("player.go_to", { time: format.length(piece.at) })} onClick={() => props.onSeek(piece.at)}>
              <span className="tabular">{format.length(piece.at)}</span>
            </Button>
            <span>
              <strong>{piece.side === "callee" ? t("player.theirs") : t("player.ours")}: </strong>
              {piece.text}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
