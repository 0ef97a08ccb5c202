/** Copies of a program's state: how values that stay on a device are fetched where the runtime offers no other way. */
import { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
import { graphOf } from '../graph/ir.ts';
import type { Program } from '../graph/program.ts';

/** Every carried and fixed input of `program` under the name of its next value. */
export function copyProgram(program: Program): Program {
  const b = new GraphBuilder();
  const names = [...program.carried.map(({ input }) => input), ...program.fixed];
  const outputs = names.map((name): [string, Node] => {
    const { shape, dtype } = program.graph.inputs.get(name)!;
    return [`next.${name}`, b.input(name, shape, dtype)];
  });
  return {
    name: `copy of ${program.name}`,
    graph: graphOf(new Map(outputs)),
    carried: [],
    fixed: names,
    sequence: [],
    results: outputs.map(([name]) => name),
  };
}
