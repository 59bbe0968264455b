#!/usr/bin/env node
// Runs slither (static analysis) over src/ and compares what it finds with slither.accepted.json: fails on a finding that
// has no reason there, and on a reason that no finding needs. slither is no part of the pinned tools: where it is not
// installed (pip install slither-analyzer), that is said and nothing fails, unless --required.
"use strict";

const { spawnSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const ROOT = path.resolve(__dirname, "..");
const CACHE = path.join(ROOT, "cache", "slither");
const ACCEPTED = path.join(ROOT, "slither.accepted.json");

function fail(message) {
  process.stderr.write(`slither: ${message}\n`);
  process.exit(1);
}

// SLITHER, the project's virtual environment, or the path.
function executable() {
  const candidates = [process.env.SLITHER, path.resolve(ROOT, "../.venv/bin/slither"), "slither"];
  return candidates.find((name) => name && spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

function run(command, rest, environment) {
  const done = spawnSync(command, rest, { cwd: ROOT, encoding: "utf8", env: environment, maxBuffer: 1 << 28 });
  if (done.error) fail(`cannot run ${command}: ${done.error.message}`);
  return done;
}

// slither asks forge for its settings, and reads the syntax trees of a build of its own.
function findings(slither) {
  fs.rmSync(CACHE, { recursive: true, force: true });
  const build = ["forge", "build", "src", "--build-info", "--ast", "--out", `${CACHE}/out`, "--cache-path", CACHE];
  const built = run(process.execPath, [path.join(__dirname, "foundry.js"), ...build], process.env);
  if (built.status !== 0) fail(`forge build failed:\n${built.stdout}${built.stderr}`);
  const forge = path.dirname(require.resolve(`@foundry-rs/forge-${process.platform}-${{ x64: "amd64", arm64: "arm64" }[process.arch]}/bin/forge`));
  const environment = { ...process.env, PATH: `${process.env.PATH}${path.delimiter}${forge}` };
  const report = path.join(CACHE, "report.json");
  const folder = path.relative(ROOT, path.join(CACHE, "out"));
  const options = ["--foundry-ignore-compile", "--foundry-out-directory", folder, "--json", report];
  const done = run(slither, [".", ...options], environment);
  if (!fs.existsSync(report)) fail(`no report:\n${done.stdout}${done.stderr}`);
  const { success, error, results } = JSON.parse(fs.readFileSync(report, "utf8"));
  if (!success) fail(String(error));
  return (results.detectors || []).map((found) => ({ key: key(found), text: found.description.trim() }));
}

// Detector, and where: the first thing that a finding is about, with the contract that it is in.
function key(found) {
  const [element] = found.elements;
  const parent = element.type_specific_fields?.parent;
  const where = parent && parent.type !== "file" ? `${parent.name}.${element.name}` : element.name;
  return `${found.check} ${where}`;
}

function main() {
  const slither = executable();
  if (slither === undefined) {
    const message = "NOT RUN: slither is not installed (pip install slither-analyzer, or set SLITHER)";
    if (process.argv.includes("--required")) fail(message);
    process.stdout.write(`slither: ${message}\n`);
    return;
  }
  const accepted = JSON.parse(fs.readFileSync(ACCEPTED, "utf8"));
  const found = findings(slither);
  const unknown = found.filter(({ key }) => !(key in accepted));
  const idle = Object.keys(accepted).filter((name) => !found.some(({ key }) => key === name));
  if (unknown.length > 0) {
    fail(`${unknown.length} finding(s) without a reason:\n${unknown.map((f) => `[${f.key}]\n${f.text}`).join("\n\n")}`);
  }
  if (idle.length > 0) fail(`accepted, and no longer found: ${idle.join("; ")}`);
  process.stdout.write(`slither: ${found.length} finding(s), all accepted with a reason\n`);
}

main();
