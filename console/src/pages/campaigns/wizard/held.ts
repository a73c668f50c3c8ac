// Files that go with an email: what the draft keeps of one, and its bytes, which stay in this page.

export interface HeldFile {
  id: string;
  filename: string;
  content_type: string;
  bytes: number;
}

export const MOST_FILES = 20;
/** Bytes of all of them; the server takes no more, and many mail servers neither. */
export const MOST_BYTES = 7_000_000;

/** In base64, by the file's id. */
const contents = new Map<string, string>();

/** Read a file that was chosen. */
export async function hold(file: File): Promise<HeldFile> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error(file.name));
    reader.readAsDataURL(file);
  });
  const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  contents.set(id, url.slice(url.indexOf(",") + 1));
  return { id, filename: file.name, content_type: file.type.split(";")[0] || "application/octet-stream", bytes: file.size };
}

/** Whether its bytes are here: a draft that is opened again has only the name. */
export const isHeld = (file: HeldFile) => contents.has(file.id);

export const drop = (file: HeldFile) => contents.delete(file.id);

/** As the API takes it. */
export function attachmentOf({ id, filename, content_type }: HeldFile) {
  return { filename, content_type, content: contents.get(id) ?? "" };
}

export const bytesOf = (files: readonly HeldFile[]) => files.reduce((sum, file) => sum + file.bytes, 0);

/** Whether they can go: all are here, and they are neither too many nor too large. */
export const canGo = (files: readonly HeldFile[]) =>
  files.length <= MOST_FILES && bytesOf(files) <= MOST_BYTES && files.every(isHeld);
