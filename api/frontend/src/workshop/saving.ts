// Save: the file goes back into its package, which is stored as a new draft version; or the page says why not.
import { type Finding, type Place, call, part, say } from "./place";

export class Saving {
  /** Null for who may not save. */
  private readonly button = document.querySelector<HTMLButtonElement>("#save");
  private readonly status = part("save-status");
  private changed = false;
  private opened = "";
  private losses = "";

  /** `editor` is the last part of the address of the page for the same file of another version. */
  constructor(
    private readonly place: Place,
    private readonly editor: string,
    private readonly content: () => Promise<string>,
    private readonly refuse: (findings: Finding[]) => void,
  ) {
    if (this.button === null) return;
    this.button.addEventListener("click", () => void this.save(this.button as HTMLButtonElement));
    addEventListener("beforeunload", (event) => {
      if (this.changed) event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") {
        event.preventDefault();
        void this.save(this.button as HTMLButtonElement);
      }
    });
  }

  /** The file is open: what the editor makes of it now is no change, though it may be written otherwise. */
  async noteOpened(): Promise<void> {
    this.opened = await this.content();
  }

  /** What the editor cannot keep is said at once, and again before it is lost. */
  warn(losses: string[]): void {
    if (losses.length === 0 || this.button === null) return;
    this.losses = losses.join(" ");
    this.tell(this.losses);
  }

  noteChange(): void {
    if (this.button === null) return;
    this.changed = true;
    this.tell([say("Belum disimpan.", "Not saved yet."), this.losses].join(" ").trim());
  }

  private async save(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    this.tell(say("Menyimpan …", "Saving …"));
    try {
      const content = await this.content();
      if (content === this.opened) return this.forget();
      if (this.losses !== "") return this.ask();
      const files = { [this.place.file]: content };
      const answer = await call("POST", `${this.place.path}/changes`, { files });
      if (answer.status === 201) this.leave(answer.body);
      else this.explain(answer.body);
    } catch {
      this.tell(say("Server tidak terjangkau. Pekerjaan Anda masih di halaman ini.",
        "The server cannot be reached. Your work is still on this page."));
    } finally {
      button.disabled = false;
    }
  }

  private forget(): void {
    this.changed = false;
    this.tell(say("Tidak ada yang berubah, jadi tidak ada yang disimpan.", "Nothing has changed, so nothing was stored."));
  }

  private ask(): void {
    this.tell(this.losses + say(" Tekan Simpan sekali lagi bila boleh hilang.", " Press Save once more if it may be lost."));
    this.losses = "";
  }

  private leave(version: { process_id: string; version: number }): void {
    this.changed = false;
    const file = this.place.file.split("/").map(encodeURIComponent).join("/");
    location.assign(`/workshop/${version.process_id}/${version.version}/${this.editor}/${file}?done=draft-stored`);
  }

  private explain(problem: { title?: string; detail?: string; findings?: Finding[] }): void {
    if (problem.findings) {
      this.refuse(problem.findings);
      const errors = problem.findings.filter((finding) => finding.severity === "error").length;
      this.tell(say(`Belum disimpan: ada ${errors} kesalahan, lihat daftar temuan.`,
        `Not saved: there are ${errors} errors, see the findings.`));
      part("findings-title").focus();
    } else {
      this.tell(say("Tidak disimpan: ", "Not saved: ") + (problem.detail ?? problem.title ?? ""));
    }
  }

  private tell(sentence: string): void {
    this.status.textContent = sentence;
  }
}
