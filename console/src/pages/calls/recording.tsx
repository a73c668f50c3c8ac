import { useGet } from "../../api/queries";
import { useWords } from "../../i18n";
import { Await, Note } from "../../ui";
import { Player, type Mark } from "./player";

const DONE = new Set(["ready", "failed", "deleted"]);

/** A recording with its waveform; while it is being made it is asked for again. */
export function Recording(props: { id: string; marks?: readonly Mark[] }) {
  const { t, maybe } = useWords();
  const recording = useGet(
    "/api/v1/recordings/{recording_id}",
    { path: { recording_id: props.id } },
    // its links hold for an hour: other links would load the sound again
    { every: (data) => (DONE.has(data?.state ?? "") ? false : 2_000), staleTime: 600_000 },
  );
  return (
    <Await query={recording}>
      {(found) =>
        found.links === null ? (
          <Note>{found.reason ?? maybe(`recording.${found.state}`, found.state)}</Note>
        ) : (
          <div className="stack">
            <Player src={found.links.wav} download={found.links.mp3} marks={props.marks ?? []} seconds={found.seconds} />
            {found.transcript !== null && <Transcript transcript={found.transcript} />}
            {found.transcript_state === "waiting" && <p className="soft small">{t("recordings.transcribing")}</p>}
          </div>
        )
      }
    </Await>
  );
}

function Transcript(props: { transcript: Record<string, unknown> }) {
  const { t } = useWords();
  const pieces = props.transcript.pieces as { at: number; side: string; text: string }[] | undefined;
  if (pieces === undefined) return null;
  return (
    <details>
      <summary>{t("recordings.transcript")}</summary>
      <div className="stack-small">
        {pieces.map((piece) => (
          <p key={`${piece.at} ${piece.side}`}>
            <strong>{piece.side === "callee" ? t("player.theirs") : t("player.ours")}: </strong>
            {piece.text}
          </p>
        ))}
      </div>
    </details>
  );
}
