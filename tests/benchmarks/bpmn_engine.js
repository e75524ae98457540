// Acts of npm's bpmn-engine, one client: node bpmn_engine.js MODULES MODEL DATA SECONDS STATE_FILE
// Before each act the state is read and recovered; after it, it is written to a file with fsync. Prints JSON.
const fs = require("fs");
const path = require("path");
const [modules, model, data, seconds, stateFile] = process.argv.slice(2);
const { Engine } = require(path.join(modules, "bpmn-engine"));
const { EventEmitter } = require("events");

const source = fs.readFileSync(model, "utf8");
const variables = JSON.parse(data);
const file = fs.openSync(stateFile, "w+");

async function store(engine) {
  const state = JSON.stringify(await engine.getState());
  fs.ftruncateSync(file, 0);
  fs.writeSync(file, state, 0);
  fs.fsyncSync(file);
}

function settled(engine, listener) {
  return new Promise((resolve, reject) => {
    listener.once("activity.wait", () => setImmediate(resolve, true));
    engine.once("end", () => resolve(false));
    engine.once("error", reject);
  });
}

async function start() {
  const engine = new Engine({ name: "bench", source, variables });
  const listener = new EventEmitter();
  const rest = settled(engine, listener);
  await engine.execute({ listener });
  const waits = await rest;
  await store(engine);
  engine.stop();
  return waits;
}

async function complete() {
  const engine = new Engine({ name: "bench" }).recover(JSON.parse(fs.readFileSync(stateFile, "utf8")));
  const execution = await engine.resume({ listener: new EventEmitter() });
  const over = new Promise((resolve, reject) => {
    engine.once("end", resolve);
    engine.once("error", reject);
  });
  const task = execution.getPostponed().find((each) => each.type === "bpmn:UserTask");
  task.signal({ n: 1 });
  await Promise.race([over, new Promise((resolve) => setImmediate(resolve))]);
  const waits = execution.getPostponed().some((each) => each.type === "bpmn:UserTask");
  await store(engine);
  engine.stop();
  return waits;
}

async function main() {
  const durations = [];
  let instances = 0;
  let end = Infinity;
  let cpu = process.cpuUsage();
  let begun = 0;
  for (let count = 0; process.hrtime.bigint() < end || count === 0; count++) {
    if (count === 5) {
      durations.length = instances = 0; // warm
      cpu = process.cpuUsage();
      begun = process.hrtime.bigint();
      end = begun + BigInt(Math.round(seconds * 1e9));
    }
    let before = process.hrtime.bigint();
    let waits = await start();
    durations.push(Number(process.hrtime.bigint() - before) / 1e9);
    instances += 1;
    for (let steps = 0; waits; steps++) {
      if (steps > 20) throw new Error("Expected the instance to end");
      before = process.hrtime.bigint();
      waits = await complete();
      durations.push(Number(process.hrtime.bigint() - before) / 1e9);
    }
  }
  const used = process.cpuUsage(cpu);
  const spent = Number(process.hrtime.bigint() - begun) / 1e9;
  console.log(JSON.stringify({ seconds: spent, durations, instances, cpu_s: (used.user + used.system) / 1e6 }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
