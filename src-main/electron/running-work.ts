/** What running work means for the desktop: the machine stays awake, the end is told, and quitting asks first. */
import { BrowserWindow, dialog, Notification, powerSaveBlocker } from 'electron';
import type { WorkReport } from './host-messages.ts';

export class RunningWork {
  private running: readonly string[] = [];
  private blocker: number | null = null;

  take({ running, ended }: WorkReport): void {
    this.running = running;
    if (running.length > 0 && this.blocker === null)
      this.blocker = powerSaveBlocker.start('prevent-app-suspension');
    else if (running.length === 0 && this.blocker !== null) {
      powerSaveBlocker.stop(this.blocker);
      this.blocker = null;
    }
    // A person who looks at the window sees the end there.
    if (BrowserWindow.getFocusedWindow() === null && Notification.isSupported())
      for (const { name, isFailed } of ended)
        new Notification({
          title: isFailed ? `${name} has failed` : `${name} is finished`,
          body: isFailed ? 'Open Espalier to see why.' : 'Open Espalier to see which strategy it chose.',
        }).show();
  }

  /** True where nothing runs or the person agrees. */
  async mayQuit(): Promise<boolean> {
    const [name] = this.running;
    if (name === undefined) return true;
    const { response } = await dialog.showMessageBox({
      type: 'question',
      message: `${name} is running.`,
      detail:
        'It stops at its next safe point and can be continued at the next start, with the same numbers.',
      buttons: ['Quit', 'Stay'],
      defaultId: 1,
      cancelId: 1,
    });
    return response === 0;
  }
}
