// Runs ONNX files by a runtime that is not ours.
//
// Standard input: [{ "model": path, "rows": path, "count": n }, …], where the rows' file has the numbers of n rows as raw
// doubles. Standard output, for each: { "inputs": [{ name, type, shape }], "outputs": { name: { type, dims,
// data } } }, as the runtime sees them.

import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web/wasm";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

async function judge({ model, rows, count }) {
  const session = await ort.InferenceSession.create(readFileSync(model));
  const [input] = session.inputMetadata;
  const doubles = new Float64Array(new Uint8Array(readFileSync(rows)).buffer);
  const numbers = input.type === "float64" ? doubles : Float32Array.from(doubles);
  const features = new ort.Tensor(input.type, numbers, [count, input.shape[1]]);
  const results = await session.run({ [input.name]: features });
  const outputs = {};
  for (const { name, shape } of session.outputMetadata) {
    const { type, dims, data } = results[name];
    outputs[name] = { type, shape, dims, data: Array.from(data, (value) => (typeof value === "bigint" ? Number(value) : value)) };
  }
  await session.release();
  return { inputs: session.inputMetadata, outputs };
}

const answers = [];
for (const problem of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push(await judge(problem));
  } catch (error) {
    answers.push({ error: `${error}` });
  }
}
process.stdout.write(JSON.stringify(answers));
