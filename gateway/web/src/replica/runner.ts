/** Runs a job again and again, never twice at once; a trigger during a run means one more. */
export class Runner {
  private running = false;
  private again = false;

  constructor(
    private readonly job: () => Promise<void>,
    private readonly failed: (error: unknown) => Promise<void>,
  ) {}

  trigger(): void {
    if (this.running) this.again = true;
    else void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      do {
        this.again = false;
        await this.job();
      } while (this.again);
    } catch (error) {
      await this.failed(error);
    } finally {
      this.running = false;
    }
  }
}

