/** Which columns are shown and how high rows are; kept in the browser. */
import { computed, ref } from 'vue';
import { type ColumnId, readColumns, visibleColumns } from './columns.ts';

const COLUMNS_KEY = 'espalier-study-columns';
const DENSITY_KEY = 'espalier-study-density';
const ROW = 32;
const COMFORTABLE_ROW = 37;

const shown = ref(readColumns(localStorage.getItem(COLUMNS_KEY)));
const isComfortable = ref(localStorage.getItem(DENSITY_KEY) === 'comfortable');

export function useColumns() {
  return {
    shown,
    visible: computed(() => visibleColumns(shown.value)),
    isComfortable,
    rowHeight: computed(() => (isComfortable.value ? COMFORTABLE_ROW : ROW)),
    show: (columns: readonly ColumnId[]): void => {
      shown.value = columns;
      localStorage.setItem(COLUMNS_KEY, columns.join(','));
    },
    setDensity: (next: boolean): void => {
      isComfortable.value = next;
      localStorage.setItem(DENSITY_KEY, next ? 'comfortable' : 'compact');
    },
  };
}
