// One trial of a flow: the websocket, the sound that it sends, the microphone that it hears.
import type { FieldProblem } from "../../api/problem";
import { Microphone } from "./microphone";

export type TrialMessage = { type: string; [field: string]: unknown };
export interface Refusal {
  detail: string;
  errors: FieldProblem[];
}
export interface TrialStart {
  flow: unknown;
  variables: Record<string, string>;
  answered_by: "person" | "machine";
}

export class Trial {
  private readonly socket: WebSocket;
  private readonly sound = new AudioContext();
  private readonly playing = new Map<string, AudioBufferSourceNode>();
  private announced: TrialMessage | null = null;
  private microphone: Microphone | null = null;
  private over = false;

  constructor(
    start: TrialStart,
    private readonly listener: {
      message: (message: TrialMessage) => void;
      refused: (refusal: Refusal) => void;
      closed: () => void;
    },
  ) {
    const address = new URL("/api/v1/flows/try", window.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.socket.send(JSON.stringify({ type: "start", ...start }));
    this.socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => void this.take(event.data);
    this.socket.onclose = () => this.finish();
  }

  say(type: string, fields: Record<string, unknown> = {}): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type, side: "callee", ...fields }));
  }

  /** Lets the flow hear the microphone; rejects when the person does not allow it. */
  async listen(): Promise<void> {
    this.microphone ??= await Microphone.open((samples) => {
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send(samples);
    });
    if (this.over) this.microphone.close();
  }

  close(): void {
    this.socket.close();
    this.finish();
  }

  private async take(data: string | ArrayBuffer): Promise<void> {
    if (typeof data !== "string") {
      const announced = this.announced;
      this.announced = null;
      if (announced !== null) await this.play(announced, data);
      return;
    }
    const message = JSON.parse(data) as TrialMessage;
    if (message.type === "refused") {
      const problem = message.problem as { detail: string; errors?: FieldProblem[] };
      this.listener.refused({ detail: problem.detail, errors: problem.errors ?? [] });
      return;
    }
    if (message.type === "play") this.announced = message;
    if (message.type === "stop") this.stop(`${String(message.side)} ${String(message.play_id)}`);
    this.listener.message(message);
  }

  private async play(announced: TrialMessage, wav: ArrayBuffer): Promise<void> {
    const name = `${String(announced.side)} ${String(announced.play_id)}`;
    const done = () => {
      if (this.playing.delete(name)) this.say("played", { side: announced.side, play_id: announced.play_id });
    };
    try {
      const source = this.sound.createBufferSource();
      this.playing.set(name, source);
      source.buffer = await this.sound.decodeAudioData(wav);
      source.connect(this.sound.destination);
      source.onended = done;
      if (this.playing.has(name)) source.start();
    } catch {
      // a sound of no length cannot be decoded: it has been heard
      done();
    }
  }

  private stop(name: string): void {
    const source = this.playing.get(name);
    this.playing.delete(name);
    if (source?.buffer) source.stop();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    for (const name of [...this.playing.keys()]) this.stop(name);
    this.microphone?.close();
    void this.sound.close();
    this.listener.closed();
  }
}
