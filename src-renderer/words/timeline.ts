/** Texts of the timeline. */
export const TIMELINE_WORDS = {
  reading: 'Drawing the timeline',
  parts: 'Parts of the timeline',
  oneStage:
    'This study grows once, so its timeline has two stages: the source, and the chosen candidate. A study with several growing points draws every stage of every policy here, to scale in compute.',
  toDynamics: 'See the candidates at the growing point',
} as const;
