/** The numbers of a stacking study as CSV files, written like those of csv-tables.ts. */
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import { csv } from './csv-tables.ts';

/** policies.csv: one line for each stage of each policy. */
export function policiesCsv({ policies }: StackingAnalysis): string {
  return csv(
    [
      'policy',
      'kind',
      'search',
      'stage',
      'layers',
      'strategy',
      'plan',
      'state',
      'steps_planned',
      'steps',
      'flops',
      'flops_before',
      'search_flops_at_start',
      'initial_loss',
      'end_loss',
      'policy_state',
      'policy_reason',
      'policy_final_loss',
      'policy_rank',
      'policy_margin',
      'policy_margin_low',
      'policy_margin_high',
      'policy_training_flops',
      'policy_search_flops',
      'policy_total_flops',
      'policy_seconds',
    ],
    policies.flatMap((policy) =>
      policy.stages.map((stage, index) => [
        policy.name,
        policy.policy,
        policy.search,
        stage.stage,
        stage.layers,
        stage.strategy,
        stage.plan,
        stage.state,
        stage.stepsPlanned,
        stage.steps,
        stage.flops,
        stage.flopsBefore,
        policy.growingPoints[index - 1]?.searchFlops ?? 0,
        stage.initialLoss,
        stage.endLoss,
        policy.state,
        policy.reason,
        policy.finalLoss,
        policy.rank,
        policy.margin?.estimate ?? null,
        policy.margin?.low ?? null,
        policy.margin?.high ?? null,
        policy.trainingFlops,
        policy.searchFlops,
        policy.totalFlops,
        policy.seconds,
      ]),
    ),
  );
}

/** curves.csv: every evaluation of stages and probes. Losses in nats per token. */
export function stackingCurvesCsv({ policies }: StackingAnalysis): string {
  return csv(
    ['policy', 'run', 'stage', 'strategy', 'step', 'flops', 'loss'],
    policies.flatMap((policy) => [
      ...policy.stages.flatMap((stage) =>
        stage.curve.map(({ step, loss }) => [
          policy.name,
          'stage',
          stage.stage,
          stage.strategy,
          step,
          stage.flopsBefore + step * stage.flopsPerStep,
          loss,
        ]),
      ),
      ...policy.growingPoints.flatMap(({ growingPoint, probes }) =>
        probes.flatMap(({ strategy, curve }) =>
          curve.map(({ step, loss }) => [policy.name, 'probe', growingPoint + 1, strategy, step, null, loss]),
        ),
      ),
    ]),
  );
}

/** lineage.csv: one line for each growing point that a layer of a final model passed, newest first. */
export function lineageCsv({ policies }: StackingAnalysis): string {
  return csv(
    [
      'policy',
      'layer',
      'born_in_stage',
      'born_as_layer',
      'growing_point',
      'kind',
      'from_layer',
      'and_layer',
      'out_scale',
      'out_scale_mlp',
      'noise',
    ],
    policies.flatMap(({ name, lineage }) =>
      lineage.flatMap(({ layer, bornInStage, bornAsLayer, ancestors }) =>
        ancestors.map(({ growingPoint, kind, from, and, outScale, outScaleMlp, noise }) => [
          name,
          layer,
          bornInStage,
          bornAsLayer,
          growingPoint,
          kind,
          from,
          and ?? null,
          outScale,
          outScaleMlp,
          noise,
        ]),
      ),
    ),
  );
}

/** decisions.csv: one line for each candidate of each decision, in the order of the decision. */
export function decisionsCsv({ policies }: StackingAnalysis): string {
  return csv(
    [
      'policy',
      'growing_point',
      'from_layers',
      'to_layers',
      'rule',
      'lag',
      'strategy',
      'plan',
      'state',
      'initial_loss',
      'value',
      'trained_to',
      'is_chosen',
      'is_tied',
      'is_initial_loss_pick',
      'margin',
      'margin_low',
      'margin_high',
      'search_flops',
    ],
    policies.flatMap(({ name, growingPoints }) =>
      growingPoints.flatMap(({ growingPoint, fromLayers, toLayers, decision, probes, searchFlops }) =>
        (decision?.values ?? probes.map(({ strategy }) => ({ strategy, value: null }))).map(
          ({ strategy, value }) => {
            const probe = probes.find((one) => one.strategy === strategy);
            const isChosen = strategy === decision?.strategy;
            // The margin is that of the second best to the best, so it stands with the second.
            const margin = strategy === decision?.runnerUp ? decision.margin : null;
            return [
              name,
              growingPoint,
              fromLayers,
              toLayers,
              decision?.rule ?? null,
              decision?.lag ?? null,
              strategy,
              probe?.plan ?? null,
              probe?.state ?? null,
              probe?.curve.find(({ step }) => step === 0)?.loss ?? null,
              value,
              decision?.trainedTo?.[strategy] ?? null,
              isChosen,
              !isChosen && (decision?.tie.includes(strategy) ?? false),
              decision?.initialLossPicks.includes(strategy) ?? false,
              margin?.estimate ?? null,
              margin?.low ?? null,
              margin?.high ?? null,
              searchFlops,
            ];
          },
        ),
      ),
    ),
  );
}

/** triggers.csv: every reading of the trigger of every stage. */
export function triggersCsv({ policies }: StackingAnalysis): string {
  return csv(
    ['policy', 'stage', 'step', 'value', 'threshold', 'has_fired'],
    policies.flatMap(({ name, stages }) =>
      stages.flatMap(({ stage, triggerReadings }) =>
        triggerReadings.map(({ step, value, threshold, hasFired }) => [
          name,
          stage,
          step,
          value,
          threshold,
          hasFired,
        ]),
      ),
    ),
  );
}
