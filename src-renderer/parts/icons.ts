/** Icons of 16 × 16, drawn with a stroke of 1.5. */
export const ICONS = {
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.2 3.2L13 5',
  warning: 'M8 2L1.5 13.5h13zM8 6.5v3.5M8 12h.01',
  stop: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v4M8 11h.01',
  play: 'M4.5 3v10l8-5z',
  pause: 'M5 3v10M11 3v10',
  up: 'M8 13V3M4 7l4-4 4 4',
  down: 'M8 3v10M4 9l4 4 4-4',
  queue: 'M2 4h12M2 8h9M2 12h6',
  settings:
    'M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4',
  chip: 'M4 4h8v8H4zM6.5 1.5V4M9.5 1.5V4M6.5 12v2.5M9.5 12v2.5M1.5 6.5H4M1.5 9.5H4M12 6.5h2.5M12 9.5h2.5',
  file: 'M4 1.5h5l3 3v10H4zM9 1.5v3h3',
  copy: 'M5.5 5.5h8v8h-8zM2.5 10.5v-8h8',
  chevronRight: 'M6 3.5L10.5 8 6 12.5',
  chevronDown: 'M3.5 6L8 10.5 12.5 6',
  star: 'M8 1.8l1.9 4 4.4.5-3.3 3 .9 4.4L8 11.5l-3.9 2.2.9-4.4-3.3-3 4.4-.5z',
  note: 'M3 2.5h10v8l-3 3H3zM5.5 6h5M5.5 9h3',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM11 11l3 3',
  plus: 'M8 3v10M3 8h10',
  folder: 'M1.5 4h5l1.5 2h6.500v7h-13z',
  tag: 'M2 2.500h6l6 6-5.500 5.500-6.500-6zM5 5.500h.010',
  more: 'M3.5 7.7a.3.3 0 1 0 0 .6.3.3 0 0 0 0-.6zM8 7.7a.3.3 0 1 0 0 .6.3.3 0 0 0 0-.6zM12.5 7.7a.3.3 0 1 0 0 .6.3.3 0 0 0 0-.6z',
  columns: 'M2 3h12v10H2zM6 3v10M10 3v10',
  archive: 'M2 3h12v3H2zM3 6v7h10V6M6.500 8.500h3',
  trash: 'M2.500 4.500h11M6 4.500v-2h4v2M4 4.500l.7 9h6.600l.7-9M6.700 7v4M9.300 7v4',
  undo: 'M5 3L2 6l3 3M2 6h7.5a4 4 0 0 1 0 8H7',
  redo: 'M11 3l3 3-3 3M14 6H6.5a4 4 0 0 0 0 8H9',
} as const;

export type IconName = keyof typeof ICONS;
