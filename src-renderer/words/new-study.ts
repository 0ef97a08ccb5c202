/** Texts of the page that begins a study. */
export const NEW_STUDY_WORDS = {
  title: 'New study',
  lead: 'A study grows one source model by every strategy of a pool and chooses after a short lag. Begin with one that works and change it.',
  examples: 'Begin with an example',
  edit: (name: string): string => `Edit a copy of ${name}`,
  file: 'Open a study file',
  fileDetail: 'YAML, from the command line or from somebody else. It can also be dropped on the window.',
  huggingFace: 'Growing a Hugging Face checkpoint comes with a later version; a folder cannot be opened yet.',
  drafts: 'Drafts',
  noDrafts: 'No drafts. What you begin here is kept as a draft until you remove it, with every edit.',
  unnamed: 'Study without a name',
  edited: (when: string): string => `edited ${when}`,
  remove: (name: string): string => `Remove draft ${name}`,
  removed: (name: string): string => `Draft ${name} removed`,
  undo: 'Undo',
  reading: 'Reading the examples',
  facts: {
    select: 'Chooses at the lag, continues the winner only',
    audit: 'Trains every candidate to the end, to check the choice',
    stacking: 'Chooses again at every growing point',
  },
  pool: (strategies: number): string => `${strategies} strategies`,
} as const;
