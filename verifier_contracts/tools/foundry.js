#!/usr/bin/env node
// Runs npm's forge or anvil: foundry.js <forge|anvil> <arguments…>, with the tool's own exit status.
// The launcher that @foundry-rs/forge 1.7 installs always exits 0, so a failing test would look like a success.
"use strict";

const { spawnSync } = require("child_process");

const ARCHITECTURES = { x64: "amd64", arm64: "arm64" };

function fail(message) {
  process.stderr.write(`foundry.js: ${message}\n`);
  process.exit(2);
}

const [tool, ...rest] = process.argv.slice(2);
if (tool !== "forge" && tool !== "anvil") fail("expected forge or anvil as the first argument");
const name = `@foundry-rs/${tool}-${process.platform}-${ARCHITECTURES[process.arch]}`;
const suffix = process.platform === "win32" ? ".exe" : "";
let binary;
try {
  binary = require.resolve(`${name}/bin/${tool}${suffix}`);
} catch {
  fail(`${name} is not installed: run npm ci (without --omit=optional), or this platform has no ${tool} on npm`);
}
const result = spawnSync(binary, rest, { stdio: "inherit" });
if (result.error) fail(`cannot run ${tool}: ${result.error.message}`);
// A tool that was ended by a signal has no status; the shell's convention would be 128 + signal.
process.exit(result.status === null ? 128 : result.status);
