#!/usr/bin/env node
// Runs npm's forge or anvil: foundry.js <forge|anvil> <arguments…>, with the tool's own exit status.
// The launcher that @foundry-rs/forge 1.7 installs always exits 0, so a failing test would look like a success.
"use strict";

const { spawn } = require("child_process");

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
const child = spawn(binary, rest, { stdio: "inherit" });
// Whoever ends this process means the tool: without this, an anvil would live on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => fail(`cannot run ${tool}: ${error.message}`));
// A tool that was ended by a signal has no status of its own; 128 says so, as in a shell.
child.on("exit", (status) => process.exit(status === null ? 128 : status));
