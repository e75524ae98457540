// Asking the server while somebody works: once they pause, one question at a time, and only the newest answer counts.

export class Quietly {
  private waiting = 0;
  private asked = 0;
  private busy = false;

  /** `ask` gets a function that tells whether its answer still counts. */
  constructor(
    private readonly ask: (counts: () => boolean) => Promise<void>,
    private readonly pause: number,
  ) {}

  later(): void {
    this.forget();
    this.waiting = window.setTimeout(() => void this.now(), this.pause);
  }

  /** What was asked is not wanted any more. */
  forget(): void {
    clearTimeout(this.waiting);
    this.asked += 1;
  }

  private async now(): Promise<void> {
    if (this.busy) return this.later();
    this.busy = true;
    const mine = this.asked;
    try {
      await this.ask(() => mine === this.asked);
    } finally {
      this.busy = false;
    }
  }
}
