/** The pointer over a chart of candidates: what is nearest is hovered in all panels, a click selects it. */
import { nearestSpot, type Spot } from './spots.ts';
import type { Board } from './use-board.ts';
import { clicked } from './view-state.ts';

/** @param spotsAt where the candidates are, for a place of the pointer */
export function useChartPointer(board: Board, spotsAt: (x: number) => readonly Spot[]) {
  function hit({ currentTarget, clientX, clientY }: MouseEvent): string | null {
    const { left, top } = (currentTarget as HTMLElement).getBoundingClientRect();
    return nearestSpot(spotsAt(clientX - left), clientX - left, clientY - top);
  }
  return {
    move(event: PointerEvent): void {
      const strategy = hit(event);
      if (strategy !== (board.hover.value?.strategy ?? null))
        board.hover.value = strategy === null ? null : { strategy, step: null };
    },
    leave(): void {
      board.hover.value = null;
    },
    click(event: MouseEvent): void {
      const strategy = hit(event);
      if (strategy === null) return;
      const isAdding = event.ctrlKey || event.metaKey;
      board.change({ selected: clicked(board.view.value.selected, strategy, isAdding) });
    },
  };
}
