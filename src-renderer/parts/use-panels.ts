/** The widths of the side panels of a view: as chosen by the person, kept per view, and fitted to the window. */
import { computed, onBeforeUnmount, onMounted, type Ref, ref, shallowRef } from 'vue';
import { prefer, preferences } from '../settings/preferences.ts';
import {
  fittedWidths,
  mostWidth,
  PANEL_LAYOUTS,
  type PanelLayout,
  type PanelName,
  type PanelView,
  ROW_FROM,
  type SidePanel,
} from './panel-layouts.ts';

/** What one divider needs to know and may do. */
export interface DividedPanel {
  readonly panel: SidePanel;
  readonly width: number;
  readonly most: number;
  /** Shows a width without keeping it; null shows the kept one again. */
  show(width: number | null): void;
  /** Keeps a width; null the usual one. */
  keep(width: number | null): void;
}

/** @param isShown whether a panel is in the row now; all are where it is not given */
export function usePanels<View extends PanelView>(
  view: View,
  isShown: (name: PanelName<View>) => boolean = () => true,
) {
  const layout: PanelLayout = PANEL_LAYOUTS[view];
  const names = Object.keys(layout.panels) as PanelName<View>[];
  const room = ref(innerWidth);
  const held = shallowRef<Readonly<Record<string, number>>>({});
  const measure = (): void => {
    room.value = innerWidth;
  };
  onMounted(() => addEventListener('resize', measure));
  onBeforeUnmount(() => removeEventListener('resize', measure));

  const keyOf = (name: string): string => `${view}.${name}`;
  const chosen = computed(() => {
    const kept = names.flatMap((name) => {
      const width = preferences.value.panels[keyOf(name)];
      return width === undefined ? [] : [[name, width] as const];
    });
    return { ...Object.fromEntries(kept), ...held.value };
  });
  const shown = computed(() => names.filter(isShown));
  const widths = computed(() => fittedWidths(layout, chosen.value, room.value, shown.value));
  /** Custom properties for the grid of the view: `--ranking: 540px`. */
  const style = computed(() =>
    Object.fromEntries(Object.entries(widths.value).map(([name, width]) => [`--${name}`, `${width}px`])),
  );
  const isRow: Readonly<Ref<boolean>> = computed(() => room.value >= ROW_FROM);

  function divided(name: PanelName<View>): DividedPanel {
    return {
      panel: layout.panels[name]!,
      width: widths.value[name] ?? 0,
      most: mostWidth(layout, widths.value, room.value, name),
      show(width): void {
        held.value = width === null ? {} : { ...held.value, [name]: width };
      },
      keep(width): void {
        held.value = {};
        const { [keyOf(name)]: _, ...others } = preferences.value.panels;
        prefer({ panels: width === null ? others : { ...others, [keyOf(name)]: width } });
      },
    };
  }
  return { style, isRow, divided };
}
