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
      'steps',
      'flops',
      'flops_before',
      'search_flops_at_start',
      'initial_loss',
      'end_loss',
      'policy_final_loss',
      'policy_rank',
      'policy_total_flops',
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
        stage.steps,
        stage.flops,
        stage.flopsBefore,
        policy.growingPoints[index - 1]?.searchFlops ?? 0,
        stage.initialLoss,
        stage.endLoss,
        policy.finalLoss,
        policy.rank,
        policy.totalFlops,
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
      'out_scale',
      'out_scale_mlp',
      'noise',
    ],
    policies.flatMap(({ name, lineage }) =>
      lineage.flatMap(({ layer, bornInStage, bornAsLayer, ancestors }) =>
        ancestors.map(({ growingPoint, kind, from, outScale, outScaleMlp, noise }) => [
          name,
          layer,
          bornInStage,
          bornAsLayer,
          growingPoint,
          kind,
          from,
          outScale,
          outScaleMlp,
          noise,
        ]),
      ),
    ),
  );
}
