/** Calls back once the next frame has been painted; at the latest after `LONGEST`, for windows that paint nothing. */
const LONGEST = 100;

export function afterPaint(call: () => void): void {
  let isDone = false;
  const once = (): void => {
    if (isDone) return;
    isDone = true;
    call();
  };
  requestAnimationFrame(() => setTimeout(once));
  setTimeout(once, LONGEST);
}
